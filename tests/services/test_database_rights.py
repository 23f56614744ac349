import uuid
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from shared.domain.errors import NotFound
from shared.services.database_rights import grant, may_rewrite_the_audit_trail
from tests.conftest import ON_SERVICES

on_postgresql = pytest.mark.skipif(not ON_SERVICES, reason="roles are PostgreSQL's")


@pytest.fixture
def role(database_url: str, database: object) -> Iterator[str]:
    name = f"gatehouse_app_{uuid.uuid4().hex[:12]}"
    engine = create_engine(database_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE ROLE {name} LOGIN"))
        # Written by the migrations; the tables of tests are made without them.
        connection.execute(text("CREATE TABLE alembic_version (version_num varchar(32))"))
    yield name
    with engine.connect() as connection:
        connection.execute(text(f"DROP OWNED BY {name}"))
        connection.execute(text(f"DROP ROLE {name}"))
    engine.dispose()


@pytest.fixture
def application(role: str, session: Session, database_url: str) -> Iterator[Engine]:
    """The database as the processes see it, once their role has its rights."""
    grant(session, role)
    session.commit()
    engine = create_engine(make_url(database_url).set(username=role))
    yield engine
    engine.dispose()


@on_postgresql
@pytest.mark.req("S45")
@pytest.mark.parametrize("table", ["audit_events", "audit_seals"])
@pytest.mark.parametrize("act", ["DELETE FROM {}", "UPDATE {} SET event_id = event_id", "TRUNCATE {}", "DROP TABLE {}"])
def test_the_role_of_the_processes_cannot_rewrite_the_audit_trail(application: Engine, table: str, act: str):
    statement = act.format(table).replace("event_id", "id" if table == "audit_events" else "event_id")

    with application.connect() as connection, pytest.raises(ProgrammingError, match=r"permission denied|must be owner"):
        connection.execute(text(statement))


@on_postgresql
@pytest.mark.req("S48")
@pytest.mark.parametrize(
    "act",
    [
        "CREATE TABLE extra (id int)",
        "ALTER TABLE accounts DISABLE TRIGGER ALL",
        "DELETE FROM alembic_version",
        "CREATE ROLE friend",
    ],
)
def test_the_role_of_the_processes_cannot_change_the_schema_or_its_own_rights(application: Engine, act: str):
    with application.connect() as connection, pytest.raises(ProgrammingError, match=r"permission denied|must be owner"):
        connection.execute(text(act))


@on_postgresql
@pytest.mark.req("S45")
def test_the_role_of_the_processes_may_not_rewrite_and_its_owner_may(application: Engine, session: Session):
    with Session(application) as of_the_processes:
        assert not may_rewrite_the_audit_trail(of_the_processes)
    assert may_rewrite_the_audit_trail(session)


@on_postgresql
@pytest.mark.req("S48")
def test_a_table_of_a_later_version_is_granted_by_itself(application: Engine, session: Session):
    session.execute(text("CREATE TABLE of_a_later_version (id int)"))
    session.commit()

    with application.begin() as connection:
        connection.execute(text("INSERT INTO of_a_later_version VALUES (1)"))
        assert connection.scalar(text("SELECT count(*) FROM of_a_later_version")) == 1


@on_postgresql
def test_a_role_that_does_not_exist_is_named_with_the_way_to_make_it(session: Session):
    with pytest.raises(NotFound, match="CREATE ROLE nobody_here"):
        grant(session, "nobody_here")


@on_postgresql
def test_the_owner_of_the_tables_is_no_role_for_the_processes(session: Session):
    owner = session.scalars(text("SELECT current_user")).one()

    with pytest.raises(NotFound, match="owns the tables"):
        grant(session, owner)


@pytest.mark.skipif(ON_SERVICES, reason="what SQLite says")
def test_sqlite_knows_no_roles(session: Session):
    with pytest.raises(NotFound, match="SQLite"):
        grant(session, "gatehouse_app")
