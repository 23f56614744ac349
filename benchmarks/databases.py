"""An empty database of our own, on either kind, without any process around it."""

import os
import tempfile
from collections.abc import Iterator
from dataclasses import replace

from benchmarks.servers import find_servers
from shared.db import Database
from shared.settings import load_settings


def on_postgresql(name: str) -> Iterator[Database]:
    """One for the block of a ``for``; none where no server is found, which is told."""
    servers = find_servers()
    if servers is None:
        print(f"\n{name} not measured on PostgreSQL: no server was found")
        return
    with servers.new_database(name) as url:
        yield from _opened(url)


def on_sqlite() -> Iterator[Database]:
    """One for the block of a ``for``."""
    with tempfile.TemporaryDirectory() as folder:
        yield from _opened(f"sqlite+pysqlite:///{folder}/gatehouse.sqlite3")


def _opened(url: str) -> Iterator[Database]:
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("VAR_DIR", folder)
        database = Database(replace(load_settings(), database_url=url), connections=2)
    yield database
    database.dispose()
