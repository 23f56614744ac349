"""The life of a mailed link: made with its mail, stamped at hand-over, used once, superseded by a newer one."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from shared.domain.errors import LinkLocked, LinkUnknown
from shared.domain.links import LinkPurpose, Unusable, check_usable, stamp, why_unusable
from shared.models import Link
from shared.tokens import Keyring, new_link_id, read_token


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
    link = Link(
        id=new_link_id(),
        purpose=purpose,
        key_number=keyring.newest,
        account_id=account_id,
        assignment_id=assignment_id,
        created_at=now,
    )
    session.add(link)
    # The mail refers to the link: its row has to be there first.
    session.flush()
    return link


def stamp_link(link: Link, *, lifetime: timedelta, now: datetime) -> Unusable | None:
    """Start (or, for a repeated attempt, restart) the time of a link that is being handed over.

    Returns:
        None when it was stamped, else why it must not be mailed any more.
    """
    reason = _why(link, now)
    if reason is None:
        link.expires_at = stamp(expires_at=link.expires_at, lifetime=lifetime, now=now)
    return reason


def supersede_elders(session: Session, link: Link, *, now: datetime) -> None:
    """Kill the older links of the same purpose and person: the mail of this one was accepted (S5)."""
    session.execute(
        update(Link)
        .where(
            Link.account_id == link.account_id,
            Link.purpose == link.purpose,
            Link.id != link.id,
            Link.created_at <= link.created_at,
            Link.used_at.is_(None),
            Link.superseded_at.is_(None),
        )
        .values(superseded_at=now)
    )


def kill_password_links(session: Session, account_id: UUID, *, now: datetime) -> None:
    """Kill every password link of a person: the password was changed (S5)."""
    session.execute(
        update(Link)
        .where(
            Link.account_id == account_id,
            Link.purpose == LinkPurpose.PASSWORD,
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
    link_id = read_token(keyring, token, purpose=purpose)
    link = session.scalar(select(Link).where(Link.id == link_id).with_for_update())
    if link is None:
        raise LinkUnknown("no such link")
    check_link(link, now)
    link.used_at = now
    return link


def check_link(link: Link, now: datetime) -> None:
    """Refuse a link that does not work any more.

    Raises:
        LinkUsed, LinkSuperseded, LinkExpired, LinkLocked.
    """
    if link.locked_at is not None:
        raise LinkLocked("too many wrong codes")
    check_usable(expires_at=link.expires_at, used_at=link.used_at, superseded_at=link.superseded_at, now=now)


def _why(link: Link, now: datetime) -> Unusable | None:
    return why_unusable(expires_at=link.expires_at, used_at=link.used_at, superseded_at=link.superseded_at, now=now)
