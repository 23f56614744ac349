"""Creating an account (R9 to R20)."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from shared.domain import usernames
from shared.domain.email_addresses import normalise
from shared.domain.links import LinkPurpose
from shared.models import Account
from shared.services import audit
from shared.services.emails import Recipient, queue_email
from shared.services.links import new_link
from shared.settings import Settings

PRIVACY_VERSION = "2026-11"
"""Names the text of the privacy statement that the tick is about (R15)."""
NOBODY = UUID(int=0)
"""The subject of an event about an address that has no account."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignUp:
    """What the form holds, checked for shape."""

    first_name: str
    last_name: str
    email: str
    email_language: str
    ui_language: str
    person_confirmed: bool = False
    username: str | None = None


def sign_up(session: Session, form: SignUp, *, settings: Settings, now: datetime) -> None:
    """Create an account without a password and queue the mail whose link sets one.

    The caller learns nothing about the address (S7): where it belongs to an account already, its owner is told by
    mail instead (R5). An account that never got its password is replaced by the newer form.
    """
    account = _account_of(session, form.email)
    if account is not None and account.password_hash is not None:
        _tell_owner(session, account, settings=settings, now=now)
        return
    if account is None:
        account = _create(session, form, now)
    else:
        _replace(session, account, form, now)
    audit.record(
        session,
        action="account.created",
        actor=audit.by_account(account.id),
        subject_type="account",
        subject_id=account.id,
        now=now,
        privacy_version=PRIVACY_VERSION,
    )
    send_password_link(session, account, settings=settings, now=now)


def send_password_link(
    session: Session, account: Account, *, settings: Settings, now: datetime, limited: bool = True
) -> None:
    """Queue the mail with a new password link; the older links live until the mail server took this one (S5).

    ``limited`` is False for our own staff, who may send one more than strangers can cause (S12).
    """
    link = new_link(session, purpose=LinkPurpose.PASSWORD, keyring=settings.keyring, now=now, account_id=account.id)
    queue_email(
        session,
        template="password",
        to=Recipient.of(account),
        now=now,
        limited=limited and settings.rate_limits,
        link_id=link.id,
    )


def _tell_owner(session: Session, account: Account, *, settings: Settings, now: datetime) -> None:
    if account.disabled_at is None:
        queue_email(
            session,
            template="already-registered",
            to=Recipient.of(account),
            now=now,
            limited=settings.rate_limits,
        )
    else:
        note_in_vain(session, "account.asked_in_vain", account, now=now)


def note_in_vain(session: Session, action: str, account: Account | None, *, now: datetime) -> None:
    """Note a form that leads to no mail: it must cost a commit to disk like the others, or the time would tell (S8)."""
    audit.record(
        session,
        action=action,
        actor=audit.SYSTEM,
        subject_type="account",
        subject_id=account.id if account else NOBODY,
        now=now,
    )


def _account_of(session: Session, email: str) -> Account | None:
    return session.scalar(select(Account).where(Account.email_key == normalise(email)).with_for_update())


def _create(session: Session, form: SignUp, now: datetime) -> Account:
    username, assigned = _username(session, form)
    account = Account(
        username=username,
        username_key=usernames.skeleton(username),
        username_was_assigned=assigned,
        email=form.email,
        email_key=normalise(form.email),
        time_zone="Europe/Brussels",
        notifications={},
        created_at=now,
    )
    _fill(account, form, now)
    try:
        with session.begin_nested():
            session.add(account)
            session.flush()
    except IntegrityError:
        # Somebody signed up with the same address or username at the same moment: look again.
        existing = _account_of(session, form.email)
        if existing is None:
            return _create(session, form, now)
        if existing.password_hash is None:
            _replace(session, existing, form, now)
        return existing
    return account


def _replace(session: Session, account: Account, form: SignUp, now: datetime) -> None:
    if form.username and usernames.skeleton(form.username) == account.username_key:
        account.username, account.username_was_assigned = form.username, False
    elif form.username:
        _rename(session, account, form)
    account.email = form.email
    _fill(account, form, now)


def _rename(session: Session, account: Account, form: SignUp) -> None:
    try:
        with session.begin_nested():
            account.username, account.username_was_assigned = _username(session, form)
            account.username_key = usernames.skeleton(account.username)
    except IntegrityError:
        # Somebody took the name at the same moment; the one assigned before stays.
        session.refresh(account)


def _fill(account: Account, form: SignUp, now: datetime) -> None:
    account.first_name, account.last_name = form.first_name, form.last_name
    account.email_language, account.ui_language = form.email_language, form.ui_language
    account.person_confirmed = form.person_confirmed
    account.privacy_version, account.privacy_accepted_at = PRIVACY_VERSION, now
    account.updated_at = now


def _username(session: Session, form: SignUp) -> tuple[str, bool]:
    """The username asked for, or an assigned one when it is taken: an error here would tell who is registered (R11)."""
    if form.username and not _taken(session, form.username):
        return form.username, False
    while True:
        drawn = (secrets.choice(usernames.ALPHABET) for _ in range(usernames.ASSIGNED_CHARACTERS))
        username = usernames.assign("".join(drawn))
        if not _taken(session, username):
            return username, True


def _taken(session: Session, username: str) -> bool:
    return session.scalar(select(exists().where(Account.username_key == usernames.skeleton(username)))) or False
