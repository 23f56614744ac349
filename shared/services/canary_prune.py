"""Taking away what the canary's walks left; their audit events stay, as everybody's do."""

from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from shared import clock
from shared.models import Account, CanaryWalk, Email, OutboxRow, RoleRequest, RoleRequestItem
from shared.settings import Settings

KEPT = timedelta(hours=12)
"""How long operations can look at a walk; half a day, so that everything is gone within one."""
AT_ONCE = 50


def prune(session: Session, *, settings: Settings, now: datetime) -> int:
    """Delete what is older than twelve hours: at most 50 walks with their accounts, requests, mails and work.

    Returns:
        How many walks went; call again until none do.
    """
    del settings, now
    before = clock.database_time(session) - KEPT
    walks = session.scalars(
        select(CanaryWalk)
        .where(CanaryWalk.finished_at < before)
        .order_by(CanaryWalk.number)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
    ).all()
    accounts = [walk.account_id for walk in walks]
    requests = session.scalars(select(RoleRequest.id).where(RoleRequest.account_id.in_(accounts))).all()
    of_the_walks = Email.account_id.in_(accounts) | Email.role_request_id.in_(requests)
    mails = session.scalars(select(Email.id).where(of_the_walks)).all()
    for statement in (
        delete(OutboxRow).where(OutboxRow.subject_id.in_([*mails, *requests])),
        delete(Email).where(Email.id.in_(mails)),
        delete(RoleRequestItem).where(RoleRequestItem.role_request_id.in_(requests)),
        delete(RoleRequest).where(RoleRequest.id.in_(requests)),
        delete(Account).where(Account.id.in_(accounts), Account.is_canary),
        delete(CanaryWalk).where(CanaryWalk.number.in_([walk.number for walk in walks])),
    ):
        session.execute(statement.execution_options(synchronize_session=False))
    return len(walks)
