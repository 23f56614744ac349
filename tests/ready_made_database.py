"""Databases with all their tables from the start: a copy of one that was made once, which takes a tenth of the time."""

import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, make_url, text

from shared import db
from shared.models import Base

ON_SERVICES = bool(os.environ.get("GATEHOUSE_TEST_SERVICES"))


@pytest.fixture(scope="session")
def ready_made_database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The path of an SQLite file, or the name of a PostgreSQL database, that holds every table and no row."""
    if not ON_SERVICES:
        path = tmp_path_factory.mktemp("ready-made") / "gatehouse.sqlite3"
        engine = create_engine(f"sqlite+pysqlite:///{path}")
        Base.metadata.create_all(engine)
        engine.dispose()
        yield str(path)
        return
    server, name = make_url(os.environ["TEST_DATABASE_URL"]), f"gatehouse_{uuid.uuid4().hex[:12]}"
    run(f"CREATE DATABASE {name}")
    engine = create_engine(server.set(database=name))
    Base.metadata.create_all(engine)
    engine.dispose()
    yield name
    run(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def statements_compiled_once(ready_made_database: str) -> Iterator[None]:
    """Every test has engines of its own; what one of them compiled, those of the tests to come use as well."""
    if ON_SERVICES:
        first = create_engine(make_url(os.environ["TEST_DATABASE_URL"]).set(database=ready_made_database))
    else:
        first = create_engine(f"sqlite+pysqlite:///{ready_made_database}")
    first.connect().close()  # now its dialect knows the server
    first.dispose()
    compiled: dict[Any, Any] = {}

    def alike(*args: Any, **more: Any) -> Engine:
        engine = create_engine(*args, **more, execution_options={"compiled_cache": compiled})
        if engine.dialect.name == first.dialect.name:
            engine.dialect = first.dialect
        return engine

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(db, "create_engine", alike)
        yield


@pytest.fixture
def database_url(tmp_path: Path, ready_made_database: str, statements_compiled_once: None) -> Iterator[str]:
    """A database of this test's own."""
    if not ON_SERVICES:
        path = tmp_path / "gatehouse.sqlite3"
        shutil.copy(ready_made_database, path)
        yield f"sqlite+pysqlite:///{path}"
        return
    server, name = make_url(os.environ["TEST_DATABASE_URL"]), f"gatehouse_{uuid.uuid4().hex[:12]}"
    run(f"CREATE DATABASE {name} TEMPLATE {ready_made_database}")
    yield server.set(database=name).render_as_string(hide_password=False)
    run(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def empty_database_url(folder: Path) -> Iterator[str]:
    """A database without a table."""
    if not ON_SERVICES:
        yield f"sqlite+pysqlite:///{folder / 'empty.sqlite3'}"
        return
    server, name = make_url(os.environ["TEST_DATABASE_URL"]), f"gatehouse_{uuid.uuid4().hex[:12]}"
    run(f"CREATE DATABASE {name}")
    yield server.set(database=name).render_as_string(hide_password=False)
    run(f"DROP DATABASE {name} WITH (FORCE)")


def run(statement: str) -> None:
    """Run a statement on the PostgreSQL server under test, outside of a transaction."""
    engine = create_engine(make_url(os.environ["TEST_DATABASE_URL"]), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()
