"""Signs of life: while this process lives, the rows it has in hand stay with it."""

import logging
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from sqlalchemy import Connection, select, text, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from shared import clock, outbox
from shared.db import Database
from shared.models import OutboxRow

BEAT = 10.0
"""Seconds between renewals; a lease lasts 30."""
BEAT_AGAIN = 1.0
"""Seconds until the next try after one that met no database: without its lock a living worker looks dead."""

logger = logging.getLogger(__name__)


class Heartbeat:
    """Renews the leases of one worker process, and lets go of rows whose work failed.

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
        self._guard = threading.Lock()
        self._in_hand: Counter[UUID] = Counter()

    def start(self) -> None:
        """Begin to beat; returns once the lock is held, or the database was found away."""
        self._beat()
        self._thread.start()

    def stop(self) -> None:
        """Stop beating and let go of the lock."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout=BEAT)
        self._drop_lock()

    @contextmanager
    def holding(self, row_id: UUID) -> Iterator[None]:
        """Renew the lease of this row, if it is taken, for as long as the block runs; whatever ends it."""
        with self._guard:
            self._in_hand[row_id] += 1
        try:
            yield
        finally:
            with self._guard:
                self._in_hand[row_id] -= 1
                self._in_hand += Counter()  # forgets what is no longer in hand

    def _run(self) -> None:
        due = time.monotonic() + BEAT
        while not self._stopping.wait(BEAT_AGAIN):
            if time.monotonic() >= due or not self._still_holds_lock():
                due = time.monotonic() + (BEAT if self._beat() else 0.0)

    def _still_holds_lock(self) -> bool:
        """True while the connection of the lock is good; on SQLite there is none to lose."""
        if self._database.is_sqlite:
            return True
        try:
            if self._lock is not None:
                self._lock.execute(text("SELECT 1"))
        except SQLAlchemyError:
            self._drop_lock()
        return self._lock is not None

    def _beat(self) -> bool:
        try:
            # Each by itself: whoever cannot have the lock must not lose the leases as well.
            try:
                self._hold_lock()
            finally:
                with self._database.transaction() as session:
                    self._let_go(session)
                    outbox.renew(session, worker=self._worker)
        except SQLAlchemyError:
            logger.warning("the database does not answer; leases are not renewed", exc_info=True)
            return False
        return True

    def _let_go(self, session: Session) -> None:
        """Free the rows that are this worker's but in nobody's hand: their work ended without an outcome."""
        mine = OutboxRow.lease_owner == self._worker, OutboxRow.finished_at.is_(None)
        # Asked in this order: a row is in hand before it is taken.
        taken = session.scalars(select(OutboxRow.id).where(*mine)).all()
        with self._guard:
            dropped = [row_id for row_id in taken if row_id not in self._in_hand]
        if dropped:
            session.execute(
                update(OutboxRow)
                .where(OutboxRow.id.in_(dropped), *mine)
                .values(lease_owner=None, leased_until=None, announce_at=clock.database_time(session), announcements=0)
                .execution_options(synchronize_session=False)
            )

    def _hold_lock(self) -> None:
        if self._database.is_sqlite:
            return
        if self._lock is not None:
            try:
                self._lock.execute(text("SELECT 1"))
            except SQLAlchemyError:
                self._drop_lock()
            else:
                return
        self._lock = self._database.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        try:
            # Never waiting: what holds it is what the server still takes for our connection, and that says we live too.
            is_ours = self._lock.scalar(
                text("SELECT pg_try_advisory_lock(:kind, :worker)"),
                {"kind": outbox.LEASE_LOCK_CLASS, "worker": self._worker},
            )
        except SQLAlchemyError:
            self._drop_lock()
            raise
        if not is_ours:
            self._drop_lock()

    def _drop_lock(self) -> None:
        if self._lock is not None:
            # Not back into the pool, where it would go on holding the lock.
            self._lock.invalidate()
            self._lock.close()
            self._lock = None
