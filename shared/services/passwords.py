"""Setting, forgetting and changing a password (R20 to R24)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from shared.domain.email_addresses import normalise
from shared.domain.links import LinkPurpose
from shared.domain.person_names import looks_like_organisation
from shared.models import Account, Link, LoginSession
from shared.services import audit, remembered_browsers
from shared.services.emails import Recipient, is_limit_reached, queue_email
from shared.services.links import kill_links, use_link
from shared.services.sign_up import note_in_vain, send_password_link
from shared.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPassword:
    """A hashed password, and the names as corrected on the page that first sets it."""

    password_hash: str
    first_name: str | None = None
    last_name: str | None = None


def ask_for_link(session: Session, email: str, *, settings: Settings, now: datetime) -> None:
    """Send a new password link to the account behind an address; silent when there is none (S7)."""
    account = session.scalar(select(Account).where(Account.email_key == normalise(email)).with_for_update())
    if account is not None and account.disabled_at is None:
        send_password_link(session, account, settings=settings, now=now)
    else:
        if settings.rate_limits:
            is_limit_reached(session, email, now=now)  # asked for nothing: it takes as long as for the others
        note_in_vain(session, "password.asked_in_vain", account, now=now)


def renew_link(session: Session, link: Link, *, settings: Settings, now: datetime) -> UUID | None:
    """Send a new password link in the place of one that no longer works (R22).

    Returns:
        The id of its mail; None when there is no such account any more, or it was disabled.
    """
    account = session.get(Account, link.account_id)
    if account is None or account.disabled_at is not None:
        return None
    return send_password_link(session, account, settings=settings, now=now)


def set_password(session: Session, token: str, new: NewPassword, *, settings: Settings, now: datetime) -> Account:
    """Set the password through a mailed link, once; every log-in of the account ends (S3, S21).

    Raises:
        LinkUnknown, LinkUsed, LinkSuperseded, LinkExpired: the link does not work (any more).
    """
    link = use_link(session, token, purpose=LinkPurpose.PASSWORD, keyring=settings.keyring, now=now)
    account = session.scalars(select(Account).where(Account.id == link.account_id).with_for_update()).one()
    is_first = account.password_hash is None
    if is_first:
        _correct_names(account, new)
    _store(session, account, new.password_hash, now=now)
    audit.record(
        session,
        action="password.set" if is_first else "password.reset",
        actor=audit.by_account(account.id),
        subject_type="account",
        subject_id=account.id,
        now=now,
        link_id=link.id,
    )
    if not is_first:
        queue_email(session, template="password-changed", to=Recipient.of(account), now=now)
    return account


def change_password(session: Session, account: Account, password_hash: str, *, now: datetime) -> None:
    """Change the password of somebody who proved the current one; every log-in of the account ends (S20, S21)."""
    _store(session, account, password_hash, now=now)
    audit.record(
        session,
        action="password.changed",
        actor=audit.by_account(account.id),
        subject_type="account",
        subject_id=account.id,
        now=now,
    )
    queue_email(session, template="password-changed", to=Recipient.of(account), now=now)


def end_sessions(session: Session, account: Account, *, now: datetime) -> None:
    """End every log-in of an account, and forget the browsers it was known by for decisions (S21, S23)."""
    session.execute(
        update(LoginSession)
        .where(LoginSession.account_id == account.id, LoginSession.ended_at.is_(None))
        .values(ended_at=now)
    )
    remembered_browsers.revoke(session, recipient_key=f"account:{account.id}", now=now)


def _correct_names(account: Account, new: NewPassword) -> None:
    names = (new.first_name or account.first_name, new.last_name or account.last_name)
    if names != (account.first_name, account.last_name):
        account.first_name, account.last_name = names
        # The form asked whether such a name is really theirs (R17).
        account.person_confirmed = looks_like_organisation(*names)


def _store(session: Session, account: Account, password_hash: str, *, now: datetime) -> None:
    account.password_hash, account.password_set_at, account.updated_at = password_hash, now, now
    # A change of address that a thief asked for ends here too.
    kill_links(session, account.id, LinkPurpose.PASSWORD, LinkPurpose.EMAIL_CHANGE, now=now)
    end_sessions(session, account, now=now)
