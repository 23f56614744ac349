"""Asking for roles: one press of "Request authorisation" or "Create a new operator" (R30 to R32, R46, R57 to R60)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NoReturn
from uuid import UUID

from sqlalchemy import literal, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from shared import outbox
from shared.domain.environments import Environment
from shared.domain.errors import AlreadyHeld, AlreadyRequested, FieldErrors, TooManyRequests
from shared.domain.memberships import HELD
from shared.domain.organisations import N_, OperatorStatus, OrganisationKind
from shared.domain.role_requests import OPEN, ItemStatus, RequestStatus
from shared.domain.roles import RoleKind, check_kind
from shared.messages import Queue, Task
from shared.models import Account, Membership, Organisation, Post, RoleRequest, RoleRequestItem
from shared.models.base import new_id
from shared.services import audit, operator_create, role_kinds, role_request_limits
from shared.services.emails import Recipient, queue_email
from shared.services.operator_create import NewOperator
from shared.services.role_request_route import schedule_next_step

MOST_POSTS = 300
"""Posts in one request; the largest control body certifies in about 130 countries."""

_CHOOSE = N_("Choose at least one.")
_TOO_MANY = N_("Choose at most 300 at a time.")
_NOT_FOUND = N_("Not found. Choose from the results of a search.")
_NO_REQUESTS = N_("One of these takes no requests. Choose another.")


Skipped = list[tuple[UUID, str]]
"""Posts left out, each with the problem code that says why."""


@dataclass(frozen=True, slots=True)
class Submitted:
    """A new request, and what it leaves out."""

    role_request: RoleRequest
    skipped: Skipped


def submit(
    session: Session,
    *,
    account: Account,
    environment: Environment,
    now: datetime,
    rate_limits: bool,
    post_ids: Sequence[UUID] | None = None,
    control_body_id: UUID | None = None,
    new_operator: NewOperator | None = None,
    message: str | None = None,
    contact_email: str | None = None,
    contact_phone: str | None = None,
) -> Submitted:
    """Write a request for roles, the work of routing it, and the mail that says it was received.

    The account must be able to log in; nothing here looks at that again. What the applicant types is shown to whoever
    decides and never chooses who that is, nor is it ever written to (S28, S30).

    Args:
        session: the caller's transaction; it must be rolled back when an error leaves this function.
        account: the applicant.
        environment: where; nothing of the other environment is looked at (R7).
        now: the product's time.
        rate_limits: whether the limits of S12 count; they are counted from rows, so they survive a restart.
        post_ids: the posts ticked, of one kind, at most 300; a post named twice counts once (R31).
        control_body_id: instead, every post of this control body ("tick all", R54).
        new_operator: instead, an operator to be created and joined, together or not at all (R46).
        message: free text for whoever decides, cleaned by the form, like the two below (R59).
        contact_email: shown, never written to.
        contact_phone: shown.

    Returns:
        The request, and what was left out: posts that the person holds (``already_held``), has asked for
        (``already_requested``), or took back within the last hour (``too_many_requests``) (R32, C19).

    Raises:
        FieldErrors: nothing chosen, too much chosen, a post or control body that is not in this environment or takes
            no requests, or a field of the new operator.
        OtherKind: the person has a role of another kind here, pending or valid, or the posts are of several kinds
            (R30, S31).
        AlreadyHeld, AlreadyRequested: after leaving those out nothing remains (R32).
        TooManyRequests: a limit of S12.
    """
    # One request of a person after the other: limits and duplicates are counted from rows that must not grow meanwhile.
    session.execute(select(Account.id).where(Account.id == account.id).with_for_update(key_share=True))
    if rate_limits:
        role_request_limits.check_daily(session, account_id=account.id, now=now)
    skipped: Skipped = []
    if new_operator is not None:
        if rate_limits:
            role_request_limits.check_new_operators(session, account_id=account.id, now=now)
        role_kinds.hold(session, account_id=account.id, environment=environment, kind=RoleKind.OPERATOR)
        posts = [operator_create.create(session, new_operator, account=account, environment=environment, now=now)]
    elif control_body_id is not None:
        posts = _all_of(session, environment, control_body_id)
        posts, skipped = _askable(session, account, posts, now=now, rate_limits=rate_limits, field="control_body_id")
    else:
        posts = _ticked(session, environment, post_ids or ())
        posts, skipped = _askable(session, account, posts, now=now, rate_limits=rate_limits, field="post_ids")
    role_request = RoleRequest(
        id=new_id(),
        environment=environment,
        account_id=account.id,
        kind=posts[0].kind,
        message=message or None,
        contact_email=contact_email or None,
        contact_phone=contact_phone or None,
        status=RequestStatus.OPEN,
        created_at=now,
        items=[
            RoleRequestItem(account_id=account.id, post_id=post.id, position=position, status=ItemStatus.SUBMITTED)
            for position, post in enumerate(posts)
        ],
    )
    schedule_next_step(role_request)
    session.add(role_request)
    # The mail refers to the request: its row has to be there first.
    session.flush()
    _tell(session, role_request, account, now)
    return Submitted(role_request, skipped)


def _ticked(session: Session, environment: Environment, post_ids: Sequence[UUID]) -> list[Post]:
    wanted = list(dict.fromkeys(post_ids))
    if not wanted:
        raise FieldErrors({"post_ids": [_CHOOSE]})
    if len(wanted) > MOST_POSTS:
        raise FieldErrors({"post_ids": [_TOO_MANY]})
    found = session.scalars(
        select(Post)
        .where(Post.environment == environment, Post.id.in_(wanted), Post.kind.in_(list(RoleKind)))
        .options(joinedload(Post.organisation))
    )
    by_id = {post.id: post for post in found}
    if len(by_id) < len(wanted):
        raise FieldErrors({"post_ids": [_NOT_FOUND]})
    return [by_id[post_id] for post_id in wanted]


def _all_of(session: Session, environment: Environment, control_body_id: UUID) -> list[Post]:
    posts = session.scalars(
        select(Post)
        .join(Organisation)
        .where(
            Organisation.id == control_body_id,
            Organisation.environment == environment,
            Organisation.kind == OrganisationKind.CONTROL_BODY,
        )
        .order_by(Post.code)
        .options(contains_eager(Post.organisation))
    ).all()
    if not posts:
        raise FieldErrors({"control_body_id": [_NOT_FOUND]})
    return list(posts)


def _askable(
    session: Session, account: Account, posts: Sequence[Post], *, now: datetime, rate_limits: bool, field: str
) -> tuple[list[Post], Skipped]:
    """Part the posts that can be asked for from those that cannot."""
    kinds = [RoleKind(post.kind) for post in posts]
    check_kind(kinds[0], kinds)
    role_kinds.hold(session, account_id=account.id, environment=Environment(posts[0].environment), kind=kinds[0])
    post_ids = [post.id for post in posts]
    cooling = {}
    if rate_limits:
        cooling = role_request_limits.withdrawn_of_late(session, account_id=account.id, post_ids=post_ids, now=now)
    reasons = dict.fromkeys(cooling, TooManyRequests.code) | bound_posts(session, account.id, post_ids)
    remaining = [post for post in posts if post.id not in reasons]
    if not remaining:
        _refuse_all(reasons, cooling)
    for post in remaining:
        _check_takes_requests(post, field)
    return remaining, [(post.id, reasons[post.id]) for post in posts if post.id in reasons]


def bound_posts(session: Session, account_id: UUID, post_ids: Collection[UUID]) -> dict[UUID, str]:
    """Say which of these posts a person holds (``already_held``) or has an open request for (``already_requested``)."""
    # One statement, so that an item cannot turn into a membership between looking for the one and for the other.
    requested = select(RoleRequestItem.post_id, literal(AlreadyRequested.code)).where(
        RoleRequestItem.account_id == account_id,
        RoleRequestItem.post_id.in_(post_ids),
        RoleRequestItem.status.in_(OPEN),
    )
    held = select(Membership.post_id, literal(AlreadyHeld.code)).where(
        Membership.account_id == account_id, Membership.post_id.in_(post_ids), Membership.status.in_(HELD)
    )
    return dict(session.execute(requested.union_all(held)).all())


def _check_takes_requests(post: Post, field: str) -> None:
    organisation = post.organisation
    if organisation.kind == OrganisationKind.OPERATOR and organisation.status != OperatorStatus.VALID:
        # As if it did not exist: until it is valid, an operator shows to nobody but its creator and the approvers.
        raise FieldErrors({field: [_NOT_FOUND]})
    if not organisation.takes_requests:
        raise FieldErrors({field: [_NO_REQUESTS]})


def _refuse_all(reasons: Mapping[UUID, str], cooling: Mapping[UUID, int]) -> NoReturn:
    taken_back = [cooling[post_id] for post_id, reason in reasons.items() if reason == TooManyRequests.code]
    if taken_back:
        raise TooManyRequests("taken back within the last hour", retry_after=min(taken_back))
    if AlreadyRequested.code in reasons.values():
        raise AlreadyRequested("every post is asked for or held already")
    raise AlreadyHeld("every post is held already")


def _tell(session: Session, role_request: RoleRequest, account: Account, now: datetime) -> None:
    environment = role_request.environment
    outbox.add(session, task=Task.ROUTE_ROLE_REQUESTS, queue=Queue.ROUTING, subject_id=role_request.id)
    queue_email(
        session,
        template="request-received",
        to=Recipient.of(account),
        now=now,
        environment=environment,
        role_request_id=role_request.id,
    )
    audit.record(
        session,
        action="role_request.submitted",
        actor=audit.by_account(account.id),
        subject_type="role_request",
        subject_id=role_request.id,
        now=now,
        environment=environment,
        kind=role_request.kind,
        post_ids=[str(item.post_id) for item in role_request.items],
    )
