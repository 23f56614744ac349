"""Copies of one database, for one test after the other.

On PostgreSQL, to make a copy and to drop it takes fifty times as long as to put its rows back, and most tests change
nothing else: such a copy is used again.
"""

import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Final, Protocol

import psycopg
from psycopg import Connection, sql
from sqlalchemy import URL, create_engine, make_url, text

LARGEST_GROWTH: Final = 1024 * 1024
"""Bytes of dead rows beyond which a copy is no longer like a new one."""
_OURS = "relnamespace = 'public'::regnamespace"
TABLES: Final = f"SELECT relname FROM pg_class WHERE {_OURS} AND relkind = 'r'"
USED_TABLES: Final = f"{TABLES} AND pg_relation_size(oid) > 0"
SEQUENCES: Final = f"SELECT relname FROM pg_class WHERE {_OURS} AND relkind = 'S'"
SHAPE: Final = f"""
    WITH ours AS (SELECT * FROM pg_class WHERE {_OURS})
    SELECT concat_ws(' ',
        (SELECT string_agg(concat(oid, relname, relkind, relacl, reltuples), ' ' ORDER BY oid) FROM ours),
        (SELECT string_agg(concat(attrelid, attname, a.xmin), ' ' ORDER BY attrelid, attnum)
            FROM pg_attribute AS a JOIN ours ON ours.oid = attrelid),
        (SELECT string_agg(concat(c.oid, c.xmin), ' ' ORDER BY c.oid)
            FROM pg_constraint AS c JOIN ours ON ours.oid = conrelid),
        (SELECT string_agg(concat(t.oid, t.xmin), ' ' ORDER BY t.oid)
            FROM pg_trigger AS t JOIN ours ON ours.oid = tgrelid),
        (SELECT string_agg(concat(oid, xmin), ' ' ORDER BY oid)
            FROM pg_proc WHERE pronamespace = 'public'::regnamespace),
        (SELECT string_agg(concat(nspname, nspacl), ' ' ORDER BY oid)
            FROM pg_namespace WHERE nspname !~ '^pg_(toast_)?temp'),
        (SELECT datacl::text FROM pg_database WHERE datname = current_database()),
        (SELECT setconfig::text FROM pg_db_role_setting JOIN pg_database AS d ON d.oid = setdatabase
            WHERE datname = current_database() AND setrole = 0)
    )
"""
"""Everything about a database but its rows: tables, columns, rules, rights, statistics, settings."""
SIZE: Final = f"SELECT sum(pg_relation_size(oid))::bigint FROM pg_class WHERE {_OURS} AND relkind = 'r'"
OTHERS: Final = """
    SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


class Copies(Protocol):
    """The copies of one database, of which each test has one for itself."""

    def one(self, folder: Path) -> AbstractContextManager[str]:
        """A copy like a new one, by its URL; what it needs on disk goes into the folder."""

    def drop(self) -> None:
        """Leave nothing behind."""


def copies_of(original: URL) -> Copies:
    """The copies of a database to which nobody connects any more."""
    return _Files(original) if original.get_backend_name() == "sqlite" else _Databases(original)


class _Files:
    def __init__(self, original: URL) -> None:
        self._original = original

    @contextmanager
    def one(self, folder: Path) -> Iterator[str]:
        copy = folder / "gatehouse.sqlite3"
        shutil.copyfile(str(self._original.database), copy)
        yield f"sqlite+pysqlite:///{copy}"

    def drop(self) -> None:
        """Each goes with its folder."""


class _Databases:
    def __init__(self, original: URL) -> None:
        self._original = original
        self._free: list[URL] = []
        _let_commits_return_at_once(original)
        with _connected(original) as connection:
            for (table,) in connection.execute(TABLES).fetchall():
                # Rows stay in the order in which they came, and statistics as they are, unless a test wants otherwise.
                connection.execute(sql.SQL("ALTER TABLE {} SET (autovacuum_enabled = off)").format(_name(table)))
            self._shape = _one(connection, SHAPE)
            self._size = _one(connection, SIZE)
            self._rows = {table: _rows(connection, table) for (table,) in connection.execute(USED_TABLES).fetchall()}
            self._numbers = {name: _number(connection, name) for (name,) in connection.execute(SEQUENCES).fetchall()}

    @contextmanager
    def one(self, folder: Path) -> Iterator[str]:
        copy = self._free.pop() if self._free else self._new()
        is_like_new = False
        try:
            yield copy.render_as_string(hide_password=False)
            is_like_new = self._made_like_new(copy)
        finally:
            if is_like_new:
                self._free.append(copy)
            else:
                run(f"DROP DATABASE {copy.database} WITH (FORCE)")

    def drop(self) -> None:
        while self._free:
            run(f"DROP DATABASE {self._free.pop().database} WITH (FORCE)")

    def _new(self) -> URL:
        copy = self._original.set(database=f"gatehouse_{uuid.uuid4().hex[:12]}")
        run(f"CREATE DATABASE {copy.database} TEMPLATE {self._original.database}")
        _let_commits_return_at_once(copy)
        return copy

    def _made_like_new(self, copy: URL) -> bool:
        """End all connections to a copy and put its rows back; False when a test has changed more than those."""
        with _connected(copy) as connection:
            connection.execute(OTHERS)
            if _one(connection, SHAPE) != self._shape or _one(connection, SIZE) > self._size + LARGEST_GROWTH:
                return False
            self._put_back(connection)
            return True

    def _put_back(self, connection: Connection) -> None:
        with connection.transaction():
            connection.execute("SET LOCAL session_replication_role = replica")  # no triggers, no foreign keys
            for (table,) in connection.execute(USED_TABLES).fetchall():
                rows = self._rows.get(table, b"")
                if _rows(connection, table) != rows:
                    connection.execute(sql.SQL("DELETE FROM {}").format(_name(table)))
                    with connection.cursor().copy(sql.SQL("COPY {} FROM STDIN").format(_name(table))) as into:
                        into.write(rows)
            for sequence, number in self._numbers.items():
                connection.execute("SELECT setval(%s, %s, %s)", (sequence, *number))


def run(statement: str) -> None:
    """Run a statement on the PostgreSQL server under test, outside of a transaction."""
    engine = create_engine(make_url(os.environ["TEST_DATABASE_URL"]), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


def _let_commits_return_at_once(database: URL) -> None:
    """They wait for no disk: nobody pulls the plug of the server under test."""
    run(f"ALTER DATABASE {database.database} SET synchronous_commit = off")


@contextmanager
def _connected(database: URL) -> Iterator[Connection]:
    words = database.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(words, autocommit=True) as connection:
        yield connection


def _one(connection: Connection, statement: Any) -> Any:
    row = connection.execute(statement).fetchone()
    assert row is not None
    return row[0]


def _rows(connection: Connection, table: str) -> bytes:
    with connection.cursor().copy(sql.SQL("COPY {} TO STDOUT").format(_name(table))) as out:
        return b"".join(out)


def _number(connection: Connection, sequence: str) -> tuple[int, bool]:
    row = connection.execute(sql.SQL("SELECT last_value, is_called FROM {}").format(_name(sequence))).fetchone()
    assert row is not None
    return row[0], row[1]


def _name(name: str) -> sql.Identifier:
    return sql.Identifier("public", name)
