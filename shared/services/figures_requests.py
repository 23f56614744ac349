"""Who waits for a decision, where and since when, and what keeps a request from being decided."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.orm import Session, aliased

from shared import clock
from shared.domain.environments import Environment
from shared.domain.organisations import OrganisationKind
from shared.domain.role_requests import OPEN
from shared.domain.routing import OfficeKind, Rule
from shared.models import (
    IS_OPEN,
    Account,
    Assignment,
    AssignmentItem,
    Link,
    Organisation,
    Post,
    RoleRequest,
    RoleRequestItem,
)

NO_COUNTRY: Final = "none"
"""Stands for the country of an organisation whose seat is not known."""
LATE_AFTER: Final = timedelta(minutes=5)
"""The ladder moves once a minute: what it has not moved by then stands still."""
MOST_NAMED: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingInCountry:
    """Requests that wait about organisations with their seat in one country; about several countries: in each."""

    environment: Environment
    country: str
    requests: int
    oldest: float
    """Seconds since the oldest of them was sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting(WaitingInCountry):
    """Those that wait at one kind of office; one that several offices were asked about, at each kind of them."""

    office: OfficeKind


def waiting_requests(session: Session) -> Sequence[Waiting]:
    """Count the requests that somebody was asked to decide, by environment, country and kind of office.

    The canary's are left out. Costs as much as there are open assignments.
    """
    office = _office_kind()
    now = clock.now(session)
    rows: Iterable[Any] = session.execute(_waiting(office.label("office")).group_by(office))
    return [Waiting(office=OfficeKind(row.office), **_counted(row, now)) for row in rows]


def waiting_by_country(session: Session) -> Sequence[WaitingInCountry]:
    """Count the same, each request once in a country whatever offices were asked; the most first."""
    now = clock.now(session)
    rows: Iterable[Any] = session.execute(_waiting())
    found = [WaitingInCountry(**_counted(row, now)) for row in rows]
    return sorted(found, key=lambda one: (one.environment, -one.requests, one.country))


def requests_without_recipient(session: Session) -> Mapping[Environment, int]:
    """Count the open requests that nobody at all can decide (S34), by environment."""
    return _by_environment(session, RoleRequest.nobody_since.is_not(None))


def requests_overdue(session: Session) -> Mapping[Environment, int]:
    """Count the open requests whose next step (reminder, next level, expiry) was due and did not happen."""
    return _by_environment(session, RoleRequest.next_step_at <= clock.now(session) - LATE_AFTER)


def name_requests_without_recipient(session: Session) -> Sequence[tuple[UUID, datetime]]:
    """Name the open requests that nobody can decide and say since when, the oldest first; at most a hundred."""
    found = session.execute(
        _open_requests(RoleRequest.id, RoleRequest.nobody_since)
        .where(RoleRequest.nobody_since.is_not(None))
        .order_by(RoleRequest.nobody_since)
        .limit(MOST_NAMED)
    )
    return [(role_request_id, since) for role_request_id, since in found]


def locked_links(session: Session) -> int:
    """Count the links locked by wrong codes (S25) whose recipients are still asked to decide."""
    # Asked for each open assignment by its key: a join would be planned as a look at all links there ever were.
    locked = (
        select(func.count())
        .where(Link.assignment_id == Assignment.id, Link.locked_at.is_not(None))
        .select_from(Link)
        .scalar_subquery()
    )
    return session.scalar(select(func.sum(locked)).where(Assignment.closed_at.is_(None))) or 0


def _waiting(*more: Any) -> Select[Any]:
    asked_about = aliased(Organisation, name="asked_about")
    return (
        _open_requests(
            RoleRequest.environment,
            asked_about.country,
            func.count(RoleRequest.id.distinct()).label("requests"),
            func.min(RoleRequest.created_at).label("since"),
            *more,
        )
        .join(Assignment, Assignment.role_request_id == RoleRequest.id)
        .join(Organisation, Organisation.id == Assignment.office_id)
        .join(AssignmentItem, AssignmentItem.assignment_id == Assignment.id)
        .join(RoleRequestItem, RoleRequestItem.id == AssignmentItem.item_id)
        .join(Post, Post.id == RoleRequestItem.post_id)
        .join(asked_about, asked_about.id == Post.organisation_id)
        # Said twice, as a list of its own: SQLite would go through all items that were ever asked about.
        .where(Assignment.role_request_id.in_(select(RoleRequest.id).where(RoleRequest.next_step_at.is_not(None))))
        .where(Assignment.closed_at.is_(None), RoleRequestItem.status.in_(OPEN))
        .group_by(RoleRequest.environment, asked_about.country)
    )


def _counted(row: Any, now: datetime) -> dict[str, Any]:
    return {
        "environment": Environment(row.environment),
        "country": row.country or NO_COUNTRY,
        "requests": row.requests,
        "oldest": max(0.0, (now - row.since).total_seconds()),
    }


def _by_environment(session: Session, condition: ColumnElement[bool]) -> Mapping[Environment, int]:
    counted = _open_requests(RoleRequest.environment, func.count()).where(condition).group_by(RoleRequest.environment)
    found = {Environment(environment): count for environment, count in session.execute(counted)}
    return {environment: found.get(environment, 0) for environment in Environment}


def _open_requests(*columns: Any) -> Select[Any]:
    """Select from the open requests of people; only these have a next step, and an index holds them."""
    return (
        select(*columns)
        .select_from(RoleRequest)
        .join(Account, Account.id == RoleRequest.account_id)
        .where(
            IS_OPEN,
            Account.is_canary.is_(False),
        )
    )


def _office_kind() -> ColumnElement[str]:
    return case(
        (Organisation.kind == OrganisationKind.COMMISSION, OfficeKind.COMMISSION.value),
        (Assignment.rule == Rule.OWN_ORGANISATION, OfficeKind.ORGANISATION.value),
        else_=OfficeKind.NATIONAL_AUTHORITY.value,
    )
