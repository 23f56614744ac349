"""What was mailed, for operations: to find a mail, see why it did not go, and send it again."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.domain.deliveries import MailState
from shared.domain.email_addresses import normalise
from shared.domain.errors import FieldErrors, NotFound
from shared.models import Account, Email, OutboxRow
from shared.services import audit
from shared.services.emails import send_again
from shared.services.sign_up import send_password_link
from shared.settings import Settings


def list_emails(
    session: Session, *, to: str | None = None, state: str | None = None, limit: int = 50
) -> Sequence[Email]:
    """List mails, newest first, of an address and a state where these are given."""
    found = select(Email).order_by(Email.created_at.desc(), Email.id).limit(limit)
    if to is not None:
        found = found.where(Email.recipient_key == normalise(to))
    if state is not None:
        found = found.where(Email.state == state)
    return session.scalars(found).all()


def show_email(session: Session, email_id: UUID) -> tuple[Email, Sequence[OutboxRow]]:
    """Return a mail and the work that was done for it.

    Raises:
        NotFound: there is none of that id.
    """
    email = session.get(Email, email_id)
    if email is None:
        raise NotFound("no such mail")
    rows = session.scalars(select(OutboxRow).where(OutboxRow.subject_id == email_id).order_by(OutboxRow.created_at))
    return email, rows.all()


def resend_email(
    session: Session,
    email_id: UUID,
    *,
    settings: Settings,
    now: datetime,
    actor: str = audit.OPERATOR_AT_THE_CONSOLE,
    ground: str | None = None,
) -> None:
    """Send a mail that was refused, came back, was held or closed; a password mail gets a new link in a new mail.

    The trail names ``actor`` and ``ground`` as whose doing it was, and why.

    Raises:
        NotFound: there is none of that id.
        FieldErrors: it was sent, or is still on its way, or its account may get no link.
    """
    email = session.get(Email, email_id, with_for_update=True)
    if email is None:
        raise NotFound("no such mail")
    if email.template == "password":
        account = session.get(Account, email.account_id) if email.account_id else None
        if account is None or account.disabled_at is not None:
            raise FieldErrors({"email": ["The account is disabled or gone; it gets no link."]})
        send_password_link(session, account, settings=settings, now=now, limited=False)
    elif email.state in {MailState.SENT, MailState.WAITING}:
        raise FieldErrors({"email": [f"This mail is {email.state}; it is not sent again."]})
    else:
        email.state, email.reason, email.created_at = MailState.WAITING, None, now
        email.sent_at = email.bounced_at = email.bounce_status = None
        send_again(session, email)
    audit.record(
        session,
        action="email.resent",
        actor=actor,
        subject_type="email",
        subject_id=email.id,
        now=now,
        ground=ground,
    )
