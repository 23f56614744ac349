"""A database with very many made-up operators, written as an installation that has them would be upgraded."""

import itertools
import random
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, column, insert, table, text
from sqlalchemy.orm import Session

from benchmarks.made_up_operators import MadeUp, made_up_operators
from shared.db import Database
from shared.domain.operators import look_alike_key
from shared.domain.searching import search_name
from shared.models import Base, OperatorActivity, Organisation
from shared.services.operator_names_rank import rank_many

MIGRATIONS = Path(__file__).parent.parent / "migrations"
BEFORE_SEARCH = "0002"
"""The revision without the tables of the search, which are then filled as for an installation that is there."""
IN_TRAINING = 20
"""One operator in so many is in Training, too."""
AT = datetime(2026, 11, 1, tzinfo=UTC)
CHUNK = 10_000


class Built(NamedTuple):
    """What writing took, in seconds."""

    operators: int
    rows: float
    migrations: float


def build(engine: Engine, count: int) -> Built:
    """Write so many operators into an empty database and bring it up to date, as ``database upgrade`` does."""
    bring_up_to_date(engine, BEFORE_SEARCH)
    began = time.perf_counter()
    with engine.begin() as connection:
        for organisations, activities in _chunks(count):
            _write(connection, Organisation, organisations)
            _write(connection, OperatorActivity, activities)
        _write_rest(connection)
    rows = time.perf_counter() - began
    began = time.perf_counter()
    bring_up_to_date(engine)
    with Session(engine) as session, session.begin():
        rank_many(session)
    migrations = time.perf_counter() - began
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            # What autovacuum does by itself after a while; nobody does it on SQLite.
            connection.execute(text("VACUUM ANALYZE"))
    return Built(count, rows, migrations)


def bring_up_to_date(engine: Engine, revision: str = "head") -> None:
    """Run the product's migrations, up to a revision."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["engine"] = engine
    command.upgrade(config, revision)


def sizes(database: Database) -> Iterator[tuple[str, float]]:
    """The tables and indexes of the search, in MiB."""
    if database.is_sqlite:
        statement = "SELECT name, sum(pgsize) FROM dbstat GROUP BY name"
    else:
        statement = "SELECT relname, pg_table_size(oid) FROM pg_class WHERE relkind IN ('r', 'i')"
    with database.engine.connect() as connection:
        for name, size in connection.execute(text(statement)):
            if any(part in name for part in ("operator_names", "name_pieces", "ranked_names")):
                yield name, size / 2**20


def _rows(count: int) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """Organisations, each with the rows of its activities."""
    draw = random.Random(count)
    for number, operator in enumerate(made_up_operators(count)):
        yield _rows_of(operator, number, "production", draw)
        if number % IN_TRAINING == 0:
            yield _rows_of(operator, number, "training", draw)


def _rows_of(
    operator: MadeUp, number: int, environment: str, draw: random.Random
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    code = f"{operator.country}-ORG-OP-{number}"
    organisation = {
        "id": _id(draw),
        "environment": environment,
        "kind": "operator",
        "reference": code,
        "name": operator.name,
        "search_name": search_name(operator.name),
        "look_alike_key": look_alike_key(operator.name),
        "address": f"Street {number % 900} {number % 9000} Somewhere",
        "country": operator.country,
        "status": "valid",
        "takes_requests": True,
        "confirmed": True,
        "traces_number": code,
        "mailbox_language": "en",
        "source": "made up",
        "created_at": AT,
    }
    activities = [
        {"id": _id(draw), "organisation_id": organisation["id"], "activity": activity}
        for activity in operator.activities
    ]
    return organisation, activities


def _id(draw: random.Random) -> UUID:
    return UUID(int=draw.getrandbits(128))


def _chunks(count: int) -> Iterator[tuple[list[dict[str, Any]], list[dict[str, Any]]]]:
    rows = _rows(count)
    while chunk := list(itertools.islice(rows, CHUNK)):
        yield [organisation for organisation, _ in chunk], [one for _, activities in chunk for one in activities]


def _write(connection: Connection, model: type[Base], rows: list[dict[str, Any]]) -> None:
    names = list(rows[0])
    if connection.dialect.name == "postgresql":
        with connection.connection.cursor().copy(f"COPY {model.__tablename__} ({', '.join(names)}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(list(row.values()))
        return
    # The model may know columns that this revision does not have yet.
    columns = (column(name, model.__table__.c[name].type) for name in names)
    connection.execute(insert(table(model.__tablename__, *columns)), rows)


def _write_rest(connection: Connection) -> None:
    """What every operator has beside: its post, and its details with a made-up EORI number."""
    new_id = "gen_random_uuid()" if connection.dialect.name == "postgresql" else "lower(hex(randomblob(16)))"
    connection.execute(
        text(
            "INSERT INTO posts (id, environment, organisation_id, kind, country, printed_address) "
            f"SELECT {new_id}, environment, id, kind, country, '' FROM organisations"
        )
    )
    connection.execute(
        text(
            "INSERT INTO operator_details (organisation_id, city, street, eori, section_chapter) "
            "SELECT id, 'Somewhere', 'Street', substr(replace(reference, '-ORG-OP-', '0000000'), 1, 17), '' "
            "FROM organisations"
        )
    )
