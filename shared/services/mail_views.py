"""The mails to one person: what was said, and whether it arrived."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from shared.domain.deliveries import MailState
from shared.domain.environments import Environment
from shared.domain.links import Unusable, why_unusable
from shared.models import Account, Email, Link, OutboxRow

OF_LATE = timedelta(days=30)
MOST_OF_LATE = 10
MOST = 50
TOLD_AFTER_SIGN_UP = timedelta(days=1)

TO_ANOTHER_MAILBOX = "confirm-address"
"""A mail that the person is not shown: whether there is one tells if the address has an account (S7)."""
SENT_AGAIN = frozenset({MailState.REFUSED, MailState.HELD})
"""What a person of the helpdesk may send again; a password mail gets a new link instead, whatever became of it."""


class LinkState(StrEnum):
    """How the link in a mail stands, in words for people."""

    NOT_SENT = "not_sent"
    """Its mail was not handed over yet, so its time has not begun."""
    VALID = "valid"
    USED = "used"
    SUPERSEDED = "superseded"
    EXPIRED = "expired"
    LOCKED = "locked"


@dataclass(frozen=True, slots=True)
class MailView:
    """A mail and the work on it; ``attempts`` counts temporary answers, ``last_error`` is the latest, in plain words.

    ``link`` is None for a mail without one; ``expires_at`` is its end, where it has one.
    """

    email: Email
    attempts: int
    last_error: str | None
    link: LinkState | None
    expires_at: datetime | None

    @property
    def can_be_sent_again(self) -> bool:
        """True when sending this very mail again makes sense."""
        return self.email.template != "password" and self.email.state in SENT_AGAIN


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the mail of a sign-up stands, for whoever filled in the form; ``sent_at`` only of one that was sent."""

    state: MailState
    reason: str | None
    created_at: datetime
    sent_at: datetime | None


def standing(session: Session, mail_id: UUID, *, now: datetime) -> Standing | None:
    """Tell where the mail of a sign-up stands; None after a day, and when there is no such mail.

    It tells nothing about the address (S7, S8): a mail to the owner of an account goes the same way, and times are told
    to the second. What befalls one with a link alone, that a newer one took its place, is not told: the newer one is.
    """
    email = session.get(Email, mail_id)
    if email is None or email.created_at <= now - TOLD_AFTER_SIGN_UP:
        return None
    if email.state == MailState.OBSOLETE:
        email = session.scalars(
            select(Email)
            .where(Email.recipient_key == email.recipient_key, Email.template == email.template)
            .order_by(Email.created_at.desc(), Email.id.desc())
            .limit(1)
        ).one()
    state = MailState.WAITING if email.state == MailState.OBSOLETE else MailState(email.state)
    sent_at = email.sent_at and email.sent_at.replace(microsecond=0)
    return Standing(state, email.reason, email.created_at.replace(microsecond=0), sent_at)


def mails_of_late(session: Session, account: Account, environment: Environment, *, now: datetime) -> Sequence[Email]:
    """The latest ten mails of thirty days to a person, newest first: of an environment, and of the account itself."""
    return session.scalars(
        select(Email)
        .where(
            Email.account_id == account.id,
            or_(Email.environment == environment, Email.environment.is_(None)),
            Email.created_at > now - OF_LATE,
            Email.template != TO_ANOTHER_MAILBOX,
        )
        .order_by(Email.created_at.desc(), Email.id)
        .limit(MOST_OF_LATE)
    ).all()


def mails_with_work(session: Session, account: Account, *, now: datetime) -> list[MailView]:
    """The latest fifty mails to a person, of both environments, with what was tried and how their links stand."""
    emails = session.scalars(
        select(Email).where(Email.account_id == account.id).order_by(Email.created_at.desc(), Email.id).limit(MOST)
    ).all()
    links = _links(session, emails)
    work = _work(session, emails)
    return [_view(email, links.get(email.link_id), *work.get(email.id, (0, None)), now) for email in emails]


def _view(email: Email, link: Link | None, attempts: int, last_error: str | None, now: datetime) -> MailView:
    if link is None:
        return MailView(email, attempts, last_error, None, None)
    return MailView(email, attempts, last_error, _link_state(link, now), link.expires_at)


def _link_state(link: Link, now: datetime) -> LinkState:
    if link.locked_at is not None:
        return LinkState.LOCKED
    reason: Unusable | None = why_unusable(
        expires_at=link.expires_at, used_at=link.used_at, superseded_at=link.superseded_at, now=now
    )
    if reason is not None:
        return LinkState(reason.value)
    return LinkState.VALID if link.expires_at else LinkState.NOT_SENT


def _links(session: Session, emails: Iterable[Email]) -> Mapping[UUID | None, Link]:
    ids = {email.link_id for email in emails if email.link_id}
    return {link.id: link for link in session.scalars(select(Link).where(Link.id.in_(ids)))}


def _work(session: Session, emails: Iterable[Email]) -> Mapping[UUID, tuple[int, str | None]]:
    rows = session.execute(
        select(OutboxRow.subject_id, OutboxRow.attempts, OutboxRow.last_error)
        .where(OutboxRow.subject_id.in_([email.id for email in emails]))
        .order_by(OutboxRow.created_at)
    )
    work: dict[UUID, tuple[int, str | None]] = {}
    for email_id, attempts, last_error in rows:
        so_far, latest = work.get(email_id, (0, None))
        work[email_id] = (so_far + attempts, last_error or latest)
    return work
