"""Asking for another address, looking at what waits, and taking it back (C9, S7, S20)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from shared.domain import email_changes as rules
from shared.domain.deliveries import MailState
from shared.domain.email_addresses import normalise
from shared.domain.email_changes import Side
from shared.domain.errors import FieldErrors
from shared.domain.links import LinkPurpose
from shared.domain.organisations import N_
from shared.models import Account, Email, EmailChange, Link
from shared.services import audit
from shared.services.daily_limits import check_daily_limit
from shared.services.emails import Recipient, queue_email
from shared.services.links import kill_links, lock_links, new_link, why_dead
from shared.settings import Settings

ASKED_A_DAY: Final = 5
"""Changes that one person asks for within a day: each writes to a mailbox that may be a stranger's (S12)."""
_ASKED = "account.email_change_asked"
_SAME = N_("This is the address of your account already.")
_STUCK = (MailState.REFUSED, MailState.HELD)


@dataclass(frozen=True, slots=True)
class Mailbox:
    """How far one of the two mailboxes got."""

    address: str
    confirmed_at: datetime | None
    stuck: Email | None
    """Its mail, when that did not arrive or was held back."""


@dataclass(frozen=True, slots=True)
class PendingChange:
    """A change of address that waits for a confirmation; ``until`` is None while no mail was handed over."""

    new: Mailbox
    old: Mailbox
    asked_at: datetime
    until: datetime | None


def ask_for_change(session: Session, account_id: UUID, address: str, *, settings: Settings, now: datetime) -> None:
    """Ask for another address: both mailboxes get a mail, and nothing changes before both have confirmed.

    An earlier change that waits ends. The caller learns nothing about the address (S7): where it belongs to another
    account, that mailbox is told so instead of getting a link, and all else is the same, row by row.

    Args:
        session: the transaction.
        account_id: whose address; the caller has checked the password (S20).
        address: the new one, of a shape our mails can reach.
        settings: for the links.
        now: the product's time.

    Raises:
        FieldErrors: it is the address of the account already.
        TooManyRequests: five were asked for within a day.
    """
    lock_links(session, account_id)
    account = session.get_one(Account, account_id, with_for_update=True)
    if normalise(address) == account.email_key:
        raise FieldErrors({"email": [_SAME]})
    if settings.rate_limits:
        check_daily_limit(session, account_id, action=_ASKED, limit=ASKED_A_DAY, now=now)
    _drop(session, account_id, now=now)
    old, new = (_link(session, account_id, settings, now) for _ in range(2))
    session.add(
        EmailChange(account_id=account_id, new_email=address, old_link_id=old.id, new_link_id=new.id, asked_at=now)
    )
    # The mails go by what is in the table.
    session.flush()
    queue_email(session, template="approve-address", to=Recipient.of(account), now=now, link_id=old.id)
    template, to = _for_new_mailbox(session, account, address)
    queue_email(session, template=template, to=to, now=now, limited=settings.rate_limits, link_id=new.id)
    _record(session, account_id, _ASKED, now)


def cancel_change(session: Session, account_id: UUID, *, now: datetime) -> bool:
    """Take back the change that waits: its links are dead at once. False when none was waiting."""
    lock_links(session, account_id)
    session.get_one(Account, account_id, with_for_update=True)
    if pending_change(session, account_id, now=now) is None:
        return False
    _drop(session, account_id, now=now)
    _record(session, account_id, "account.email_change_cancelled", now)
    return True


def pending_change(session: Session, account_id: UUID, *, now: datetime) -> PendingChange | None:
    """Return the change of a person that waits for a confirmation; None when there is none, or it is over."""
    change = session.get(EmailChange, account_id)
    if change is None:
        return None
    links = links_of(session, change)
    reasons = {side: why_dead(link, now) for side, link in links.items()}
    if rules.why_over(reasons) is not None:
        return None
    account = session.get_one(Account, account_id)
    return PendingChange(
        new=_mailbox(session, change.new_email, links[Side.NEW]),
        old=_mailbox(session, account.email, links[Side.OLD]),
        asked_at=change.asked_at,
        until=rules.until(links[side].expires_at for side in rules.missing(reasons)),
    )


def links_of(session: Session, change: EmailChange) -> Mapping[Side, Link]:
    """Return the two links of a change."""
    return {
        Side.OLD: session.get_one(Link, change.old_link_id),
        Side.NEW: session.get_one(Link, change.new_link_id),
    }


def change_of_link(session: Session, link_id: UUID) -> EmailChange | None:
    """Return the change that a link belongs to; None when that was made, taken back or replaced."""
    is_of_link = or_(EmailChange.old_link_id == link_id, EmailChange.new_link_id == link_id)
    return session.scalar(select(EmailChange).where(is_of_link).execution_options(populate_existing=True))


def renew_link(session: Session, email: Email, link: Link, *, settings: Settings, now: datetime) -> None:
    """Mail a new link in the place of one that died before its mail was taken by the mail server (R22).

    ``email`` is the mail that did not go; its recipient and its words stay.
    """
    change = change_of_link(session, link.id)
    if change is None:
        return
    newer = _link(session, change.account_id, settings, now)
    if change.old_link_id == link.id:
        change.old_link_id = newer.id
    else:
        change.new_link_id = newer.id
    to = Recipient(email.recipient, email.language, email.account_id, email.is_canary)
    queue_email(session, template=email.template, to=to, now=now, link_id=newer.id)


def _link(session: Session, account_id: UUID, settings: Settings, now: datetime) -> Link:
    purpose = LinkPurpose.EMAIL_CHANGE
    return new_link(session, purpose=purpose, keyring=settings.keyring, now=now, account_id=account_id)


def _for_new_mailbox(session: Session, account: Account, address: str) -> tuple[str, Recipient]:
    owner = session.scalar(select(Account).where(Account.email_key == normalise(address)))
    if owner is not None:
        return "address-in-use", Recipient.of(owner)
    return "confirm-address", Recipient(address, account.email_language, account.id, account.is_canary)


def _mailbox(session: Session, address: str, link: Link) -> Mailbox:
    mails = select(Email).where(Email.link_id == link.id).order_by(Email.created_at.desc()).limit(1)
    mail = session.scalar(mails)
    return Mailbox(address, link.used_at, mail if mail is not None and mail.state in _STUCK else None)


def _drop(session: Session, account_id: UUID, *, now: datetime) -> None:
    kill_links(session, account_id, LinkPurpose.EMAIL_CHANGE, now=now)
    session.execute(delete(EmailChange).where(EmailChange.account_id == account_id))


def _record(session: Session, account_id: UUID, action: str, now: datetime) -> None:
    actor = audit.by_account(account_id)
    audit.record(session, action=action, actor=actor, subject_type="account", subject_id=account_id, now=now)
