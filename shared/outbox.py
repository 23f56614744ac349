"""The outbox: work is written with the change that causes it, announced to the broker, taken, and its outcome recorded.

The row is the truth. An announcement is a hint that may be lost or said twice; taking a row decides who does the work.
Every time in here is the database's own, which no demonstration can move.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CursorResult, literal_column, or_, select, text, update
from sqlalchemy.orm import Session

from shared import clock, wake
from shared.domain.deliveries import announce_again_after, is_parked
from shared.messages import Queue, Task
from shared.models import OutboxRow

LEASE = timedelta(seconds=30)
"""How long a row stays with a worker that gives no sign of life."""
LARGEST_PASS = 1_000
"""Rows announced in one look at the most, so that 50 000 waiting mails do not flood the broker."""
LEASE_LOCK_CLASS = 0x6A7E
"""First half of the advisory lock that a living worker holds on PostgreSQL; its own number is the second."""
_LONG_UP = text("pg_postmaster_start_time() < clock_timestamp() - interval '20 seconds'")
_LONGEST_ERROR = 200


@dataclass(frozen=True, slots=True)
class Announcement:
    """One row that the broker should be told of."""

    id: UUID
    task: str
    queue: str


def add(session: Session, *, task: Task, queue: Queue, subject_id: UUID) -> OutboxRow:
    """Write down work to be done once this transaction is committed, and see that the relay is woken then."""
    at = clock.database_time(session)
    row = OutboxRow(task=task, queue=queue, subject_id=subject_id, created_at=at, next_attempt_at=at, announce_at=at)
    session.add(row)
    ask_for_relay(session)
    return row


def ask_for_relay(session: Session) -> None:
    """See that the relay looks as soon as this transaction is committed."""
    if session.info.get("outbox_grew"):
        return
    session.info["outbox_grew"] = True
    is_local = session.info.get("relay_is_local")
    if session.get_bind().dialect.name == "postgresql" and not (is_local and is_local()):
        # NOTIFY takes a lock at commit, so it is left to installations whose relay lives on another host.
        session.execute(text(f"NOTIFY {wake.CHANNEL}"))


def announce(session: Session, *, limit: int = LARGEST_PASS) -> list[Announcement]:
    """Pick the rows the broker should be told of now, urgent queues first, and note that it was told.

    Rows are not picked again before their next announcement is due (30 s, doubling to 5 min), nor while a living
    worker has them in hand. Several relays may run: each picks rows the others do not.
    """
    at = clock.database_time(session)
    picked: list[OutboxRow] = []
    for queue in Queue:
        if len(picked) < limit:
            picked += session.scalars(
                select(OutboxRow)
                .where(OutboxRow.queue == queue, OutboxRow.finished_at.is_(None), OutboxRow.announce_at <= at)
                .order_by(OutboxRow.announce_at)
                .limit(limit - len(picked))
                .with_for_update(skip_locked=True)
            )
    by_announcements: dict[int, list[UUID]] = defaultdict(list)
    for row in picked:
        by_announcements[row.announcements].append(row.id)
    for announcements, ids in by_announcements.items():
        session.execute(
            update(OutboxRow)
            .where(OutboxRow.id.in_(ids))
            .values(
                announced_at=at,
                announcements=announcements + 1,
                announce_at=at + announce_again_after(announcements + 1),
            )
            .execution_options(synchronize_session=False)
        )
    return [Announcement(row.id, row.task, row.queue) for row in picked]


def take_back(session: Session, announcements: Iterable[Announcement]) -> None:
    """The broker could not be told: these rows are due again at once, unless somebody acted on them meanwhile."""
    session.execute(
        update(OutboxRow)
        .where(
            OutboxRow.id.in_([one.id for one in announcements]),
            OutboxRow.finished_at.is_(None),
            OutboxRow.lease_owner.is_(None),
            # Recording a temporary answer sets this back to 0 and chooses a later time.
            OutboxRow.announcements > 0,
        )
        .values(announce_at=OutboxRow.next_attempt_at, announcements=0)
        .execution_options(synchronize_session=False)
    )


def announce_afresh(session: Session, task: Task) -> None:
    """Whatever of ``task`` was announced in vain is due again: the obstacle (a mail server that refused) is gone."""
    at = clock.database_time(session)
    session.execute(
        update(OutboxRow)
        .where(
            OutboxRow.task == task,
            OutboxRow.finished_at.is_(None),
            OutboxRow.lease_owner.is_(None),
            OutboxRow.next_attempt_at <= at,
            OutboxRow.announce_at > at,
        )
        .values(announce_at=at, announcements=0)
        .execution_options(synchronize_session=False)
    )
    ask_for_relay(session)


def take(session: Session, row_id: UUID, *, worker: int) -> OutboxRow | None:
    """Lease a row to a worker, for 30 s unless it renews.

    Counts a crash in advance, which recording an outcome takes back: a row that kills its worker five times is parked.

    Returns:
        The row, or None when it is finished, not due, in other hands, or has just been parked.
    """
    at = clock.database_time(session)
    free = or_(OutboxRow.leased_until.is_(None), OutboxRow.leased_until <= at)
    row = session.scalar(
        select(OutboxRow)
        .where(OutboxRow.id == row_id, OutboxRow.finished_at.is_(None), OutboxRow.next_attempt_at <= at, free)
        .with_for_update(skip_locked=True)
    )
    if row is None:
        return None
    if is_parked(row.crashes):
        _finish(row, "parked", at=at, error=f"taken {row.crashes} times without an outcome")
        return None
    row.crashes += 1
    row.lease_owner, row.leased_until, row.announce_at = worker, at + LEASE, at + LEASE
    return row


def renew(session: Session, *, worker: int) -> None:
    """Tell that the worker is alive: what it has in hand stays with it for another 30 s."""
    until = clock.database_time(session) + LEASE
    session.execute(
        update(OutboxRow)
        .where(OutboxRow.lease_owner == worker, OutboxRow.finished_at.is_(None))
        .values(leased_until=until, announce_at=until)
        .execution_options(synchronize_session=False)
    )


def release_orphans(session: Session) -> int:
    """Free the rows of workers that died, without waiting for the lease to end; PostgreSQL only.

    There every living worker holds an advisory lock, which the server drops with its connection. A server that has just
    been started itself knows no locks yet: the living get time to take theirs again.

    Returns:
        How many rows were freed.
    """
    if session.get_bind().dialect.name != "postgresql":
        return 0
    if not session.scalar(select(_LONG_UP)):
        return 0
    alive = (
        select(literal_column("objid::bigint", BigInteger))
        .select_from(text("pg_locks"))
        .where(text(f"locktype = 'advisory' AND classid = {LEASE_LOCK_CLASS} AND granted"))
    )
    result: CursorResult[Any] = session.execute(  # type: ignore[assignment]
        update(OutboxRow)
        .where(OutboxRow.lease_owner.is_not(None), OutboxRow.finished_at.is_(None), OutboxRow.lease_owner.not_in(alive))
        .values(lease_owner=None, leased_until=None, announce_at=clock.database_time(session), announcements=0)
        .execution_options(synchronize_session=False)
    )
    return result.rowcount


def finish(session: Session, row: OutboxRow, outcome: str, *, error: str | None = None) -> bool:
    """Record that the work is over: ``done``, ``refused`` or ``obsolete``.

    Records it also when the lease was lost meanwhile: what happened, happened, and must not happen twice.

    Returns:
        False when somebody recorded an end before.
    """
    session.refresh(row, with_for_update=True)
    if row.finished_at is not None:
        return False
    _finish(row, outcome, at=clock.database_time(session), error=error)
    row.crashes = 0
    return True


def retry(session: Session, row: OutboxRow, *, after: timedelta, error: str, counts: bool = True) -> None:
    """Record a temporary answer: the row is due again ``after`` that time.

    ``counts`` is False when the server as a whole was away, which is not the row's fault. A lease lost meanwhile means
    that somebody else has the row: nothing is changed then.
    """
    worker = row.lease_owner
    session.refresh(row, with_for_update=True)
    if row.finished_at is not None or row.lease_owner != worker:
        return
    at = clock.database_time(session)
    row.next_attempt_at = row.announce_at = at + after
    row.announcements = row.crashes = 0
    row.attempts += int(counts)
    row.lease_owner = row.leased_until = None
    row.last_error = error[:_LONGEST_ERROR]


def _finish(row: OutboxRow, outcome: str, *, at: Any, error: str | None) -> None:
    row.outcome, row.finished_at = outcome, at
    row.lease_owner = row.leased_until = None
    row.last_error = error[:_LONGEST_ERROR] if error else row.last_error
