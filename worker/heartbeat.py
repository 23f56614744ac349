"""Signs of life: while this process lives, the rows it has in hand stay with it."""

import logging
import threading

from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from shared import outbox
from shared.db import Database

BEAT = 10.0
"""Seconds between renewals; a lease lasts 30."""

logger = logging.getLogger(__name__)


class Heartbeat:
    """Renews the leases of one worker process.

    On PostgreSQL it also holds an advisory lock on a connection of its own: when the process dies, the server drops the
    lock at once and the relay frees the rows without waiting for the lease to end.
    """

    def __init__(self, database: Database, worker: int) -> None:
        """Prepare for the worker of that number; ``start`` begins."""
        self._database = database
        self._worker = worker
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)
        self._lock: Connection | None = None

    def start(self) -> None:
        """Begin to beat; returns once the lock is held."""
        self._beat()
        self._thread.start()

    def stop(self) -> None:
        """Stop beating and let go of the lock."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout=BEAT)
        if self._lock is not None:
            self._lock.close()

    def _run(self) -> None:
        while not self._stopping.wait(BEAT):
            self._beat()

    def _beat(self) -> None:
        try:
            self._hold_lock()
            with self._database.transaction() as session:
                outbox.renew(session, worker=self._worker)
        except SQLAlchemyError:
            logger.warning("the database does not answer; leases are not renewed", exc_info=True)
            self._lock = None

    def _hold_lock(self) -> None:
        if self._database.is_sqlite:
            return
        if self._lock is None:
            self._lock = self._database.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            self._lock.execute(
                text("SELECT pg_advisory_lock(:kind, :worker)"),
                {"kind": outbox.LEASE_LOCK_CLASS, "worker": self._worker},
            )
        else:
            self._lock.execute(text("SELECT 1"))
