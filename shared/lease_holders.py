"""Workers that hold rows: telling that they live, and freeing what the dead held."""

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from sqlalchemy import BigInteger, CursorResult, case, literal, literal_column, select, text, update
from sqlalchemy.orm import Session

from shared import clock
from shared.lease_statements import LEASE
from shared.models import OutboxRow

SUSPECT_WAITS = timedelta(seconds=10)
"""Until a row that two workers died with is tried again."""
LEASE_LOCK_CLASS = 0x6A7E
"""First half of the advisory lock that a living worker holds on PostgreSQL; its own number is the second."""
_LONG_UP = text("pg_postmaster_start_time() < clock_timestamp() - interval '20 seconds'")


def renew(session: Session, *, worker: int) -> None:
    """Tell that the worker is alive: what it has in hand stays with it for another 30 s."""
    until = clock.database_time(session) + LEASE
    session.execute(
        update(OutboxRow)
        .where(OutboxRow.lease_owner == worker, OutboxRow.finished_at.is_(None))
        .values(leased_until=until, announce_at=until)
        .execution_options(synchronize_session=False)
    )


def missing_workers(session: Session) -> set[int]:
    """The numbers of workers that have rows in hand and do not hold their lock; PostgreSQL only, else none.

    There every living worker holds an advisory lock, which the server drops with its connection. One that lives takes
    it again within seconds when the connection alone was lost: see ``release_orphans``. A server that has just been
    started itself knows no locks yet: the living get time to take theirs again.
    """
    if session.get_bind().dialect.name != "postgresql" or not session.scalar(select(_LONG_UP)):
        return set()
    alive = (
        select(literal_column("objid::bigint", BigInteger))
        .select_from(text("pg_locks"))
        .where(text(f"locktype = 'advisory' AND classid = {LEASE_LOCK_CLASS} AND granted"))
    )
    in_hand = OutboxRow.lease_owner.is_not(None), OutboxRow.finished_at.is_(None)
    owners = select(OutboxRow.lease_owner).where(*in_hand, OutboxRow.lease_owner.not_in(alive)).distinct()
    return {owner for owner in session.scalars(owners) if owner is not None}


def release_orphans(session: Session, workers: Collection[int]) -> int:
    """Free the rows of workers that died, without waiting for the lease to end.

    ``workers`` must have been missing for a while: whoever only lost its connection is still sending. A row that was in
    the hands of two dead workers waits, so that those which are announced with it are done before it kills a third.

    Returns:
        How many rows were freed.
    """
    if not workers:
        return 0
    at = clock.database_time(session)
    kind = OutboxRow.announce_at.type
    due = case((OutboxRow.crashes > 1, literal(at + SUSPECT_WAITS, kind)), else_=literal(at, kind))
    result: CursorResult[Any] = session.execute(  # type: ignore[assignment]
        update(OutboxRow)
        .where(OutboxRow.lease_owner.in_(workers), OutboxRow.finished_at.is_(None))
        .values(lease_owner=None, leased_until=None, next_attempt_at=due, announce_at=due, announcements=0)
        .execution_options(synchronize_session=False)
    )
    return result.rowcount
