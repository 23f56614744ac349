"""Whether sealing the audit events keeps up."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from shared import clock
from shared.models import AuditEvent, AuditUnsealed


@dataclass(frozen=True, slots=True)
class Unsealed:
    """Events that wait for their place in the chain, and for how many seconds the oldest has waited."""

    events: int
    oldest: float


def unsealed_events(session: Session) -> Unsealed:
    """Count what the relay has not sealed yet; the canary's events are among it, for the chain holds them too."""
    count, since = session.execute(
        select(func.count(), func.min(AuditEvent.at)).where(AuditEvent.id.in_(select(AuditUnsealed.event_id)))
    ).one()
    oldest = 0.0 if since is None else max(0.0, (clock.now(session) - since).total_seconds())
    return Unsealed(count, oldest)
