"""What may stand in the way of a mail at the moment of sending, and what happens then."""

from datetime import datetime, timedelta

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from shared.domain.deliveries import MailState, is_useless
from shared.domain.links import LinkPurpose, Unusable
from shared.models import Account, Assignment, DecisionChallenge, Email, Link
from shared.services import email_changes
from shared.services.decision_codes import stamp_challenge
from shared.services.links import stamp_link
from shared.services.role_request_assignments import send_link
from shared.services.sign_up import send_password_link
from shared.settings import Settings
from worker.contents import Contents, KeyGone, Occasion, RowGone, contents_of

ASKING = frozenset({"decide", "reminder", "code"})
"""Mails that make sense only while their recipient is asked to decide."""


def ready_to_send(session: Session, email: Email, *, settings: Settings, now: datetime) -> Contents | None:
    """Stamp what the mail carries and gather its contents; or close it, and return None.

    Nothing dead is mailed and nothing dead comes back to life: a link or code that was used, superseded or is past an
    earlier stamp closes its mail as obsolete, and a person who still waits for a link gets a new mail with a new one.
    A new code is mailed when somebody asks for it. Whoever is not asked to decide any more, because somebody else
    decided or because the right went, is not sent the question (S33).
    """
    if email.state != MailState.WAITING:
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
                _renew(session, email, link, settings=settings, now=now)
            return None
        if obstacle := _obstacle(session, email, link, now):
            _close(email, MailState.OBSOLETE, obstacle)
            return None
        return contents_of(Occasion(session, email, settings, now))
    except KeyGone:
        _close(email, MailState.OBSOLETE, "the key of its link or code was taken away")
        if link is not None:
            _renew(session, email, link, settings=settings, now=now)
    except RowGone:
        _close(email, MailState.OBSOLETE, "what it is about is gone")
    return None


def _obstacle(session: Session, email: Email, link: Link | None, now: datetime) -> str | None:
    if link is not None and link.locked_at is not None:
        return "its link is locked"
    if email.challenge_id is not None:
        challenge = session.get(DecisionChallenge, email.challenge_id, with_for_update=True)
        if challenge is not None and (reason := stamp_challenge(challenge, now=now)):
            return f"its code is {reason}"
    if email.template in ASKING and email.assignment_id is not None:
        assignment = session.get(Assignment, email.assignment_id)
        if assignment is not None and assignment.closed_at is not None:
            return "its recipient is not asked any more"
    return None


def _lifetime(link: Link, settings: Settings) -> timedelta:
    return settings.decision_link_lifetime if link.purpose == LinkPurpose.DECIDE else settings.link_lifetime


def _close(email: Email, state: MailState, reason: str) -> None:
    email.state, email.reason = state, reason


def _renew(session: Session, email: Email, link: Link, *, settings: Settings, now: datetime) -> None:
    """Queue a new mail with a new link for somebody who has no newer link to wait for."""
    if link.purpose == LinkPurpose.PASSWORD:
        account = session.get(Account, link.account_id) if link.account_id else None
        if account is not None and account.disabled_at is None and not _has_newer(session, link):
            send_password_link(session, account, settings=settings, now=now)
    elif link.purpose == LinkPurpose.DECIDE:
        assignment = session.get(Assignment, link.assignment_id) if link.assignment_id else None
        if assignment is not None and assignment.closed_at is None and not _has_newer(session, link):
            send_link(session, assignment, template=email.template, settings=settings, now=now)
    else:
        email_changes.renew_link(session, email, link, settings=settings, now=now)


def _has_newer(session: Session, link: Link) -> bool:
    whose = Link.account_id == link.account_id if link.account_id else Link.assignment_id == link.assignment_id
    # One whose mail is held back is nothing to wait for.
    held = exists().where(Email.link_id == Link.id, Email.state == MailState.HELD)
    newer = exists().where(whose, Link.purpose == link.purpose, Link.created_at > link.created_at, ~held)
    return session.scalars(select(newer)).one()
