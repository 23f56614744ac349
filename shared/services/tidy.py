"""Taking away what nobody needs any more; nothing depends on it, for expiry is a rule at the moment of use."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, CursorResult, delete, select
from sqlalchemy.orm import Session

from shared.models import Account, Captcha, IdempotencyKey, LoginSession, OutboxRow, RoleRequest, Throttle
from shared.settings import Settings

UNFINISHED_ACCOUNT = timedelta(days=7)
"""An account whose password was never set goes then."""
FINISHED_WORK = timedelta(days=30)
"""How long operations can look at finished outbox rows; the mails themselves stay."""
OVER_LOGIN = timedelta(days=1)
CAPTCHA = timedelta(hours=1)
IDEMPOTENCY_KEY = timedelta(hours=24)
THROTTLE = timedelta(days=1)
AT_ONCE = 1_000
"""Rows of a table taken away in one transaction."""


def tidy(session: Session, *, settings: Settings, now: datetime) -> int:
    """Delete at most a thousand rows of each kind that is over.

    Returns:
        How many rows went; call again until none do.
    """
    del settings
    asked = select(RoleRequest.account_id)
    over: list[tuple[Any, Any, ColumnElement[bool]]] = [
        (
            Account,
            Account.id,
            Account.password_hash.is_(None)
            & (Account.updated_at <= now - UNFINISHED_ACCOUNT)
            & Account.id.not_in(asked),
        ),
        (LoginSession, LoginSession.id, LoginSession.expires_at <= now - OVER_LOGIN),
        (Captcha, Captcha.id, Captcha.created_at <= now - CAPTCHA),
        (IdempotencyKey, IdempotencyKey.key, IdempotencyKey.created_at <= now - IDEMPOTENCY_KEY),
        (Throttle, Throttle.key, Throttle.window_start <= now - THROTTLE),
        (OutboxRow, OutboxRow.id, OutboxRow.finished_at <= now - FINISHED_WORK),
    ]
    return sum(_delete(session, *one) for one in over)


def _delete(session: Session, model: Any, key: Any, is_over: ColumnElement[bool]) -> int:
    some = select(key).where(is_over).limit(AT_ONCE)
    result: CursorResult[Any] = session.execute(  # type: ignore[assignment]
        delete(model).where(is_over, key.in_(some)).execution_options(synchronize_session=False)
    )
    return result.rowcount
