"""What a reading costs must not grow with the rows that do not matter: no question looks at all mails or all work."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.orm import Session

from shared.db import Database
from shared.services.figures_delivery import bounced_mails, held_mails
from tests.builders_figures import a_mail, a_parked_mail
from tests.conftest import ON_SERVICES
from worker import metrics_gauges as gauges
from worker.metrics_mails import MailCounters

BIG = ("outbox", "emails")
PARTIAL = ("ix_outbox_to_announce", "ix_emails_failed", "ix_emails_bounced_at")
"""Indexes that hold no finished row and no mail that fared well: to go through one of them is no long way."""
SOURCES: list[Callable[[Session], Iterable[Any]]] = [
    gauges.queues,
    gauges.parked,
    gauges.requests,
    gauges.audit,
    MailCounters().read,
    held_mails,
    lambda session: [bounced_mails(session)],
]
FINISHED = """
    WITH mails AS (SELECT gen_random_uuid() AS id, number FROM generate_series(1, 60000) AS number),
    written AS (
        INSERT INTO emails (id, template, recipient, recipient_key, language, context, state, created_at)
        SELECT id, 'decide', 'ann@people.example', 'ann@people.example', 'en', '{}', 'sent',
            now() - number * interval '10 seconds' FROM mails
    )
    INSERT INTO outbox (id, task, queue, subject_id, created_at, next_attempt_at, announce_at, announcements, attempts,
        crashes, outcome, finished_at)
    SELECT gen_random_uuid(), 'emails.deliver', 'mail.urgent', id, now() - number * interval '10 seconds', now(), now(),
        1, 0, 0, 'done', now() - number * interval '10 seconds' FROM mails
"""


@pytest.fixture
def a_past(database: Database) -> None:
    """Finished mails behind a few that are under way; SQLite plans alike without them."""
    with database.transaction() as session:
        for _ in range(3):
            a_mail(session, row={"attempts": 1})
            a_mail(session, state="held")
            a_parked_mail(session)
        if ON_SERVICES:
            session.execute(text(FINISHED))
    if ON_SERVICES:
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ANALYZE"))


@contextmanager
def questions(database: Database) -> Iterator[list[tuple[str, Any]]]:
    """Everything the database is asked meanwhile."""
    asked: list[tuple[str, Any]] = []

    def hear(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        asked.append((statement, parameters))

    event.listen(database.engine, "before_cursor_execute", hear)
    yield asked
    event.remove(database.engine, "before_cursor_execute", hear)


def plan_of(session: Session, statement: str, parameters: Any) -> list[str]:
    """The lines of a plan in which a table is gone through from its beginning to its end."""
    words = "EXPLAIN " if ON_SERVICES else "EXPLAIN QUERY PLAN "
    found = session.connection().exec_driver_sql(words + statement, parameters)
    lines = [str(row[-1]) for row in found]
    return [line for line in lines if "Seq Scan on" in line or line.startswith("SCAN ")]


def long_ways(lines: list[str]) -> list[str]:
    return [line for line in lines if any(f" {table}" in line for table in BIG) and not any(p in line for p in PARTIAL)]


@pytest.mark.usefixtures("a_past")
def test_no_figure_looks_at_all_mails_or_at_all_work(database: Database) -> None:
    with questions(database) as asked, database.reading() as session:
        for source in SOURCES:
            list(source(session))
    selects = [one for one in asked if one[0].lstrip().startswith("SELECT")]

    with database.reading() as session:
        plans = {statement: plan_of(session, statement, parameters) for statement, parameters in selects}

    assert len(plans) > len(SOURCES)
    assert {statement: long_ways(lines) for statement, lines in plans.items() if long_ways(lines)} == {}


@pytest.mark.usefixtures("a_past")
def test_the_test_above_would_see_a_look_at_everything(database: Database) -> None:
    with database.reading() as session:
        lines = plan_of(session, "SELECT count(*) FROM outbox WHERE outcome = 'parked'", ())

    assert long_ways(lines)
