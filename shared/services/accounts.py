"""Switching an account off and on again (S23)."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared import outbox
from shared.domain.email_addresses import normalise
from shared.domain.errors import NotFound
from shared.domain.links import LinkPurpose
from shared.messages import Queue, Task
from shared.models import Account
from shared.services import audit
from shared.services.links import kill_links
from shared.services.passwords import end_sessions
from shared.services.role_request_stranded import asked_of


def find_account(session: Session, email: str) -> Account:
    """Return the account behind an address, locked for a change.

    Raises:
        NotFound: there is none.
    """
    account = session.scalar(select(Account).where(Account.email_key == normalise(email)).with_for_update())
    if account is None:
        raise NotFound("no account with this address")
    return account


def disable_account(session: Session, email: str, *, now: datetime) -> Account:
    """Switch an account off: its sessions end at once, it cannot log in and decides nothing (S23).

    Requests that this person was asked to decide are routed again by the worker (S34): they are locked before accounts,
    and this transaction holds one of the latter.

    Raises:
        NotFound: there is no such account.
    """
    account = find_account(session, email)
    account.disabled_at = account.disabled_at or now
    end_sessions(session, account, now=now)
    kill_links(session, account.id, LinkPurpose.EMAIL_CHANGE, now=now)
    for role_request_id in asked_of(session, account_id=account.id):
        outbox.add(session, task=Task.ROUTE_ROLE_REQUESTS, queue=Queue.ROUTING, subject_id=role_request_id)
    _record(session, account, "account.disabled", now)
    return account


def enable_account(session: Session, email: str, *, now: datetime) -> Account:
    """Switch an account on again.

    Raises:
        NotFound: there is no such account.
    """
    account = find_account(session, email)
    account.disabled_at = None
    _record(session, account, "account.enabled", now)
    return account


def _record(session: Session, account: Account, action: str, now: datetime) -> None:
    audit.record(
        session,
        action=action,
        actor=audit.OPERATOR_AT_THE_CONSOLE,
        subject_type="account",
        subject_id=account.id,
        now=now,
    )
