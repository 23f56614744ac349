"""How mails fared of late: how many a minute, how fast, and what did not arrive, by domain."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, literal, select, true
from sqlalchemy.orm import Session

from shared import clock
from shared.domain.deliveries import MailState
from shared.logs import redact
from shared.messages import Task
from shared.models import Email, OutboxRow
from shared.models.base import UtcDateTime
from shared.services.figures_expressions import DomainOf, MinutesBetween, SecondsBetween, is_failed

MINUTES: Final = 60
DAY: Final = timedelta(days=1)
OLDEST_FAILED: Final = timedelta(days=3)
"""A mail that fails of old age was written two days before."""
MOST_DOMAINS: Final = 20
MOST_REASONS: Final = 3
MOST_HELD: Final = 50


@dataclass(frozen=True, slots=True)
class Minute:
    """What became of mails within one minute, which began ``at`` that time."""

    at: datetime
    sent: int
    failed: int


@dataclass(frozen=True, slots=True)
class Held:
    """A mail that a limit keeps back."""

    email_id: UUID
    template: str
    domain: str
    created_at: datetime


@dataclass(slots=True)
class DomainFailures:
    """What did not arrive at the mailboxes of one domain."""

    domain: str
    refused: int = 0
    """Within the last day: the server said no for good, the mail grew too old, or it was parked."""
    bounced: int = 0
    """Within the last day: reported as not arrived after all."""
    retrying: int = 0
    """At this moment: met a temporary answer and is tried again."""
    reasons: Counter[str] = field(default_factory=Counter)

    @property
    def total(self) -> int:
        """All of them."""
        return self.refused + self.bounced + self.retrying

    def frequent_reasons(self) -> list[tuple[str, int]]:
        """The most frequent reasons with their counts."""
        return self.reasons.most_common(MOST_REASONS)


def mails_by_minute(session: Session) -> Sequence[Minute]:
    """Count the mails sent and failed in each of the last sixty minutes, the one that still runs included.

    Times are the database's own. The canary's mails are left out.
    """
    first = _full_minute(clock.database_time(session)) - timedelta(minutes=MINUTES - 1)
    minute = MinutesBetween(literal(first, UtcDateTime()), OutboxRow.finished_at).label("minute")
    found: Counter[tuple[int, bool]] = Counter()
    rows: Iterable[Any] = session.execute(
        _finished(minute, OutboxRow.outcome, func.count(), since=first)
        .where(OutboxRow.outcome.in_(["done", "refused", "parked"]))
        .group_by("minute", OutboxRow.outcome)
    )
    for number, outcome, count in rows:
        found[number, outcome == "done"] += count
    return [
        Minute(first + timedelta(minutes=number), sent=found[number, True], failed=found[number, False])
        for number in range(MINUTES)
    ]


def delivery_seconds(session: Session, shares: Sequence[float]) -> Sequence[float] | None:
    """Say within how many seconds these shares of the mails of the last hour were sent; None without any.

    ``shares``: such as 0.5 for the median.
    """
    seconds = SecondsBetween(OutboxRow.created_at, OutboxRow.finished_at)
    since = clock.database_time(session) - timedelta(minutes=MINUTES)
    sent = OutboxRow.outcome == "done"
    count = session.scalars(_finished(func.count(), since=since).where(sent)).one()
    if not count:
        return None
    ordered = _finished(seconds, since=since).where(sent).order_by(seconds)
    places = [min(count - 1, int(count * share)) for share in shares]
    return [max(0.0, session.scalars(ordered.offset(place).limit(1)).one()) for place in places]


def failures_by_domain(session: Session) -> Sequence[DomainFailures]:
    """List what did not arrive by the recipients' domains, the worst first, at most twenty of them."""
    found: dict[str, DomainFailures] = {}
    for kind, statement in (
        ("refused", _refused(session)),
        ("bounced", _bounced(session)),
        ("retrying", _retrying()),
    ):
        rows: Iterable[Any] = session.execute(statement)
        for domain, reason, count in rows:
            one = found.setdefault(domain, DomainFailures(domain))
            setattr(one, kind, getattr(one, kind) + count)
            if reason:
                one.reasons[redact(reason)] += count
    return sorted(found.values(), key=lambda one: (-one.total, one.domain))[:MOST_DOMAINS]


def bounced_mails(session: Session) -> int:
    """Count the mails that came back within the last day."""
    bounced = select(func.count()).select_from(Email).where(*_came_back(session))
    return session.scalars(bounced).one()


def held_mails(session: Session) -> tuple[int, Sequence[Held]]:
    """Count the mails of the last day that a limit keeps back, and name the newest of them, at most fifty."""
    is_held = (
        is_failed(),
        Email.state == MailState.HELD,
        Email.created_at > clock.now(session) - DAY,
        Email.is_canary.is_(False),
    )
    count = session.scalars(select(func.count()).select_from(Email).where(*is_held)).one()
    newest: Iterable[Any] = session.execute(
        select(Email.id, Email.template, DomainOf(Email.recipient_key), Email.created_at)
        .where(*is_held)
        .order_by(Email.created_at.desc())
        .limit(MOST_HELD)
    )
    return count, [Held(*one) for one in newest]


def _finished(*columns: Any, since: datetime) -> Select[Any]:
    """Select from the mails of people whose work ended after a time: by their number, a join is the right way."""
    return (
        select(*columns)
        .select_from(OutboxRow)
        .outerjoin(Email, Email.id == OutboxRow.subject_id)
        .where(OutboxRow.finished_at >= since, OutboxRow.task == Task.DELIVER_EMAILS, Email.is_canary.is_not(true()))
    )


def _refused(session: Session) -> Select[Any]:
    ended = select(func.max(OutboxRow.finished_at)).where(OutboxRow.subject_id == Email.id).scalar_subquery()
    return _by_domain(Email.reason).where(
        is_failed(),
        Email.state == MailState.REFUSED,
        # What came back has a line of its own.
        Email.bounced_at.is_(None),
        Email.created_at > clock.now(session) - OLDEST_FAILED,
        ended > clock.database_time(session) - DAY,
    )


def _bounced(session: Session) -> Select[Any]:
    return _by_domain(Email.bounce_status).where(*_came_back(session))


def _retrying() -> Select[Any]:
    return (
        _by_domain(OutboxRow.last_error)
        .join(OutboxRow, OutboxRow.subject_id == Email.id)
        .where(OutboxRow.finished_at.is_(None), OutboxRow.attempts > 0)
    )


def _came_back(session: Session) -> tuple[ColumnElement[bool], ...]:
    return (Email.bounced_at > clock.now(session) - DAY, Email.is_canary.is_(False))


def _by_domain(reason: Any) -> Select[Any]:
    domain = DomainOf(Email.recipient_key)
    return (
        select(domain, reason, func.count())
        .select_from(Email)
        .where(Email.is_canary.is_(False))
        .group_by(domain, reason)
    )


def _full_minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)
