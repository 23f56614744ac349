"""What became of mails: each as it happens, for those who count."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.domain.deliveries import MailState
from shared.messages import Task
from shared.models import Email, OutboxRow
from shared.services.figures_expressions import DomainOf, SecondsBetween, is_failed

AT_ONCE: Final = 100
"""Mails looked up by key in one question: few enough for the index to be the obvious way."""
STATES: Final[Mapping[str, MailState]] = {
    "done": MailState.SENT,
    "refused": MailState.REFUSED,
    "parked": MailState.REFUSED,
    "obsolete": MailState.OBSOLETE,
}
"""What the mail then shows, by the outcome of its row. Others close a row about a mail that another row had ended."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a mail, with the time and the id by which it is known again."""

    id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Finished(Event):
    """The work on a mail came to its end, ``seconds`` after it had been written down."""

    email_id: UUID
    state: MailState
    seconds: float


@dataclass(frozen=True, slots=True)
class Subject:
    """What the mail of an event is, as far as figures may know."""

    template: str
    domain: str
    """Of the recipient: normalised, in punycode."""
    is_canary: bool


def finished_since(session: Session, since: datetime) -> Iterator[Finished]:
    """Give every mail whose work ended later than ``since``, by the database's own time."""
    rows: Iterable[Any] = session.execute(
        select(
            OutboxRow.id,
            OutboxRow.finished_at,
            OutboxRow.subject_id,
            OutboxRow.outcome,
            SecondsBetween(OutboxRow.created_at, OutboxRow.finished_at),
        ).where(
            OutboxRow.finished_at > since,
            OutboxRow.task == Task.DELIVER_EMAILS,
            OutboxRow.outcome.in_(STATES),
        ),
        execution_options={"yield_per": AT_ONCE},
    )
    for row_id, at, email_id, outcome, seconds in rows:
        yield Finished(row_id, at, email_id, STATES[outcome], max(0.0, seconds))


def held_since(session: Session, since: datetime) -> Iterator[Event]:
    """Give every mail that a limit keeps back and that was written later than ``since``, by the product's time."""
    held = select(Email.id, Email.created_at).where(
        is_failed(), Email.state == MailState.HELD, Email.created_at > since
    )
    return _events(session.execute(held, execution_options={"yield_per": AT_ONCE}))


def bounced_since(session: Session, since: datetime) -> Iterator[Event]:
    """Give every mail that was reported as not arrived later than ``since``, by the product's time."""
    bounced = select(Email.id, Email.bounced_at).where(Email.bounced_at > since)
    return _events(session.execute(bounced, execution_options={"yield_per": AT_ONCE}))


def newest_finished(session: Session, since: datetime, limit: int) -> Sequence[UUID]:
    """Name the mails whose work ended last, at most ``limit`` and none that ended before ``since``."""
    return session.scalars(
        select(OutboxRow.subject_id)
        .where(OutboxRow.finished_at > since, OutboxRow.task == Task.DELIVER_EMAILS)
        .order_by(OutboxRow.finished_at.desc())
        .limit(limit)
    ).all()


def subjects(session: Session, email_ids: Iterable[UUID]) -> Mapping[UUID, Subject]:
    """Look up mails by their ids, ``AT_ONCE`` at a time; one that is gone is missing."""
    wanted = list(email_ids)
    found: dict[UUID, Subject] = {}
    for start in range(0, len(wanted), AT_ONCE):
        rows: Iterable[Any] = session.execute(
            select(Email.id, Email.template, DomainOf(Email.recipient_key), Email.is_canary).where(
                Email.id.in_(wanted[start : start + AT_ONCE])
            )
        )
        found.update({email_id: Subject(template, domain, canary) for email_id, template, domain, canary in rows})
    return found


def _events(rows: Iterable[Any]) -> Iterator[Event]:
    return (Event(email_id, at) for email_id, at in rows)
