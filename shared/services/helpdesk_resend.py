"""The helpdesk sends a mail again. It never sets a password and proves no address: only the mailed link does."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from shared.domain.errors import FieldErrors, NotFound
from shared.domain.organisations import N_
from shared.models import Account, Email
from shared.services import audit
from shared.services.daily_limits import check_daily_limit
from shared.services.email_log import resend_email
from shared.services.mail_views import SENT_AGAIN
from shared.services.sign_up import send_password_link
from shared.settings import Settings

PASSWORD_LINKS_A_DAY: Final = 3
"""That the helpdesk sends to one person; the limit that strangers meet does not count here (S12)."""
_PASSWORD_LINK = "helpdesk.password_link_sent"  # noqa: S105 - the name of an event
_DISABLED = N_("The account is disabled; it gets no link.")
_NOT_AGAIN = N_("This mail was sent, or is not needed any more; it is not sent again.")


def send_new_link(
    session: Session, account_id: UUID, *, by: Account, ground: str, settings: Settings, now: datetime
) -> None:
    """Mail a person a new link to set the password; ``by`` somebody of ours, on this ``ground``.

    Raises:
        NotFound: there is no account of that id.
        FieldErrors: the account is disabled.
        TooManyRequests: the helpdesk sent three within a day; says when the next may go.
    """
    account = locked(session, account_id)
    if account.disabled_at is not None:
        raise FieldErrors({"email_id": [_DISABLED]})
    check_daily_limit(session, account_id, action=_PASSWORD_LINK, limit=PASSWORD_LINKS_A_DAY, now=now)
    send_password_link(session, account, settings=settings, now=now, limited=False)
    audit.record(
        session,
        action=_PASSWORD_LINK,
        actor=audit.by_account(by.id),
        subject_type="account",
        subject_id=account_id,
        now=now,
        ground=ground,
    )


def send_mail_again(
    session: Session, account_id: UUID, email_id: UUID, *, by: Account, ground: str, settings: Settings, now: datetime
) -> None:
    """Send a mail to a person again that was refused, came back or was held; for a password mail, a new link.

    Raises:
        NotFound: this person has no such mail.
        FieldErrors: it was sent, is on its way, or is not needed any more; or the account is disabled.
        TooManyRequests: as ``send_new_link``.
    """
    email = session.get(Email, email_id, with_for_update=True)
    if email is None or email.account_id != account_id:
        raise NotFound("no such mail of this person")
    if email.template == "password":
        send_new_link(session, account_id, by=by, ground=ground, settings=settings, now=now)
        return
    if email.state not in SENT_AGAIN:
        raise FieldErrors({"email_id": [_NOT_AGAIN]})
    resend_email(session, email_id, settings=settings, now=now, actor=audit.by_account(by.id), ground=ground)


def locked(session: Session, account_id: UUID) -> Account:
    """Return an account, locked, so that what is counted for it is counted by one at a time.

    Raises:
        NotFound: there is none of that id.
    """
    account = session.get(Account, account_id, with_for_update=True)
    if account is None:
        raise NotFound("no such account")
    return account
