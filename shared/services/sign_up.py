"""Creating an account (R9 to R20)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from shared import outbox, rows
from shared.domain.links import LinkPurpose
from shared.models import Account
from shared.models.base import new_id
from shared.rows import Changed, Row
from shared.services import audit
from shared.services.emails import Recipient, email_rows, is_limit_reached
from shared.services.links import link_row
from shared.services.sign_up_look import Looked, look
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


def sign_up(session: Session, form: SignUp, *, settings: Settings, now: datetime, looked: Looked | None = None) -> UUID:
    """Create an account without a password and queue the mail whose link sets one.

    The caller learns nothing about the address (S7): where it belongs to an account already, its owner is told by
    mail instead (R5). An account that never got its password is replaced by the newer form. Whatever is found, it takes
    as many statements and one commit: the time tells nothing either (S8). ``looked`` is what ``look_for`` found just
    before, in the same transaction.

    Returns:
        The id of the mail: there is one, whatever was found, and where it stands tells nothing either.
    """
    mail_id = None
    while mail_id is None:
        mail_id = _answer(session, form, looked or look_for(session, form), settings=settings, now=now)
        # Without one, somebody signed up with the same address or username at the same moment: look again.
        looked = None
    return mail_id


def look_for(session: Session, form: SignUp) -> Looked:
    """Look whether there is somebody with the address or the username of a form."""
    return look(session, email=form.email, username=form.username)


def send_password_link(
    session: Session, account: Account, *, settings: Settings, now: datetime, limited: bool = True
) -> UUID:
    """Queue the mail with a new password link; the older links live until the mail server took this one (S5).

    ``limited`` is False for our own staff, who may send one more than strangers can cause (S12). Returns the mail's id.
    """
    # Held or not, known or not: where the relay lives on another host, waking it is a statement (S8).
    outbox.ask_for_relay(session)
    held = limited and settings.rate_limits and is_limit_reached(session, account.email, now=now)
    link, *mail = _link_and_mail(session, Recipient.of(account), held=held, settings=settings, now=now)
    rows.write(session, [link, *mail])
    return _id_of(mail)


def note_in_vain(session: Session, action: str, account: Account | None, *, now: datetime) -> None:
    """Note a form that leads to no mail: it must cost as much as the others, or the time would tell (S8)."""
    account_id = account.id if account else NOBODY
    outbox.ask_for_relay(session)
    event = audit.event_rows(action=action, actor=audit.SYSTEM, subject_type="account", subject_id=account_id, now=now)
    rows.write(session, event)


def _answer(session: Session, form: SignUp, looked: Looked, *, settings: Settings, now: datetime) -> UUID | None:
    """Do what the form asks for; None when somebody else was faster and nothing was written."""
    found = looked.found
    # Whatever is found: see send_password_link.
    outbox.ask_for_relay(session)
    held = settings.rate_limits and is_limit_reached(session, form.email, now=now)
    if found.account_id is not None and found.password_hash is not None:
        owner = Recipient(found.email, found.email_language, found.account_id)
        mail = email_rows(session, template="already-registered", to=owner, now=now, held=held)
        rows.write(session, mail)
        return _id_of(mail)
    if found.is_drawn_taken:
        return None
    to = Recipient(form.email, form.email_language, found.account_id or new_id())
    link, *mail = _link_and_mail(session, to, held=held, settings=settings, now=now)
    then = [*_created(to, now), link, *mail]
    # An error would tell who is registered: a name that is taken is replaced by the one that was drawn (R11).
    name = looked.drawn if looked.wish is None or found.is_wish_taken else looked.wish
    if found.account_id is None:
        fixed: dict[str, Any] = {
            "id": to.account_id,
            "email_key": looked.email_key,
            "notifications": {},
            "created_at": now,
        }
        is_ours = rows.write(session, then, first=Row(Account, {**fixed, **name, **_typed(form, now)}))
        return _id_of(mail) if is_ours else None
    replaced = Changed(Account, found.account_id, _typed(form, now))
    if looked.wish is None:
        rows.write(session, then, first=replaced)
    elif looked.wish["username_key"] == found.username_key:
        rows.write(session, then, first=_with(replaced, looked.wish))
    else:
        _rename(session, replaced, name, then)
    return _id_of(mail)


def _id_of(mail: Sequence[Row]) -> UUID:
    found: UUID = mail[0].values["id"]
    return found


def _rename(session: Session, replaced: Changed, name: dict[str, Any], then: list[Row]) -> None:
    try:
        with session.begin_nested():
            rows.write(session, then, first=_with(replaced, name))
    except IntegrityError:
        # Somebody took the name at the same moment; the one from before stays.
        rows.write(session, then, first=replaced)


def _with(replaced: Changed, name: dict[str, Any]) -> Changed:
    return Changed(replaced.model, replaced.id, {**replaced.values, **name})


def _created(person: Recipient, now: datetime) -> list[Row]:
    account_id = person.account_id or NOBODY
    return audit.event_rows(
        action="account.created",
        actor=audit.by_account(account_id),
        subject_type="account",
        subject_id=account_id,
        now=now,
        privacy_version=PRIVACY_VERSION,
    )


def _link_and_mail(session: Session, to: Recipient, *, held: bool, settings: Settings, now: datetime) -> list[Row]:
    link = link_row(purpose=LinkPurpose.PASSWORD, keyring=settings.keyring, now=now, account_id=to.account_id)
    mail = email_rows(session, template="password", to=to, now=now, held=held, link_id=link.values["id"])
    return [link, *mail]


def _typed(form: SignUp, now: datetime) -> dict[str, Any]:
    return {
        "first_name": form.first_name,
        "last_name": form.last_name,
        "email": form.email,
        "email_language": form.email_language,
        "ui_language": form.ui_language,
        "person_confirmed": form.person_confirmed,
        "privacy_version": PRIVACY_VERSION,
        "privacy_accepted_at": now,
        "updated_at": now,
    }
