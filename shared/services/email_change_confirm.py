"""Confirming a change of address from its two mailboxes; the second of them makes it (C9, S3, S21)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from shared.domain import email_changes as rules
from shared.domain.email_addresses import normalise
from shared.domain.email_changes import Side
from shared.domain.errors import AddressTaken, LinkSuperseded, LinkUnknown
from shared.domain.links import ERRORS, LinkPurpose, Unusable
from shared.models import Account, EmailChange, Link
from shared.services import audit
from shared.services.email_changes import change_of_link, links_of
from shared.services.emails import Recipient, queue_email
from shared.services.links import check_link, kill_links, locked_link, why_dead
from shared.services.passwords import end_sessions
from shared.settings import Settings
from shared.tokens import read_token

_PURPOSE = LinkPurpose.EMAIL_CHANGE


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What a link is about, and how far the change got."""

    account: Account
    new_email: str
    side: Side
    """Whose mailbox the link went to."""
    missing: tuple[Side, ...]
    """Empty when the change is made."""

    @property
    def is_given(self) -> bool:
        """True when this mailbox has confirmed."""
        return self.side not in self.missing


def look_at_link(session: Session, token: str, *, settings: Settings, now: datetime) -> Confirmation:
    """Say what the link behind a token would confirm, or has confirmed while the other mailbox is missing.

    Raises:
        LinkUnknown: not ours, or for another purpose (S6).
        LinkUsed: it confirmed, and the change was made or came to nothing since.
        LinkSuperseded: the change was asked for anew or taken back, or the password was changed.
        LinkExpired: its time, or that of the other mailbox, is over.
    """
    link = session.get(Link, read_token(settings.keyring, token, purpose=_PURPOSE))
    if link is None:
        raise LinkUnknown("no such link")
    return _standing(session, _change(session, link, now), link, now)


def confirm_change(session: Session, token: str, *, settings: Settings, now: datetime) -> Confirmation:
    """Confirm a change from one of its mailboxes, in any order; the second makes it.

    The account keeps its id, and with it roles, requests and what it is asked to decide. Every log-in ends (S21), every
    mailed password link dies (S5), both mailboxes are told. A second press of the same button changes nothing.

    Raises:
        AddressTaken: another account got the address first; nothing is changed.
        LinkUnknown, LinkUsed, LinkSuperseded, LinkExpired: as ``look_at_link``.
    """
    link = locked_link(session, token, purpose=_PURPOSE, keyring=settings.keyring)
    account = session.get_one(Account, link.account_id, with_for_update=True, populate_existing=True)
    change = _change(session, link, now)
    found = _standing(session, change, link, now)
    if found.is_given:
        return found
    link.used_at = now
    _record(session, account, "account.email_change_confirmed", link, now, side=found.side)
    missing = tuple(side for side in found.missing if side is not found.side)
    if not missing:
        _make(session, account, change, link, now)
    return Confirmation(account, change.new_email, found.side, missing)


def _change(session: Session, link: Link, now: datetime) -> EmailChange:
    change = change_of_link(session, link.id)
    if change is None:
        check_link(link, now)
        raise LinkSuperseded("its change is gone")
    return change


def _standing(session: Session, change: EmailChange, link: Link, now: datetime) -> Confirmation:
    reasons = {side: why_dead(one, now) for side, one in links_of(session, change).items()}
    side = Side.OLD if change.old_link_id == link.id else Side.NEW
    # Its own reason goes first; a link that works is no use when the other one died.
    reason: Unusable | None = reasons[side] if reasons[side] is not Unusable.USED else None
    if reason := reason or rules.why_over(reasons):
        raise ERRORS[reason](f"the change is over: {reason}")
    account = session.get_one(Account, change.account_id)
    return Confirmation(account, change.new_email, side, rules.missing(reasons))


def _make(session: Session, account: Account, change: EmailChange, link: Link, now: datetime) -> None:
    before = Recipient.of(account)
    try:
        with session.begin_nested():
            account.email, account.email_key = change.new_email, normalise(change.new_email)
            account.updated_at = now
    except IntegrityError:
        raise AddressTaken("another account has this address by now") from None
    session.execute(delete(EmailChange).where(EmailChange.account_id == account.id))
    kill_links(session, account.id, LinkPurpose.PASSWORD, now=now)
    end_sessions(session, account, now=now)
    _record(session, account, "account.email_changed", link, now)
    for to in (before, Recipient.of(account)):
        queue_email(session, template="address-changed", to=to, now=now)


def _record(session: Session, account: Account, action: str, link: Link, now: datetime, **details: str) -> None:
    audit.record(
        session,
        action=action,
        actor=audit.by_account(account.id),
        subject_type="account",
        subject_id=account.id,
        now=now,
        link_id=link.id,
        **details,
    )
