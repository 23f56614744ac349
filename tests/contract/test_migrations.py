from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Engine, create_engine, inspect, make_url, text

from gateway.app import create_app
from gateway.application import Gateway
from gateway.commands.database import MIGRATIONS
from shared.models import Base
from shared.models.comparing import is_for_postgresql_only, is_in_models
from shared.settings import load_settings
from tests.conftest import ON_SERVICES
from tests.database_copies import run
from tests.ready_made_database import empty_database_url


@pytest.fixture
def fresh(environment: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Gateway]:
    """An installation whose database is empty."""
    with empty_database_url(tmp_path) as url:
        environment.setenv("DATABASE_URL", url)
        app = create_app(load_settings())
        yield app
        app.database.dispose()


def upgrade(app: Gateway) -> None:
    answer = app.test_cli_runner().invoke(args=["database", "upgrade"])
    assert answer.exit_code == 0, answer.output


def test_the_migrations_make_exactly_the_tables_of_the_models(fresh: Gateway) -> None:
    assert (fresh.database.engine.dialect.name == "postgresql") is ON_SERVICES

    upgrade(fresh)

    with fresh.database.engine.connect() as connection:
        options = {"compare_type": True, "compare_server_default": True, "include_object": is_in_models}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, Base.metadata) == []


def test_names_of_indexes_and_constraints_are_those_of_the_models(fresh: Gateway) -> None:
    upgrade(fresh)

    found = inspect(fresh.database.engine)
    for table in Base.metadata.sorted_tables:
        indexes = {index["name"] for index in found.get_indexes(table.name) if not index.get("duplicates_constraint")}
        expected = {index.name for index in table.indexes if ON_SERVICES or not is_for_postgresql_only(index)}
        assert indexes == expected, table.name
        assert found.get_pk_constraint(table.name)["name"] == f"pk_{table.name}"
        foreign = {key["name"] for key in found.get_foreign_keys(table.name)}
        assert foreign == {key.name for key in table.foreign_key_constraints}, table.name


def test_a_second_upgrade_changes_nothing(fresh: Gateway) -> None:
    upgrade(fresh)
    before = sorted(inspect(fresh.database.engine).get_table_names())

    upgrade(fresh)

    assert sorted(inspect(fresh.database.engine).get_table_names()) == before


def upgrade_to(app: Gateway, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["engine"] = app.database.engine
    command.upgrade(config, revision)


WHAT_RUNS_BY_ITSELF = {
    "postgresql": """
        SELECT tgname, pg_get_triggerdef(pg_trigger.oid), prosrc, attstattarget, attstorage
        FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid
        CROSS JOIN pg_attribute
        WHERE NOT tgisinternal AND (attrelid, attname) IN
          (('operator_names'::regclass, 'search_name'), ('name_shelves'::regclass, 'names'),
           ('name_pieces'::regclass, 'ranks'))
        ORDER BY tgname, attname""",
    "sqlite": "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' OR sql LIKE '%VIRTUAL%' ORDER BY name",
}


def what_runs_by_itself(connection: Connection) -> list[tuple[object, ...]]:
    """Triggers, their functions, and what else of the database's own no comparison of tables sees."""
    return [tuple(row) for row in connection.execute(text(WHAT_RUNS_BY_ITSELF[connection.dialect.name]))]


def test_the_migrations_make_the_triggers_of_the_models(fresh: Gateway, database_url: str) -> None:
    upgrade(fresh)

    engine = create_engine(database_url)
    with fresh.database.engine.connect() as migrated, engine.connect() as made:
        assert what_runs_by_itself(migrated) == what_runs_by_itself(made) != []
    engine.dispose()


AN_ACCOUNT = """
    INSERT INTO accounts (id, username, username_key, username_was_assigned, first_name, last_name, email, email_key,
      email_language, ui_language, time_zone, notifications, person_confirmed, privacy_version, privacy_accepted_at,
      created_at, updated_at)
    VALUES ('00000000000000000000000000000001', 'ann', 'ann', false, 'Ann', 'Peeters', 'ann@people.example',
      'ann@people.example', 'en', 'en', 'Europe/Brussels', '{}', false, '1', '2026-06-09',
      '2026-06-09', '2026-06-09')"""
AN_OPERATOR = """
    INSERT INTO organisations (id, environment, kind, reference, name, search_name, look_alike_key, address, country,
      status, takes_requests, confirmed, mailbox_language, source, created_at)
    VALUES ('00000000000000000000000000000002', 'production', 'operator', 'BE-ORG-OP-2', 'Alpha Seeds', 'alpha seeds',
      'alphaseeds', 'Street 1', 'BE', 'valid', true, true, 'en', '', '2026-06-09')"""
WHAT_HANGS_ON_THEM = (
    """INSERT INTO administrators (account_id, organisation_id, since)
    VALUES ('00000000000000000000000000000001', '00000000000000000000000000000002', '2026-06-09')""",
    """INSERT INTO operator_activities (id, organisation_id, activity)
    VALUES ('00000000000000000000000000000003', '00000000000000000000000000000002', 'RFL')""",
)


@pytest.fixture
def released(fresh: Gateway) -> Gateway:
    """An installation of the first version, with an operator and somebody who administers it."""
    upgrade_to(fresh, "0001")
    with fresh.database.engine.begin() as connection:
        for statement in (AN_ACCOUNT, AN_OPERATOR, *WHAT_HANGS_ON_THEM):
            connection.execute(text(statement))
    return fresh


def test_an_upgrade_takes_nothing_with_it_that_hangs_on_a_row(released: Gateway) -> None:
    upgrade(released)

    with released.database.engine.connect() as connection:
        for table in ("accounts", "organisations", "administrators", "operator_activities"):
            assert connection.scalar(text(f"SELECT count(*) FROM {table}")) == 1, table


@pytest.mark.skipif(ON_SERVICES, reason="PostgreSQL has no switch for it")
def test_foreign_keys_hold_again_after_an_upgrade(fresh: Gateway) -> None:
    upgrade(fresh)

    with fresh.database.engine.connect() as connection:
        assert connection.scalar(text("PRAGMA foreign_keys")) == 1


def test_an_operator_that_was_there_is_found_after_the_upgrade(released: Gateway) -> None:
    upgrade(released)

    with released.database.engine.connect() as connection:
        assert connection.scalar(text("SELECT search_name FROM operator_names")) == "alpha seeds"
        assert connection.scalar(text("SELECT names FROM name_shelves")) == "alpha seeds"


@pytest.fixture
def owner_of_nothing(fresh: Gateway) -> Iterator[Engine]:
    """A role that may make tables in the database, and no extensions."""
    url = fresh.database.engine.url
    role = f"{url.database}_owner"
    run(f"CREATE ROLE {role} LOGIN")
    with fresh.database.engine.begin() as connection:
        connection.execute(text(f"GRANT CREATE, USAGE ON SCHEMA public TO {role}"))
    engine = create_engine(make_url(str(url)).set(username=role))
    yield engine
    engine.dispose()
    with fresh.database.engine.begin() as connection:
        connection.execute(text(f"DROP OWNED BY {role} CASCADE"))
    run(f"DROP ROLE {role}")


@pytest.mark.skipif(not ON_SERVICES, reason="extensions are PostgreSQL's")
def test_without_the_right_to_its_extension_the_search_says_what_to_do_and_nothing_is_done_by_halves(
    owner_of_nothing: Engine,
) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["engine"] = owner_of_nothing

    with pytest.raises(SystemExit, match="CREATE EXTENSION pg_trgm"):
        command.upgrade(config, "head")

    found = inspect(owner_of_nothing)
    assert not found.has_table("operator_names")
    with owner_of_nothing.connect() as connection:
        assert MigrationContext.configure(connection).get_current_revision() == "0002"
