"""Bringing a role request to whoever may decide it, at first and again when recipients go (R67 to R69, R73, S34)."""

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from shared.domain.ladder import Step, next_step
from shared.domain.role_requests import ItemStatus, RequestStatus
from shared.models import Assignment, RoleRequest, RoleRequestItem
from shared.services import audit
from shared.services.role_request_assignments import (
    ask,
    ask_also,
    is_open,
    items_of,
    lock_request,
    may_decide,
    open_assignments,
    recipient_of,
)
from shared.services.role_request_offices import OfficeDirectory
from shared.services.role_request_questions import Question, holdings, questions
from shared.services.role_request_stranded import stranded_requests
from shared.settings import Settings

logger = logging.getLogger(__name__)


def route(session: Session, role_request_id: UUID, *, settings: Settings, now: datetime) -> list[Assignment]:
    """See that everybody who must hold a request by now holds it; running it twice adds nothing.

    Applies the routing table to each open item, turns offices into recipients and asks those who were not asked
    before: one assignment and one mail for each recipient of an office, however many items it covers (C19). Somebody
    who speaks for several offices is asked once for each item. Assignments whose recipient may decide no open item any
    more are closed. After the fourteenth day the next level is among those who must hold it.

    Items that somebody holds wait; where nobody at all can decide, ``nobody_since`` is set and an event
    ``role_request.nobody_found`` tells operations. Nothing happens to a request that is closed or unknown.

    Args:
        session: the caller's transaction; the request is locked in it.
        role_request_id: which request.
        settings: for the keys of links.
        now: the product's time.

    Returns:
        The assignments that are new.
    """
    return _bring_up_to_date(session, role_request_id, settings=settings, now=now).new


def reroute(session: Session, *, settings: Settings, now: datetime, limit: int = 200) -> int:
    """Route again every open request that somebody was asked about who may no longer decide, or that has nobody (S34).

    For housekeeping: whoever takes a right away has the requests concerned routed at once. Looks at most at ``limit``
    requests; they are locked in the order of their ids.

    Returns:
        How many requests changed hands; 0 when all is as it should be or nobody was found, so that a caller who asks
        until then comes to an end.
    """
    stranded = stranded_requests(session, now=now, limit=limit)
    return sum(_changed(session, role_request_id, settings=settings, now=now) for role_request_id in stranded)


def _changed(session: Session, role_request_id: UUID, *, settings: Settings, now: datetime) -> bool:
    """Route one request again; one that cannot be routed must not hold up all the others."""
    try:
        with session.begin_nested():
            return _bring_up_to_date(session, role_request_id, settings=settings, now=now).is_one
    except DBAPIError:
        raise
    except Exception:
        logger.exception("a request could not be routed", extra={"role_request_id": str(role_request_id)})
        return False


def schedule_next_step(role_request: RoleRequest) -> None:
    """Note when the ladder moves next."""
    following = next_step(role_request.created_at, steps_done(role_request))
    role_request.next_step_at = following[1] if following else None


def steps_done(role_request: RoleRequest) -> set[Step]:
    """The steps of the ladder that were taken."""
    taken = {Step.REMINDER: role_request.reminded_at, Step.NEXT_LEVEL: role_request.escalated_at}
    return {step for step, at in taken.items() if at is not None}


@dataclass(frozen=True, slots=True)
class _Change:
    """What routing a request came to."""

    new: list[Assignment]
    is_one: bool
    """Somebody was asked, or is no longer."""


def _bring_up_to_date(session: Session, role_request_id: UUID, *, settings: Settings, now: datetime) -> _Change:
    role_request = lock_request(session, role_request_id)
    if role_request is None or role_request.status != RequestStatus.OPEN:
        return _Change([], is_one=False)
    items = [item for item in items_of(session, role_request.id) if is_open(item)]
    directory = OfficeDirectory(session, environment=role_request.environment, applicant=role_request.account)
    held, dead = _living_and_dead(session, role_request, items, directory)
    _close_dead(session, role_request, dead, now)
    wanted = questions(
        items,
        directory,
        held=holdings(held, items, directory),
        is_escalated=role_request.escalated_at is not None,
    )
    new = _put(session, role_request, wanted, held, settings=settings, now=now)
    covered = {item_id for _, item_id in holdings([*held, *new], items, directory)}
    _note_waiting(session, items, covered)
    _note_nobody(session, role_request, now, has_somebody={item.id for item in items} <= covered)
    schedule_next_step(role_request)
    return _Change(new, is_one=bool(dead or wanted))


def _living_and_dead(
    session: Session, role_request: RoleRequest, items: Collection[RoleRequestItem], directory: OfficeDirectory
) -> tuple[list[Assignment], list[Assignment]]:
    """Part the open assignments from those whose recipient may decide nothing any more."""
    living: list[Assignment] = []
    dead: list[Assignment] = []
    for assignment in open_assignments(session, role_request.id):
        covers = {row.item_id for row in assignment.items}
        is_alive = any(may_decide(assignment, item, directory) for item in items if item.id in covers)
        (living if is_alive else dead).append(assignment)
    return living, dead


def _close_dead(session: Session, role_request: RoleRequest, dead: Sequence[Assignment], now: datetime) -> None:
    for assignment in dead:
        assignment.closed_at = now
    if dead:
        _record(session, role_request, "role_request.recipients_gone", dead, now)


def _put(
    session: Session,
    role_request: RoleRequest,
    wanted: Collection[Question],
    held: Sequence[Assignment],
    *,
    settings: Settings,
    now: datetime,
) -> list[Assignment]:
    """Ask; whoever holds other items of the request for the same office already is asked within that assignment."""
    by_recipient = {(assignment.office_id, recipient_of(assignment).key): assignment for assignment in held}
    new: list[Assignment] = []
    extended: list[Assignment] = []
    for question in wanted:
        assignment = by_recipient.get((question.recipient.office_id, question.recipient.key))
        if assignment is None:
            new.append(
                ask(
                    session,
                    role_request,
                    question.recipient,
                    question.items,
                    rule=question.rule,
                    step=question.step,
                    settings=settings,
                    now=now,
                )
            )
        else:
            ask_also(session, assignment, question.items, settings=settings, now=now)
            extended.append(assignment)
            # The recipient may have the form of the fewer items in front of the eyes.
            role_request.version += 1
    if wanted:
        _record(session, role_request, "role_request.routed", [*new, *extended], now)
    return new


def _note_waiting(session: Session, items: Sequence[RoleRequestItem], covered: Collection[UUID]) -> None:
    session.execute(
        update(RoleRequestItem)
        .where(
            RoleRequestItem.id.in_([item.id for item in items if item.id in covered]),
            RoleRequestItem.status == ItemStatus.SUBMITTED,
        )
        .values(status=ItemStatus.WAITING)
    )


def _note_nobody(session: Session, role_request: RoleRequest, now: datetime, *, has_somebody: bool) -> None:
    if has_somebody:
        role_request.nobody_since = None
    elif role_request.nobody_since is None:
        role_request.nobody_since = now
        _record(session, role_request, "role_request.nobody_found", (), now)


def _record(
    session: Session, role_request: RoleRequest, action: str, assignments: Sequence[Assignment], now: datetime
) -> None:
    audit.record(
        session,
        action=action,
        actor=audit.SYSTEM,
        subject_type="role_request",
        subject_id=role_request.id,
        now=now,
        environment=role_request.environment,
        assignments=[
            {"id": str(assignment.id), "office_id": str(assignment.office_id), "rule": assignment.rule}
            for assignment in assignments
        ],
    )
