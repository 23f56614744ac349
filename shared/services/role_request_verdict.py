"""Carrying out a decision that was checked and proved: everything it changes, in one transaction (R71, R72, S32)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CursorResult, update
from sqlalchemy.orm import Session

from shared.domain.role_requests import Action, Actor, ItemStatus, apply
from shared.models import RoleRequestItem
from shared.services import audit
from shared.services.decision_step_up import Ground
from shared.services.decision_target import Target, check_open
from shared.services.emails import Recipient, queue_email
from shared.services.operator_decide import settle_new_operator
from shared.services.role_request_accept import accept, route_again_after_arrival
from shared.services.role_request_assignments import items_of
from shared.services.role_request_close import close_what_is_over


class Decision(StrEnum):
    """What an approver can say."""

    ACCEPT = "accept"
    REJECT = "reject"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was said, about what."""

    decision: Decision
    reason: str | None
    decider_name: str | None
    items: list[RoleRequestItem]
    administrator_of: frozenset[UUID]
    """Organisations of which the applicant becomes administrator."""

    @property
    def is_acceptance(self) -> bool:
        """True to let the applicant in."""
        return self.decision is Decision.ACCEPT

    @property
    def words(self) -> dict[str, Any]:
        """Ids and codes by which mails and events say what it is about."""
        return {
            "decision": self.decision.value,
            "item_ids": [str(item.id) for item in self.items],
            "administrator_of": sorted(map(str, self.administrator_of)),
        }


def carry_out(session: Session, target: Target, verdict: Verdict, *, ground: Ground, now: datetime) -> None:
    """Write a decision and all that follows from it.

    The items change only while they wait; then memberships or a refused operator, one event, one mail to the applicant,
    closing lines to the others, and work for the router where somebody new can decide.

    Args:
        session: a transaction that holds the locks of the request and of the organisations.
        target: the assignment through which it is decided.
        verdict: what was decided.
        ground: on what the decider was believed.
        now: the product's time.

    Raises:
        RequestWithdrawn, DecidedBefore: an item no longer waits; nothing may be kept then.
        NotAnApprover: an item was never routed.
    """
    _decide_items(session, target, verdict, now)
    if verdict.is_acceptance:
        accept(
            session,
            target.role_request,
            verdict.items,
            administrator_of=verdict.administrator_of,
            decider=target.assignment.account,
            now=now,
        )
    else:
        for item in verdict.items:
            settle_new_operator(session, item.post.organisation, is_accepted=False)
    _record(session, target, verdict, ground, now)
    _tell_applicant(session, target, verdict, now)
    all_items = items_of(session, target.role_request.id)
    close_what_is_over(session, target.role_request, all_items, decided_by=target.assignment, now=now)
    if verdict.is_acceptance:
        organisation_ids = {item.post.organisation_id for item in verdict.items}
        route_again_after_arrival(session, organisation_ids, arrived_as_administrator=bool(verdict.administrator_of))


def _decide_items(session: Session, target: Target, verdict: Verdict, now: datetime) -> None:
    """Write the decision into the items that still wait: into all of them or, with the error, into none (S32)."""
    action = Action.ACCEPT if verdict.is_acceptance else Action.REJECT
    (status,) = {apply(ItemStatus(item.status), action, Actor.APPROVER) for item in verdict.items}
    is_mailbox = target.assignment.account_id is None
    result: CursorResult[Any] = session.execute(  # type: ignore[assignment]
        update(RoleRequestItem)
        .where(
            RoleRequestItem.id.in_([item.id for item in verdict.items]),
            RoleRequestItem.status == ItemStatus.WAITING,
        )
        .values(
            status=status,
            reason=None if verdict.is_acceptance else verdict.reason,
            decided_at=now,
            decided_by_assignment_id=target.assignment.id,
            decided_by_account_id=target.assignment.account_id,
            decider_name=verdict.decider_name if is_mailbox else None,
        )
        .execution_options(synchronize_session=False)
    )
    # The same objects, with what now stands in the rows.
    items_of(session, target.role_request.id)
    if result.rowcount != len(verdict.items):
        check_open(session, verdict.items)


def _record(session: Session, target: Target, verdict: Verdict, ground: Ground, now: datetime) -> None:
    assignment = target.assignment
    if assignment.account_id is not None:
        actor = audit.by_account(assignment.account_id)
    else:
        actor = audit.by_mailbox(assignment.office_id)
    audit.record(
        session,
        action=f"role_request.{verdict.decision.value}ed",
        actor=actor,
        subject_type="role_request",
        subject_id=target.role_request.id,
        now=now,
        environment=target.role_request.environment,
        ground=assignment.rule,
        link_id=target.link.id,
        assignment_id=str(assignment.id),
        office_id=str(assignment.office_id),
        proof=ground.value,
        **verdict.words,
    )


def _tell_applicant(session: Session, target: Target, verdict: Verdict, now: datetime) -> None:
    queue_email(
        session,
        template="outcome",
        to=Recipient.of(target.role_request.account),
        now=now,
        environment=target.role_request.environment,
        role_request_id=target.role_request.id,
        assignment_id=target.assignment.id,
        **verdict.words,
    )
