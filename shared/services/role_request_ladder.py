"""What happens to a request that nobody decides: reminder, next level, expiry (architecture.md section 5)."""

import logging
from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from shared.domain.ladder import AFTER, Step, due_steps
from shared.domain.role_requests import Action, Actor, ItemStatus, RequestStatus, apply
from shared.models import Assignment, RoleRequest
from shared.services import audit
from shared.services.emails import Recipient, queue_email
from shared.services.operator_decide import settle_new_operator
from shared.services.profiles import Notification, wants
from shared.services.role_request_assignments import is_open, items_of, lock_request, open_assignments, send_link
from shared.services.role_request_close import close_what_is_over
from shared.services.role_request_route import route, schedule_next_step, steps_done
from shared.settings import Settings

logger = logging.getLogger(__name__)


def advance(session: Session, *, settings: Settings, now: datetime, limit: int = 200) -> int:
    """Take every step of the ladder that is due: reminder after 7 days, next level after 14, expiry after 30.

    Each step happens once, however often and however late this runs, in any number of processes. Steps that have
    become due together are taken together in their order: whoever is asked already is reminded, then the next level
    joins, which is not reminded the same moment. Where expiry is due the request expires and nothing else is sent,
    since a reminder would be dead on arrival.

    A reminder and a joining office get fresh links; links sent before keep working for their own time.

    Args:
        session: the caller's transaction.
        settings: for the keys of links.
        now: the product's time.
        limit: requests at the most; the caller asks again until the answer is 0.

    Returns:
        How many requests moved.
    """
    due = session.scalars(
        select(RoleRequest.id)
        .where(RoleRequest.next_step_at <= now, RoleRequest.status == RequestStatus.OPEN)
        .order_by(RoleRequest.next_step_at, RoleRequest.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    return sum(_advanced(session, role_request_id, settings=settings, now=now) for role_request_id in due)


def _advanced(session: Session, role_request_id: UUID, *, settings: Settings, now: datetime) -> bool:
    """Move one request; one that cannot be moved must not hold up all the others."""
    try:
        with session.begin_nested():
            advance_one(session, role_request_id, settings=settings, now=now)
    except DBAPIError:
        raise
    except Exception:
        logger.exception("a request could not be moved", extra={"role_request_id": str(role_request_id)})
        return False
    return True


def advance_one(session: Session, role_request_id: UUID, *, settings: Settings, now: datetime) -> None:
    """Take every step of the ladder that is due for one request, as ``advance`` does for all."""
    role_request = lock_request(session, role_request_id)
    if role_request is None:
        return
    due = due_steps(role_request.created_at, steps_done(role_request), now)
    if Step.EXPIRY in due:
        _expire(session, role_request, now)
        return
    # First whoever must hold it by now, so that no reminder goes to somebody who may no longer decide.
    joined = route(session, role_request.id, settings=settings, now=now)
    if Step.REMINDER in due:
        role_request.reminded_at = now
        _remind(session, role_request, just_asked=joined, settings=settings, now=now)
    if Step.NEXT_LEVEL in due:
        role_request.escalated_at = now
        _escalate(session, role_request, settings=settings, now=now)
    schedule_next_step(role_request)
    session.flush()


def _remind(
    session: Session,
    role_request: RoleRequest,
    *,
    just_asked: Collection[Assignment],
    settings: Settings,
    now: datetime,
) -> None:
    asked_now = {assignment.id for assignment in just_asked}
    reminded = []
    for assignment in open_assignments(session, role_request.id):
        account = assignment.account
        if assignment.id in asked_now or (account is not None and not wants(account, Notification.REMINDER)):
            continue
        send_link(session, assignment, template="reminder", settings=settings, now=now)
        reminded.append(str(assignment.id))
    _record(session, role_request, "role_request.reminded", now, assignment_ids=reminded)


def _escalate(session: Session, role_request: RoleRequest, *, settings: Settings, now: datetime) -> None:
    session.flush()
    joined = route(session, role_request.id, settings=settings, now=now)
    for assignment in open_assignments(session, role_request.id):
        assignment.due = role_request.created_at + AFTER[Step.EXPIRY]
    _record(session, role_request, "role_request.escalated", now, assignment_ids=[str(one.id) for one in joined])


def _expire(session: Session, role_request: RoleRequest, now: datetime) -> None:
    items = items_of(session, role_request.id)
    expired = [item for item in items if is_open(item)]
    for item in expired:
        item.status = apply(ItemStatus(item.status), Action.EXPIRE, Actor.SYSTEM)
        item.decided_at = now
        settle_new_operator(session, item.post.organisation, is_accepted=False)
    close_what_is_over(session, role_request, items, decided_by=None, now=now)
    _record(session, role_request, "role_request.expired", now, item_ids=[str(item.id) for item in expired])
    queue_email(
        session,
        template="expired",
        to=Recipient.of(role_request.account),
        now=now,
        environment=role_request.environment,
        role_request_id=role_request.id,
    )


def _record(session: Session, role_request: RoleRequest, action: str, now: datetime, **details: Any) -> None:
    audit.record(
        session,
        action=action,
        actor=audit.SYSTEM,
        subject_type="role_request",
        subject_id=role_request.id,
        now=now,
        environment=role_request.environment,
        **details,
    )
