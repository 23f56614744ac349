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

URGENT = frozenset({"password", "already-registered", "password-changed", "code"})
"""Mails a person is waiting for in front of the screen."""
LIMITED = ("password", "already-registered")
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

    @classmethod
    def of(cls, account: Account) -> "Recipient":
        """The person behind an account, in the language chosen for mails (R13)."""
        return cls(account.email, account.email_language, account.id)


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
    email = Email(
        id=new_id(),
        template=template,
        account_id=to.account_id,
        recipient=to.address,
        recipient_key=normalise(to.address),
        language=to.language,
        environment=environment,
        link_id=link_id,
        role_request_id=role_request_id,
        assignment_id=assignment_id,
        challenge_id=challenge_id,
        context=context,
        state=MailState.WAITING,
        created_at=now,
    )
    if limited and _mails_of_late(session, email.recipient_key, now) >= LIMIT:
        email.state, email.reason = MailState.HELD, "limit of mails to one address"
        session.add(email)
        return email
    session.add(email)
    send_again(session, email)
    return email


def send_again(session: Session, email: Email) -> None:
    """Add the work of sending for a mail that is already written."""
    queue = Queue.MAIL_URGENT if email.template in URGENT else Queue.MAIL_NOTICE
    outbox.add(session, task=Task.DELIVER_EMAILS, queue=queue, subject_id=email.id)


def _mails_of_late(session: Session, recipient_key: str, now: datetime) -> int:
    return session.scalars(
        select(func.count())
        .select_from(Email)
        .where(
            Email.recipient_key == recipient_key,
            Email.created_at > now - LIMIT_WINDOW,
            Email.template.in_(LIMITED),
            Email.state != MailState.HELD,
        )
    ).one()
