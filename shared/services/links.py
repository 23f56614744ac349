"""The life of a mailed link: made with its mail, stamped at hand-over, used once, superseded by a newer one."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Update, bindparam, case, or_, select, update
from sqlalchemy.orm import Session

from shared.domain import links as rules
from shared.domain.errors import LinkLocked, LinkUnknown
from shared.domain.links import LinkPurpose, Unusable, check_usable, why_unusable
from shared.models import Email, Link
from shared.rows import Row, table_of
from shared.tokens import Keyring, new_link_id, read_token

_LINKS = table_of(Link)
_LINK = _LINKS.c


def new_link(
    session: Session,
    *,
    purpose: LinkPurpose,
    keyring: Keyring,
    now: datetime,
    account_id: UUID | None = None,
    assignment_id: UUID | None = None,
) -> Link:
    """Make a link that has no end yet: its time starts when the mail is handed over (R21)."""
    row = link_row(purpose=purpose, keyring=keyring, now=now, account_id=account_id)
    link = Link(**row.values, assignment_id=assignment_id)
    session.add(link)
    # The mail refers to the link: its row has to be there first.
    session.flush()
    return link


def link_row(*, purpose: LinkPurpose, keyring: Keyring, now: datetime, account_id: UUID | None) -> Row:
    """Make the row of a link as ``new_link`` does, for whoever writes it."""
    return Row(
        Link,
        {
            "id": new_link_id(),
            "purpose": purpose,
            "key_number": keyring.newest,
            "account_id": account_id,
            "created_at": now,
        },
    )


def mail_language(session: Session, link_id: UUID) -> str | None:
    """Return the language of the newest mail that held a link; None where there is none any more."""
    newest = select(Email.language).where(Email.link_id == link_id).order_by(Email.created_at.desc()).limit(1)
    return session.scalar(newest)


def stamp_link(link: Link, *, lifetime: timedelta, now: datetime) -> Unusable | None:
    """Start (or, for a repeated attempt, restart) the time of a link that is being handed over.

    Returns:
        None when it was stamped, else why it must not be mailed any more.
    """
    reason = why_dead(link, now)
    if reason is None:
        link.expires_at = rules.stamp(expires_at=link.expires_at, lifetime=lifetime, now=now)
    return reason


def stamp_alive(now: Any, until: Any) -> Update:
    """``stamp_link`` as a statement: it gives the link's id and end, or nothing for one that is dead or locked.

    Which link, says the condition that the caller adds. The times may be parameters or expressions.
    """
    return (
        update(_LINKS)
        .where(
            _LINK.used_at.is_(None),
            _LINK.superseded_at.is_(None),
            _LINK.locked_at.is_(None),
            or_(_LINK.expires_at.is_(None), _LINK.expires_at > now),
        )
        .values(expires_at=case((_LINK.expires_at > until, _LINK.expires_at), else_=until))
        .returning(_LINK.id, _LINK.expires_at)
    )


def supersede_elders(now: Any) -> Update:
    """Kill the older links of the same purpose and person: the mail of this one was accepted (S5).

    A statement with the parameters ``owner_id``, ``newer_id``, ``newer_purpose`` and ``newer_since``; ``now`` may be
    an expression.
    """
    return (
        update(_LINKS)
        .where(
            _LINK.account_id == bindparam("owner_id"),
            _LINK.purpose == bindparam("newer_purpose"),
            _LINK.id != bindparam("newer_id"),
            _LINK.created_at <= bindparam("newer_since"),
            _LINK.used_at.is_(None),
            _LINK.superseded_at.is_(None),
        )
        .values(superseded_at=now)
    )


def lock_links(session: Session, account_id: UUID) -> None:
    """Lock all links of a person, always before the account: whoever uses one kills others (S3, S5)."""
    session.execute(select(Link.id).where(Link.account_id == account_id).order_by(Link.id).with_for_update())


def kill_links(session: Session, account_id: UUID, *purposes: LinkPurpose, now: datetime) -> None:
    """Kill every living link of a person for these purposes: the password or the address was changed (S5)."""
    session.execute(
        update(Link)
        .where(
            Link.account_id == account_id,
            Link.purpose.in_(purposes),
            Link.used_at.is_(None),
            Link.superseded_at.is_(None),
        )
        .values(superseded_at=now)
    )


def find_link(session: Session, token: str, *, purpose: LinkPurpose, keyring: Keyring, now: datetime) -> Link:
    """Return the usable link behind a token.

    Raises:
        LinkUnknown: not ours, or for another purpose: one answer for both (S6).
        LinkUsed, LinkSuperseded, LinkExpired, LinkLocked: it was ours, and does not work any more (R22).
    """
    link = session.get(Link, read_token(keyring, token, purpose=purpose))
    if link is None:
        raise LinkUnknown("no such link")
    check_link(link, now)
    return link


def use_link(session: Session, token: str, *, purpose: LinkPurpose, keyring: Keyring, now: datetime) -> Link:
    """Use up the link behind a token: of many that try at once, one succeeds (S3).

    Raises:
        as ``find_link``.
    """
    link = locked_link(session, token, purpose=purpose, keyring=keyring)
    check_link(link, now)
    link.used_at = now
    return link


def locked_link(session: Session, token: str, *, purpose: LinkPurpose, keyring: Keyring) -> Link:
    """Return the link behind a token, usable or not, locked with all others of the person.

    Raises:
        LinkUnknown: not ours, or for another purpose.
    """
    link_id = read_token(keyring, token, purpose=purpose)
    owner_id = session.scalar(select(Link.account_id).where(Link.id == link_id))
    if owner_id is not None:
        lock_links(session, owner_id)
    link = session.get(Link, link_id, with_for_update=True, populate_existing=True)
    if link is None:
        raise LinkUnknown("no such link")
    return link


def check_link(link: Link, now: datetime) -> None:
    """Refuse a link that does not work any more.

    Raises:
        LinkUsed, LinkSuperseded, LinkExpired, LinkLocked.
    """
    if link.locked_at is not None:
        raise LinkLocked("too many wrong codes")
    check_usable(expires_at=link.expires_at, used_at=link.used_at, superseded_at=link.superseded_at, now=now)


def why_dead(link: Link, now: datetime) -> Unusable | None:
    """Say why a link does not work, or None while it does; as ``why_unusable``."""
    return why_unusable(expires_at=link.expires_at, used_at=link.used_at, superseded_at=link.superseded_at, now=now)
