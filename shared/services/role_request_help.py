"""What the people on call can do for a request that stands still: look, route it again, unlock a link."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from shared import outbox
from shared.domain.errors import NotFound
from shared.domain.links import LinkPurpose
from shared.domain.role_requests import RequestStatus
from shared.messages import Queue, Task
from shared.models import Assignment, DecisionChallenge, Link, RoleRequest
from shared.services import audit
from shared.services.figures_parked import parked_rows
from shared.services.figures_requests import name_requests_without_recipient


@dataclass(frozen=True, slots=True)
class Standstill:
    """One thing that a person has to look at; ``id`` is what the command that mends it takes."""

    what: str
    id: UUID
    since: datetime


def stand_still(session: Session) -> Sequence[Standstill]:
    """List requests that were parked or that nobody can decide, and links that are locked, the oldest first."""
    parked = [
        Standstill("parked", one.subject_id, one.at)
        for one in parked_rows(session)
        if one.task is Task.ROUTE_ROLE_REQUESTS
    ]
    nobody = [Standstill("nobody", id_, since) for id_, since in name_requests_without_recipient(session)]
    locked = session.execute(
        select(Link.id, Link.locked_at)
        .join(Assignment, Assignment.id == Link.assignment_id)
        .where(Assignment.closed_at.is_(None), Link.locked_at.is_not(None))
    )
    links = [Standstill("locked", id_, since) for id_, since in locked if since is not None]
    return sorted([*parked, *nobody, *links], key=lambda one: one.since)


def route_again(session: Session, role_request_id: UUID, *, now: datetime) -> None:
    """Have an open request routed once more, for instance after what parked it was mended (S34).

    Raises:
        NotFound: there is no open request of that id.
    """
    role_request = session.get(RoleRequest, role_request_id)
    if role_request is None or role_request.status != RequestStatus.OPEN:
        raise NotFound("no open request of this id")
    outbox.add(session, task=Task.ROUTE_ROLE_REQUESTS, queue=Queue.ROUTING, subject_id=role_request_id)
    _record(session, "role_request.routed_again", "role_request", role_request_id, now)


def unlock(session: Session, link_id: UUID, *, now: datetime) -> None:
    """Let a decide link that ten wrong codes locked work again, and forget those tries (S25).

    For whoever has asked the office whether the tries were its own. The link keeps its end.

    Raises:
        NotFound: there is no such link, or it is not locked.
    """
    link = session.get(Link, link_id, with_for_update=True)
    if link is None or link.purpose != LinkPurpose.DECIDE or link.locked_at is None:
        raise NotFound("no locked link of this id")
    link.locked_at = None
    session.execute(
        update(DecisionChallenge)
        .where(DecisionChallenge.assignment_id == link.assignment_id)
        .values(wrong_tries=0)
        .execution_options(synchronize_session=False)
    )
    _record(session, "decision.link_unlocked", "link", link_id, now)


def _record(session: Session, action: str, subject_type: str, subject_id: UUID, now: datetime) -> None:
    audit.record(
        session,
        action=action,
        actor=audit.OPERATOR_AT_THE_CONSOLE,
        subject_type=subject_type,
        subject_id=subject_id,
        now=now,
    )
