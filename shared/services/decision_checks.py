"""What is looked at before a decision counts: which items, by whom, with which words (R70, R71, S27, S33)."""

from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from shared.domain import routing
from shared.domain.errors import FieldErrors, OwnRequest
from shared.domain.organisations import N_, OrganisationKind
from shared.domain.roles import RoleKind
from shared.models import Organisation, RoleRequestItem
from shared.services import audit
from shared.services.decision_target import Target, check_open
from shared.services.role_request_assignments import is_open, may_decide, recipient_of, those_who_may_decide
from shared.services.role_request_offices import OfficeDirectory

_WATCHED = frozenset({OrganisationKind.AUTHORITY, OrganisationKind.CONTROL_BODY})

_NOT_ASKED = N_("Choose from the items that you were asked to decide.")
_CHANGED = N_("The request has changed since this page was shown. Look at it again, then decide.")
REASON = N_("Give a reason. The applicant reads it.")
"""Said where a rejection has none, on the pages too."""
_NAME = N_("Give your name. It is kept with the decision and not shown to the applicant.")


def items_to_decide(
    session: Session, target: Target, item_ids: Collection[UUID] | None, directory: OfficeDirectory
) -> list[RoleRequestItem]:
    """Pick the items of an assignment that a decision is about, all of them open.

    Without ``item_ids`` these are its open ones, without those that the recipient could decide once and may no longer;
    unless that leaves none, so that whoever lost every right is told so.

    Raises:
        FieldErrors: an item that the assignment does not cover, or none.
        RequestWithdrawn, DecidedBefore: one of those named is over, or everything is.
    """
    if item_ids is not None:
        chosen = [item for item in target.items if item.id in set(item_ids)]
        if not chosen or len(chosen) < len(set(item_ids)):
            raise FieldErrors({"item_ids": [_NOT_ASKED]})
        check_open(session, chosen)
        return chosen
    open_ones = [item for item in target.items if is_open(item)]
    if not open_ones:
        check_open(session, target.items)
    return [item for item in open_ones if may_decide(target.assignment, item, directory)] or open_ones


def check_right(
    target: Target, items: Collection[RoleRequestItem], directory: OfficeDirectory, actor_account_id: UUID | None
) -> None:
    """Refuse whoever may not decide these items at this moment.

    Raises:
        OwnRequest: the recipient is the applicant, by account or address, or the applicant is logged in here (S27).
        NotAnApprover: the recipient lost the right (S33).
    """
    applicant = target.role_request.account
    if actor_account_id == applicant.id:
        raise OwnRequest("nobody decides on a request of their own")
    for item in items:
        routing.check_may_decide(
            recipient_of(target.assignment).for_rules,
            applicant=routing.Recipient(applicant.id, applicant.email_key),
            recipients=[one.for_rules for one in those_who_may_decide(target.assignment, item, directory)],
        )


def check_words(
    target: Target, *, version: int | None, is_rejection: bool, reason: str | None, decider_name: str | None
) -> None:
    """Refuse a decision on an outdated page, and one without the words it needs.

    Raises:
        FieldErrors: on ``version`` alone, else on ``reason`` and ``decider_name``.
    """
    if version is not None and version != target.role_request.version:
        raise FieldErrors({"version": [_CHANGED]})
    errors: dict[str, list[str]] = {}
    if is_rejection and not (reason or "").strip():
        errors["reason"] = [REASON]
    if target.assignment.account_id is None and not (decider_name or "").strip():
        errors["decider_name"] = [_NAME]
    if errors:
        raise FieldErrors(errors)


def needs_fresh_proof(items: Iterable[RoleRequestItem], administrator_of: Iterable[Organisation]) -> bool:
    """True for an acceptance that needs a proof of the last 12 hours (S25).

    That is acceptance at an authority, and naming the applicant administrator of an authority or control body.
    """
    return any(item.post.kind == RoleKind.AUTHORITY for item in items) or any(
        organisation.kind in _WATCHED for organisation in administrator_of
    )


def record_own_request(session: Session, target: Target, *, actor_account_id: UUID | None, now: datetime) -> None:
    """Write down that somebody tried to decide on a request of their own (S27)."""
    audit.record(
        session,
        action="role_request.own_decision_refused",
        actor=audit.by_account(actor_account_id or target.role_request.account_id),
        subject_type="role_request",
        subject_id=target.role_request.id,
        now=now,
        environment=target.role_request.environment,
        link_id=target.link.id,
        assignment_id=str(target.assignment.id),
    )
