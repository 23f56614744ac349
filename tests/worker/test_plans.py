"""The statements that every mail takes go by keys, also by a plan that PostgreSQL made when few rows waited.

It keeps the plan of a prepared statement: one made while its statistics knew a handful must do for many (ADR 0029).
"""

import re
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from sqlalchemy import Select, text
from sqlalchemy.orm import Session

from shared import clock, lease_statements
from shared.db import Database
from shared.direct import _compiled
from tests.conftest import NOW
from worker import mailer
from worker.glance import MAIL

pytestmark = pytest.mark.services
TAKING = {"row_id": uuid4(), "worker": 1, "lifetime": timedelta(minutes=90)}
ENDING = {"row_id": uuid4(), "outcome": "done", "error": None, "email_id": uuid4()}
OF_A_LINK = {"owner_id": uuid4(), "newer_id": uuid4(), "newer_purpose": "password", "newer_since": NOW}
PLACE = re.compile(r"%\((\w+)\)s")
TYPES = {
    UUID: "uuid",
    int: "integer",
    float: "float8",
    str: "varchar",
    timedelta: "interval",
    datetime: "timestamptz",
    type(None): "varchar",
}
"""Of PostgreSQL, for what the driver is given."""
FEW_WAIT = """
    INSERT INTO outbox (id, task, queue, subject_id, created_at, next_attempt_at, announce_at, announcements, attempts,
        crashes, outcome, finished_at)
    SELECT gen_random_uuid(), 'emails.deliver', 'mail.urgent', gen_random_uuid(), now(), now(), now(), 1, 0, 0,
        CASE WHEN number > 3 THEN 'done' END, CASE WHEN number > 3 THEN now() END
    FROM generate_series(1, 5000) AS number
"""


@pytest.fixture
def old_statistics(database: Database) -> None:
    """They know thousands of rows that are over, three that wait, and no mail or link at all."""
    with database.transaction() as session:
        session.execute(text(FEW_WAIT))
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE outbox"))


def ways(session: Session, statement: Select[Any], values: dict[str, Any]) -> set[str]:
    """How the plan for good comes to rows: through which index, or through which table from end to end."""
    connection = session.connection()
    words, constants = _compiled(statement, connection.dialect)
    values = constants | values
    names = list(dict.fromkeys(PLACE.findall(words)))
    prepared = PLACE.sub(lambda place: f"${names.index(place[1]) + 1}", words)
    types = ", ".join(_type(values[name]) for name in names)
    assert connection.connection.driver_connection is not None
    with psycopg.ClientCursor(connection.connection.driver_connection) as cursor:
        cursor.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        cursor.execute(f"PREPARE it ({types}) AS {prepared}")  # type: ignore[call-overload]  # not a constant
        places = ", ".join(["%s"] * len(names))
        cursor.execute(f"EXPLAIN EXECUTE it ({places})", [values[name] for name in names])  # type: ignore[call-overload]
        lines = [line.strip() for (line,) in cursor.fetchall()]
        cursor.execute("DEALLOCATE it")
    return {_way(line) for line in lines if " Scan " in line and "CTE Scan" not in line and "clock_offset" not in line}


def _type(value: Any) -> str:
    return next(name for kind, name in TYPES.items() if isinstance(value, kind))


def _way(line: str) -> str:
    words = line.removeprefix("->").split("(")[0].split()
    return words[words.index("using") + 1] if "using" in words else words[words.index("on") + 1]


@pytest.mark.usefixtures("old_statistics")
def test_a_mail_is_taken_by_keys(database: Database) -> None:
    with database.reading() as session:
        found = ways(session, lease_statements.take_and_read(*clock.in_sql(session), MAIL.at_once), TAKING)

    assert found == {"pk_outbox", "pk_emails", "pk_links", "pk_accounts"}


@pytest.mark.usefixtures("old_statistics")
def test_the_end_of_a_mail_is_written_by_keys(database: Database) -> None:
    with database.reading() as session:
        found = ways(session, lease_statements.end_and_then(*clock.in_sql(session), mailer._sent), ENDING)

    assert found == {"pk_outbox", "pk_emails"}


@pytest.mark.usefixtures("old_statistics")
def test_the_end_of_a_mail_with_a_link_looks_at_the_links_of_one_person(database: Database) -> None:
    values = ENDING | OF_A_LINK
    with database.reading() as session:
        found = ways(session, lease_statements.end_and_then(*clock.in_sql(session), mailer._sent_with_link), values)

    assert found == {"pk_outbox", "pk_emails", "ix_links_account_id_purpose"}
