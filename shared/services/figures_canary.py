"""How the canary's walks go."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from shared.domain.canary import Outcome, Stage
from shared.models import CanaryWalk


@dataclass(frozen=True, slots=True)
class CanaryFigures:
    """What is known of the walks of the last hours; older ones are taken away (``canary_prune``)."""

    last_success: datetime | None
    """End of the newest walk that came to its end, by the database's own time; None when none of them did."""
    first_start: datetime | None
    """Start of the oldest walk; None without any."""
    last_seconds: float
    """How long the newest walk that ended took, well or not; 0 when none ended."""
    failed_at: Stage | None
    """Where the newest walk that ended failed; None when it came to its end."""


def canary_figures(session: Session) -> CanaryFigures:
    """Read the figures; costs as much as there are walks, which are some hundred at the most."""
    success, start = session.execute(
        select(
            func.max(CanaryWalk.finished_at).filter(CanaryWalk.outcome == Outcome.DONE), func.min(CanaryWalk.started_at)
        )
    ).one()
    newest = session.scalar(
        select(CanaryWalk).where(CanaryWalk.finished_at.is_not(None)).order_by(CanaryWalk.number.desc()).limit(1)
    )
    if newest is None or newest.finished_at is None:
        return CanaryFigures(success, start, 0.0, None)
    has_failed = newest.outcome == Outcome.FAILED
    seconds = (newest.finished_at - newest.started_at).total_seconds()
    return CanaryFigures(success, start, seconds, Stage(newest.stage) if has_failed else None)
