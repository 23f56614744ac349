"""The database: one engine per process, one transaction per request or step."""

import select
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, InvalidatePoolError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session, sessionmaker

from shared import wake
from shared.direct import Step
from shared.settings import Settings

SQLITE_BUSY_TIMEOUT = 5_000
"""Milliseconds a writer waits for the one before it."""
SQLITE_LOOK_AGAIN = 3
"""Milliseconds after which a writer that waits for another process is asked again."""
LONGEST_UNTESTED = 10.0
"""Seconds without use after which a connection has to give a sign of life before it is used again."""
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
        self._at_once = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        self._turn: AbstractContextManager[None] = _Turn() if self.is_sqlite else nullcontext()
        self._relay_socket = settings.relay_socket
        self._relay_was_heard = False
        self._info = {"clock_can_be_moved": settings.is_demo, "relay_is_local": self._relay_is_local}

    @property
    def is_sqlite(self) -> bool:
        """True for the embedded default, which has one writer at a time."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Give a session whose work is committed at the end, or rolled back when an error leaves the block."""
        with self._turn, self._sessions.begin() as session:
            session.info.update(self._info)
            yield session
            grew = session.info.pop("outbox_grew", False)
        if grew:
            self._relay_was_heard = wake.ring(self._relay_socket)

    @contextmanager
    def statement(self) -> Iterator[Step]:
        """Give a step of one statement, which PostgreSQL commits by itself: one round trip instead of three.

        On SQLite it is a transaction.
        """
        if self.is_sqlite:
            with self.transaction() as session:
                yield session
        else:
            with self._at_once.connect() as connection:
                yield _AtOnce(connection, {**self._info})

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Give a session that only reads: all its statements see one state; on SQLite it never waits for a writer."""
        options = {"gatehouse_begin": "DEFERRED"} if self.is_sqlite else {"isolation_level": "REPEATABLE READ"}
        with self._sessions() as session:
            session.info.update(self._info)
            session.connection(execution_options=options)
            yield session

    def dispose(self) -> None:
        """Close every connection, for a process that forks or ends."""
        self.engine.dispose()

    def _relay_is_local(self) -> bool:
        """True when the relay of this host heard the last ringing, or hears now.

        One that was killed since is found out by the ringing: that one row is found by a relay's own look.
        """
        return self._relay_was_heard or wake.is_heard(self._relay_socket)


@dataclass(frozen=True, slots=True)
class _AtOnce:
    """One statement, without a session: opening and closing one costs more than sending what every mail needs."""

    of_pool: Connection
    info: dict[Any, Any]

    def connection(self) -> Connection:
        return self.of_pool

    def get_transaction(self) -> object:
        return self

    def flush(self) -> None:
        """There is no ORM that could hold anything."""


class _Turn(AbstractContextManager[None]):
    """One writer at a time among the threads of a process.

    SQLite lets whoever comes while another writes look again now and then, in whatever order: with eight threads that
    write all day some wait for long. Here the next one goes on at once, and only processes meet that way.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()

    def __enter__(self) -> None:
        if not self._lock.acquire(timeout=SQLITE_BUSY_TIMEOUT / 1000):
            raise PoolTimeout("another thread of this process writes for too long")

    def __exit__(self, *_: object) -> None:
        self._lock.release()


def _engine(url: str, connections: int) -> Engine:
    if make_url(url).get_backend_name() != "sqlite":
        engine = create_engine(
            url,
            hide_parameters=True,
            pool_size=connections,
            max_overflow=0,
            pool_timeout=5,
            connect_args=_POSTGRESQL,
        )
        _test_before_use(engine)
        return engine
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


def _test_before_use(engine: Engine) -> None:
    """Never hand out a connection whose server went away; all others of the pool are given up with it.

    A question at each use (SQLAlchemy's ``pool_pre_ping``) costs a round trip per request. But a server that stops,
    dies or is restarted closes its connections, and that shows here for nothing: there is something to read where an
    idle connection has nothing. A host that vanishes closes none, so one that was idle for long is asked all the same.
    """
    dialect = engine.dialect

    def note_use(_connection: Any, record: Any) -> None:
        record.info["used_at"] = time.monotonic()

    def test(connection: Any, record: Any, _proxy: object) -> None:
        used_at = record.info.get("used_at")
        if used_at is None:  # it is new
            return
        is_quiet = not connection.closed and not _has_news(connection.fileno())
        if is_quiet and time.monotonic() - used_at < LONGEST_UNTESTED:
            return
        try:
            dialect.do_ping(connection)
        except dialect.loaded_dbapi.Error:
            raise InvalidatePoolError from None

    event.listen(engine, "checkin", note_use)
    event.listen(engine, "checkout", test)


def _has_news(file: int) -> bool:
    poll = select.poll()
    poll.register(file, select.POLLIN)
    return bool(poll.poll(0))


_POSTGRESQL = {
    # A server that vanished must be noticed within seconds, or requests pile up behind it.
    "connect_timeout": 3,
    "keepalives_idle": 10,
    "keepalives_interval": 3,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
    # The server must notice a host that vanished as well, or it keeps the locks of a worker that is no more.
    "options": "-c timezone=UTC -c lock_timeout=5s -c idle_in_transaction_session_timeout=60s"
    " -c tcp_keepalives_idle=10 -c tcp_keepalives_interval=3 -c tcp_keepalives_count=3"
    # Compiling a plan, or starting helpers for it, takes longer than any question of ours.
    " -c jit=off -c max_parallel_workers_per_gather=0",
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
    if mode == "IMMEDIATE":
        _take_turn(connection)
    else:
        connection.exec_driver_sql(f"BEGIN {mode}")


def _take_turn(connection: Connection) -> None:
    """Begin to write as soon as no other process does.

    Left to itself SQLite looks again after 1, 2, 5, ... up to 100 ms: whoever has waited longest looks most seldom, and
    somebody who has just come goes first. So it is told to give up soon, and asked again at once.
    """
    driver = connection.connection.driver_connection
    assert driver is not None  # noqa: S101 - a connection that begins is open
    end = time.monotonic() + SQLITE_BUSY_TIMEOUT / 1000
    driver.execute(f"PRAGMA busy_timeout={SQLITE_LOOK_AGAIN}")
    try:
        while time.monotonic() < end:
            try:
                driver.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                    break
            else:
                return
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # its error is told in SQLAlchemy's words
    finally:
        driver.execute(f"PRAGMA busy_timeout={SQLITE_BUSY_TIMEOUT}")
