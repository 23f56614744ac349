"""Queueing mails: a row for people, a row of work for the outbox, nothing else."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from shared import outbox
from shared.domain.deliveries import MailState
from shared.domain.email_addresses import normalise
from shared.messages import Queue, Task
from shared.models import Account, Email
from shared.models.base import new_id
from shared.rows import Row

URGENT = frozenset(
    {
        *("password", "already-registered", "password-changed", "code"),
        *("confirm-address", "address-in-use", "approve-address", "address-changed"),
    }
)
"""Mails a person is waiting for in front of the screen."""
LIMITED = ("password", "already-registered", "confirm-address", "address-in-use")
"""Mails that anybody who knows an address can cause."""
LIMIT = 5
"""Of those, how many go to one address within ``LIMIT_WINDOW``; more are held (S12)."""
LIMIT_WINDOW = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom a mail goes to: an account, or an office mailbox."""

    address: str
    language: str
    account_id: UUID | None = None
    is_canary: bool = False

    @classmethod
    def of(cls, account: Account) -> "Recipient":
        """The person behind an account, in the language chosen for mails (R13)."""
        return cls(account.email, account.email_language, account.id, account.is_canary)


def queue_email(
    session: Session,
    *,
    template: str,
    to: Recipient,
    now: datetime,
    limited: bool = False,
    environment: str | None = None,
    link_id: UUID | None = None,
    role_request_id: UUID | None = None,
    assignment_id: UUID | None = None,
    challenge_id: UUID | None = None,
    **context: Any,
) -> Email:
    """Write a mail and the work of sending it into the transaction that causes it.

    With ``limited``, a sixth mail to the same address within an hour is written but held back (S12): the caller answers
    as ever, operations can see it. ``context`` takes ids and codes only.
    """
    held = limited and is_limit_reached(session, to.address, now=now)
    email = Email(
        **_email(template=template, to=to, now=now, held=held, link_id=link_id, context=context),
        environment=environment,
        role_request_id=role_request_id,
        assignment_id=assignment_id,
        challenge_id=challenge_id,
    )
    session.add(email)
    if not held:
        send_again(session, email)
    return email


def send_again(session: Session, email: Email) -> None:
    """Add the work of sending for a mail that is already written."""
    outbox.add(session, task=Task.DELIVER_EMAILS, queue=_queue(email.template), subject_id=email.id)


def email_rows(
    session: Session, *, template: str, to: Recipient, now: datetime, held: bool, link_id: UUID | None = None
) -> list[Row]:
    """Make the rows of a mail and, unless it is ``held``, of the work of sending it, for whoever writes them."""
    email = Row(Email, _email(template=template, to=to, now=now, held=held, link_id=link_id, context={}))
    if held:
        return [email]
    work = outbox.work_row(session, task=Task.DELIVER_EMAILS, queue=_queue(template), subject_id=email.values["id"])
    return [email, work]


def is_limit_reached(session: Session, address: str, *, now: datetime) -> bool:
    """True when an address got as many mails within the hour as strangers may cause (S12)."""
    statement = (
        select(func.count())
        .select_from(Email)
        .where(
            Email.recipient_key == normalise(address),
            Email.created_at > now - LIMIT_WINDOW,
            Email.template.in_(LIMITED),
            Email.state != MailState.HELD,
        )
    )
    return session.scalars(statement).one() >= LIMIT


def _email(
    *, template: str, to: Recipient, now: datetime, held: bool, link_id: UUID | None, context: dict[str, Any]
) -> dict[str, Any]:
    return {
        "id": new_id(),
        "template": template,
        "account_id": to.account_id,
        "recipient": to.address,
        "recipient_key": normalise(to.address),
        "language": to.language,
        "link_id": link_id,
        "context": context,
        "state": MailState.HELD if held else MailState.WAITING,
        "reason": "limit of mails to one address" if held else None,
        "created_at": now,
        "is_canary": to.is_canary,
    }


def _queue(template: str) -> Queue:
    return Queue.MAIL_URGENT if template in URGENT else Queue.MAIL_NOTICE
