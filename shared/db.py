"""The database: one engine per process, one transaction per request or step."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session, sessionmaker

from shared import wake
from shared.settings import Settings

SQLITE_BUSY_TIMEOUT = 5_000
"""Milliseconds a writer waits for the one before it."""


_READ_ONLY = "25006"
"""What PostgreSQL says when the server it reached is a standby (SQLSTATE)."""


def is_away(error: BaseException) -> bool:
    """True when the database cannot be reached or cannot take writes right now; false when it found a fault of ours."""
    if isinstance(error, PoolTimeout):
        return True
    return isinstance(error, DBAPIError) and (
        error.connection_invalidated
        or isinstance(error, OperationalError | InterfaceError)
        or getattr(error.orig, "sqlstate", None) == _READ_ONLY
    )


class Database:
    """Hands out transactions; every statement of the product runs inside one."""

    def __init__(self, settings: Settings, *, connections: int = 10) -> None:
        """Prepare the engine, which connects on first use and keeps at most that many ``connections``."""
        self.engine = _engine(settings.database_url, connections)
        self._sessions = sessionmaker(self.engine, expire_on_commit=False)
        self._relay_socket = settings.relay_socket
        self._info = {"clock_can_be_moved": settings.is_demo, "relay_is_local": self._relay_socket.exists}

    @property
    def is_sqlite(self) -> bool:
        """True for the embedded default, which has one writer at a time."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Give a session whose work is committed at the end, or rolled back when an error leaves the block."""
        with self._sessions.begin() as session:
            session.info.update(self._info)
            yield session
            grew = session.info.pop("outbox_grew", False)
        if grew:
            wake.ring(self._relay_socket)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Give a session that only reads: on SQLite it never waits for a writer."""
        with self._sessions() as session:
            session.info.update(self._info)
            session.connection(execution_options={"gatehouse_begin": "DEFERRED"})
            yield session

    def dispose(self) -> None:
        """Close every connection, for a process that forks or ends."""
        self.engine.dispose()


def _engine(url: str, connections: int) -> Engine:
    if make_url(url).get_backend_name() != "sqlite":
        return create_engine(
            url,
            hide_parameters=True,
            pool_size=connections,
            max_overflow=0,
            pool_timeout=5,
            pool_pre_ping=True,
            connect_args=_POSTGRESQL,
        )
    engine = create_engine(
        url,
        pool_size=connections,
        max_overflow=0,
        pool_timeout=SQLITE_BUSY_TIMEOUT / 1000,
        hide_parameters=True,
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


_POSTGRESQL = {
    # A server that vanished must be noticed within seconds, or requests pile up behind it.
    "connect_timeout": 3,
    "keepalives_idle": 10,
    "keepalives_interval": 3,
    "keepalives_count": 3,
    "options": "-c timezone=UTC -c lock_timeout=5s -c idle_in_transaction_session_timeout=60s",
}


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # The driver's own BEGIN comes too late and is always deferred; _begin_sqlite says it instead.
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        # An answer of 202 is a promise: the commit must have reached the disk (RFC 1123 5.3.3 in spirit).
        "synchronous=FULL",
        f"busy_timeout={SQLITE_BUSY_TIMEOUT}",
        "foreign_keys=ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    # IMMEDIATE takes the writer's place at once: a transaction that reads first and writes later could otherwise fail
    # with "database is locked" however long it was willing to wait.
    mode = connection.get_execution_options().get("gatehouse_begin", "IMMEDIATE")
    connection.exec_driver_sql(f"BEGIN {mode}")
