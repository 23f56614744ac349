"""How much work waits, since when, and whether the relay keeps up: by queue, from the outbox."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from shared import clock
from shared.messages import Queue
from shared.models import OutboxRow
from shared.services.figures_expressions import is_no_canary


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueFigures:
    """What one queue looks like at this moment. Ages are in seconds, and 0 where there is nothing."""

    queue: Queue
    unfinished: int = 0
    leased: int = 0
    """Rows that a living worker has in hand."""
    retrying: int = 0
    """Unfinished rows that met a temporary answer."""
    attempts: int = 0
    """Temporary answers of all unfinished rows together."""
    oldest_due: float = 0.0
    """Age of the oldest row whose next attempt has come."""
    oldest: float = 0.0
    """Age of the oldest row, also of those that were put off."""
    relay_lag: float = 0.0
    """How long the most patient row has been due to be announced without being announced."""


def queue_figures(session: Session) -> Sequence[QueueFigures]:
    """Read the figures of every queue, in the order of their urgency; the canary's rows are left out.

    Costs as much as there are unfinished rows, however many are finished.
    """
    at = clock.database_time(session)
    is_due = OutboxRow.next_attempt_at <= at
    found = session.execute(
        select(
            OutboxRow.queue,
            func.count().label("unfinished"),
            func.count(case((OutboxRow.leased_until > at, 1))).label("leased"),
            func.count(case((OutboxRow.attempts > 0, 1))).label("retrying"),
            func.sum(OutboxRow.attempts).label("attempts"),
            func.min(case((is_due, OutboxRow.created_at))).label("oldest_due"),
            func.min(OutboxRow.created_at).label("oldest"),
            func.min(OutboxRow.announce_at).label("announce_at"),
        )
        .where(OutboxRow.finished_at.is_(None), is_no_canary())
        .group_by(OutboxRow.queue)
    )
    known = {
        row.queue: QueueFigures(
            queue=Queue(row.queue),
            unfinished=row.unfinished,
            leased=row.leased,
            retrying=row.retrying,
            attempts=row.attempts,
            oldest_due=_age(row.oldest_due, at),
            oldest=_age(row.oldest, at),
            relay_lag=_age(row.announce_at, at),
        )
        for row in found
    }
    return [known.get(queue, QueueFigures(queue=queue)) for queue in Queue]


def _age(moment: datetime | None, at: datetime) -> float:
    return 0.0 if moment is None else max(0.0, (at - moment).total_seconds())
