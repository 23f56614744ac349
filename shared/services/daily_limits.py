"""Limits of a day on what is done to one person, counted in the audit trail."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from shared.domain.errors import TooManyRequests
from shared.models import AuditEvent

DAY: Final = timedelta(days=1)


def check_daily_limit(session: Session, account_id: UUID, *, action: str, limit: int, now: datetime) -> None:
    """Refuse what was done to a person ``limit`` times within a day, whoever did it.

    Raises:
        TooManyRequests: says when the oldest of these is a day old.
    """
    of_late = (AuditEvent.subject_id == account_id, AuditEvent.at > now - DAY, AuditEvent.action == action)
    count, oldest = session.execute(select(func.count(), func.min(AuditEvent.at)).where(*of_late)).one()
    if count >= limit:
        wait = oldest + DAY - now
        raise TooManyRequests("the limit of a day", retry_after=max(1, int(wait.total_seconds())))
