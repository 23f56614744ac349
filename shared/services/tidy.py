"""Taking away what nobody needs any more; nothing depends on it, for expiry is a rule at the moment of use.

How long what people wrote, and what was said to them, is kept: storage limitation, GDPR article 5(1)(e).
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, CursorResult, Delete, Update, delete, exists, select, update
from sqlalchemy.orm import Session

from shared.domain.deliveries import MailState
from shared.domain.links import LinkPurpose
from shared.domain.role_requests import RequestStatus
from shared.models import (
    Account,
    Captcha,
    DecisionChallenge,
    Email,
    EmailChange,
    IdempotencyKey,
    Link,
    LoginSession,
    OutboxRow,
    RememberedBrowser,
    RoleRequest,
    Throttle,
)
from shared.settings import Settings

UNFINISHED_ACCOUNT = timedelta(days=7)
"""An account whose password was never set goes then."""
FINISHED_WORK = timedelta(days=30)
"""How long operations can look at finished outbox rows; the mails themselves stay longer."""
OVER_LOGIN = timedelta(days=1)
CAPTCHA = timedelta(hours=1)
IDEMPOTENCY_KEY = timedelta(hours=24)
THROTTLE = timedelta(days=1)
MAILS = timedelta(days=365)
"""Rows of mails, with their addresses; the audit trail keeps what was done, without them."""
LINKS = timedelta(days=30)
EMAIL_CHANGE = timedelta(days=1)
"""A change of address that came to nothing, counted from the end of its links."""
CODES = timedelta(days=30)
TYPED_WORDS = timedelta(days=365)
"""Message and contact data of a closed request, from its sending; what was asked and decided stays."""
AT_ONCE = 250
"""Rows of a kind taken away in one transaction."""
_IS_TO_BE_MAILED = exists().where(Email.link_id == Link.id, Email.state == MailState.WAITING)


def tidy(session: Session, *, settings: Settings, now: datetime) -> int:
    """Delete, or blank, at most 250 rows of each kind whose time is over.

    Nothing that is still to be sent, used or decided is touched, however old it is.

    Returns:
        How many rows went or were blanked; call again until none are.
    """
    del settings
    return sum(_done(session, statement) for statement in _statements(now))


def _statements(now: datetime) -> Iterator[Delete | Update]:
    over: tuple[tuple[type[Any], Any, ColumnElement[bool]], ...] = (
        (Account, Account.id, _never_finished(now)),
        (LoginSession, LoginSession.id, LoginSession.expires_at <= now - OVER_LOGIN),
        (Captcha, Captcha.id, Captcha.created_at <= now - CAPTCHA),
        (IdempotencyKey, IdempotencyKey.key, IdempotencyKey.created_at <= now - IDEMPOTENCY_KEY),
        (Throttle, Throttle.key, Throttle.window_start <= now - THROTTLE),
        (OutboxRow, OutboxRow.id, OutboxRow.finished_at <= now - FINISHED_WORK),
        (Email, Email.id, (Email.created_at <= now - MAILS) & (Email.state != MailState.WAITING)),
        (EmailChange, EmailChange.account_id, _came_to_nothing(now)),
        (Link, Link.id, _opens_nothing(now)),
        (DecisionChallenge, DecisionChallenge.id, DecisionChallenge.created_at <= now - CODES),
        (RememberedBrowser, RememberedBrowser.id, RememberedBrowser.expires_at <= now),
    )
    for model, key, is_over in over:
        yield delete(model).where(is_over, key.in_(select(key).where(is_over).limit(AT_ONCE)))
    yield _blank_typed_words(now)


def _never_finished(now: datetime) -> ColumnElement[bool]:
    has_asked = Account.id.in_(select(RoleRequest.account_id))
    return Account.password_hash.is_(None) & (Account.updated_at <= now - UNFINISHED_ACCOUNT) & ~has_asked


def _came_to_nothing(now: datetime) -> ColumnElement[bool]:
    """True for a change of address one of whose links died unused, unless its mail waits and will bring another."""
    died = (Link.superseded_at <= now - EMAIL_CHANGE) | (Link.expires_at <= now - EMAIL_CHANGE)
    is_its_own = Link.id.in_((EmailChange.old_link_id, EmailChange.new_link_id))
    return exists().where(is_its_own, Link.used_at.is_(None), died, ~_IS_TO_BE_MAILED)


def _opens_nothing(now: datetime) -> ColumnElement[bool]:
    """True for an old link to a page of the account that is over, or never began because a limit held its mail back.

    A change of address that still hangs on it goes too.
    """
    never_began = Link.expires_at.is_(None) & ~_IS_TO_BE_MAILED
    is_over = Link.used_at.is_not(None) | Link.superseded_at.is_not(None) | (Link.expires_at <= now) | never_began
    return (Link.created_at <= now - LINKS) & (Link.purpose != LinkPurpose.DECIDE) & is_over


def _blank_typed_words(now: datetime) -> Update:
    words = (RoleRequest.message, RoleRequest.contact_email, RoleRequest.contact_phone)
    is_old = (RoleRequest.created_at <= now - TYPED_WORDS) & (RoleRequest.status == RequestStatus.CLOSED)
    has_words = words[0].is_not(None) | words[1].is_not(None) | words[2].is_not(None)
    some = select(RoleRequest.id).where(is_old, has_words).limit(AT_ONCE)
    return update(RoleRequest).where(RoleRequest.id.in_(some)).values(dict.fromkeys(words))


def _done(session: Session, statement: Delete | Update) -> int:
    result: CursorResult[Any] = session.execute(  # type: ignore[assignment]
        statement.execution_options(synchronize_session=False)
    )
    return result.rowcount
