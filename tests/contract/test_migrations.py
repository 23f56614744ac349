from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect

from gateway.app import create_app
from gateway.application import Gateway
from shared.models import Base
from shared.settings import load_settings
from tests.conftest import ON_SERVICES
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
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, Base.metadata) == []


def test_names_of_indexes_and_constraints_are_those_of_the_models(fresh: Gateway) -> None:
    upgrade(fresh)

    found = inspect(fresh.database.engine)
    for table in Base.metadata.sorted_tables:
        indexes = {index["name"] for index in found.get_indexes(table.name) if not index.get("duplicates_constraint")}
        assert indexes == {index.name for index in table.indexes}, table.name
        assert found.get_pk_constraint(table.name)["name"] == f"pk_{table.name}"
        foreign = {key["name"] for key in found.get_foreign_keys(table.name)}
        assert foreign == {key.name for key in table.foreign_key_constraints}, table.name


def test_a_second_upgrade_changes_nothing(fresh: Gateway) -> None:
    upgrade(fresh)
    before = sorted(inspect(fresh.database.engine).get_table_names())

    upgrade(fresh)

    assert sorted(inspect(fresh.database.engine).get_table_names()) == before
