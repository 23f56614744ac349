"""Databases with all their tables from the start: copies of one that was made once, which take a tenth of the time."""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL, Engine, create_engine, make_url

from shared import db
from shared.models import Base
from tests.database_copies import Copies, copies_of, run

ON_SERVICES = bool(os.environ.get("GATEHOUSE_TEST_SERVICES"))


@pytest.fixture(scope="session")
def ready_made_database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[URL]:
    """A database that holds every table and no row."""
    with empty_database_url(tmp_path_factory.mktemp("ready-made")) as url:
        engine = create_engine(url)
        Base.metadata.create_all(engine)
        engine.dispose()
        yield make_url(url)


@pytest.fixture(scope="session")
def statements_compiled_once(ready_made_database: URL) -> Iterator[None]:
    """Every test has engines of its own; what one of them compiled, those of the tests to come use as well."""
    first = create_engine(ready_made_database)
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


@pytest.fixture(scope="session")
def ready_made_copies(ready_made_database: URL, statements_compiled_once: None) -> Iterator[Copies]:
    copies = copies_of(ready_made_database)
    yield copies
    copies.drop()


@pytest.fixture
def database_url(tmp_path: Path, ready_made_copies: Copies) -> Iterator[str]:
    """A database of this test's own."""
    with ready_made_copies.one(tmp_path) as url:
        yield url


@contextmanager
def empty_database_url(folder: Path) -> Iterator[str]:
    """A database without a table."""
    if not ON_SERVICES:
        yield f"sqlite+pysqlite:///{folder / 'empty.sqlite3'}"
        return
    server, name = make_url(os.environ["TEST_DATABASE_URL"]), f"gatehouse_{uuid.uuid4().hex[:12]}"
    run(f"CREATE DATABASE {name}")
    try:
        yield server.set(database=name).render_as_string(hide_password=False)
    finally:
        run(f"DROP DATABASE {name} WITH (FORCE)")
