"""What may stand in the way of a mail at the moment of sending, and what happens then."""

from datetime import datetime, timedelta

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from shared.domain.deliveries import MailState, is_useless
from shared.domain.links import LinkPurpose, Unusable
from shared.models import Account, Email, Link
from shared.services.links import stamp_link
from shared.services.sign_up import send_password_link
from shared.settings import Settings
from worker.contents import Contents, KeyGone, Occasion, contents_of


def ready_to_send(session: Session, email: Email | None, *, settings: Settings, now: datetime) -> Contents | None:
    """Stamp what the mail carries and gather its contents; or close it, and return None.

    Nothing dead is mailed and nothing dead comes back to life: a link that was used, superseded or is past an earlier
    stamp closes its mail as obsolete, and a person who still waits gets a new mail with a new link.
    """
    if email is None or email.state != MailState.WAITING:
        return None
    link = session.get(Link, email.link_id, with_for_update=True) if email.link_id else None
    purpose = LinkPurpose(link.purpose) if link else None
    if is_useless(purpose, created_at=email.created_at, now=now):
        _close(email, MailState.REFUSED, "not taken by the mail server within 48 hours")
        return None
    try:
        if link is not None and (reason := stamp_link(link, lifetime=_lifetime(link, settings), now=now)):
            _close(email, MailState.OBSOLETE, f"its link is {reason}")
            if reason is Unusable.EXPIRED:
                _renew(session, link, settings=settings, now=now)
            return None
        return contents_of(Occasion(session, email, settings, now))
    except KeyGone:
        _close(email, MailState.OBSOLETE, "the key of its link was taken away")
        if link is not None:
            _renew(session, link, settings=settings, now=now)
        return None


def _lifetime(link: Link, settings: Settings) -> timedelta:
    return settings.decision_link_lifetime if link.purpose == LinkPurpose.DECIDE else settings.link_lifetime


def _close(email: Email, state: MailState, reason: str) -> None:
    email.state, email.reason = state, reason


def _renew(session: Session, link: Link, *, settings: Settings, now: datetime) -> None:
    """Queue a new password mail for somebody who has no newer link to wait for."""
    if link.purpose != LinkPurpose.PASSWORD or link.account_id is None:
        return
    newer = exists().where(
        Link.account_id == link.account_id, Link.purpose == link.purpose, Link.created_at > link.created_at
    )
    account = session.get(Account, link.account_id)
    if account is not None and account.disabled_at is None and not session.scalar(select(newer)):
        send_password_link(session, account, settings=settings, now=now)
