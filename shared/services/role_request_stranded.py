"""Finding requests that wait for somebody who can no longer decide (S34)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, SQLColumnExpression, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from shared.domain.role_requests import ItemStatus, RequestStatus
from shared.domain.routing import Rule
from shared.models import IS_OPEN, Assignment, AssignmentItem, Organisation, RoleRequest, RoleRequestItem
from shared.services.role_request_recipients import people_in_charge

ROUTED_WITHIN = timedelta(minutes=5)
"""How long the routing of a new request may take before housekeeping looks after it."""


def stranded_requests(session: Session, *, now: datetime, limit: int) -> Sequence[UUID]:
    """List open requests that have nobody, or that somebody was asked about who may no longer decide.

    Among them those that were sent a while ago and never routed: the work of routing them may have been parked.

    A few more than need it may be named: routing them again changes nothing. Where there are more than ``limit``, those
    that are known to have nobody come last and by chance, so that each has its turn. The answer is in the order of the
    ids, which is the order to lock them in.
    """
    dead = exists().where(
        Assignment.role_request_id == RoleRequest.id,
        Assignment.closed_at.is_(None),
        or_(
            and_(Assignment.account_id.is_not(None), ~_is_in_charge()),
            and_(Assignment.account_id.is_(None), _is_no_longer_the_mailbox()),
        ),
    )
    uncovered = exists().where(
        RoleRequestItem.role_request_id == RoleRequest.id,
        or_(RoleRequestItem.status == ItemStatus.WAITING, _was_never_routed(now)),
        ~exists().where(
            AssignmentItem.item_id == RoleRequestItem.id,
            AssignmentItem.assignment_id == Assignment.id,
            Assignment.closed_at.is_(None),
        ),
    )
    found = session.scalars(
        select(RoleRequest.id)
        .where(IS_OPEN, or_(RoleRequest.nobody_since.is_not(None), dead, uncovered))
        .order_by(RoleRequest.nobody_since.is_not(None), func.random())
        .limit(limit)
    )
    return sorted(found, key=str)


def _was_never_routed(now: datetime) -> ColumnElement[bool]:
    return and_(RoleRequestItem.status == ItemStatus.SUBMITTED, RoleRequest.created_at <= now - ROUTED_WITHIN)


def asked_of(session: Session, *, account_id: UUID, office_id: UUID | None = None) -> Sequence[UUID]:
    """List the open requests that a person is asked to decide (for one office), in the order to lock them in."""
    statement = (
        select(RoleRequest.id)
        .join(Assignment, Assignment.role_request_id == RoleRequest.id)
        .where(
            RoleRequest.status == RequestStatus.OPEN,
            Assignment.account_id == account_id,
            Assignment.closed_at.is_(None),
        )
        .distinct()
    )
    if office_id is not None:
        statement = statement.where(Assignment.office_id == office_id)
    return sorted(session.scalars(statement), key=str)


def _is_in_charge() -> ColumnElement[bool]:
    """True where the person of an assignment may still speak for its office."""
    return or_(
        and_(
            Assignment.rule == Rule.OWN_ORGANISATION, _speaks(administrators_only=True, for_whom=Assignment.account_id)
        ),
        and_(
            Assignment.rule != Rule.OWN_ORGANISATION, _speaks(administrators_only=False, for_whom=Assignment.account_id)
        ),
    )


def _is_no_longer_the_mailbox() -> ColumnElement[bool]:
    """True where the office has another mailbox by now, or none, or a person to ask instead."""
    return or_(
        exists().where(
            Organisation.id == Assignment.office_id, Organisation.mailbox_email.is_distinct_from(Assignment.mailbox)
        ),
        and_(Assignment.rule == Rule.OWN_ORGANISATION, _speaks(administrators_only=True)),
        and_(Assignment.rule != Rule.OWN_ORGANISATION, _speaks(administrators_only=False)),
    )


def _speaks(
    *, administrators_only: bool, for_whom: SQLColumnExpression[UUID | None] | None = None
) -> ColumnElement[bool]:
    people = people_in_charge(administrators_only=administrators_only).subquery()
    speaks = exists().where(people.c.organisation_id == Assignment.office_id)
    return speaks if for_whom is None else speaks.where(people.c.account_id == for_whom)
