"""Taking a request back (C10)."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from shared.domain.environments import Environment
from shared.domain.errors import NotFound
from shared.domain.role_requests import Action, Actor, ItemStatus, apply
from shared.models import Account, RoleRequest, RoleRequestItem
from shared.services import audit
from shared.services.operator_decide import settle_new_operator
from shared.services.role_request_assignments import is_open, items_of, lock_request
from shared.services.role_request_close import close_what_is_over


def withdraw(
    session: Session, *, account: Account, environment: Environment, role_request_id: UUID, now: datetime
) -> RoleRequest:
    """Take back what is still open of one's own request, and tell everybody who was asked that it is over.

    Items that were decided before stay decided. What the request alone held goes with it: a new operator is rejected,
    and the kind of role is free when nothing else of it is pending or valid (R30).

    Args:
        session: the caller's transaction.
        account: the applicant.
        environment: where the request was sent.
        role_request_id: the request.
        now: the product's time; stored as the time at which each item was closed.

    Raises:
        NotFound: no such request of this person in this environment; another person's looks the same (S26).
        AlreadyDecided: all of it was decided, or it expired (S32).
        RequestWithdrawn: it was taken back before.
    """
    role_request = lock_request(session, role_request_id)
    if role_request is None or (role_request.account_id, role_request.environment) != (account.id, environment):
        raise NotFound("no such request of this person")
    items = items_of(session, role_request.id)
    withdrawn = _withdraw_open(items, now)
    for item in withdrawn:
        settle_new_operator(session, item.post.organisation, is_accepted=False)
    close_what_is_over(session, role_request, items, decided_by=None, now=now)
    audit.record(
        session,
        action="role_request.withdrawn",
        actor=audit.by_account(account.id),
        subject_type="role_request",
        subject_id=role_request.id,
        now=now,
        environment=environment,
        item_ids=[str(item.id) for item in withdrawn],
    )
    return role_request


def _withdraw_open(items: Collection[RoleRequestItem], now: datetime) -> list[RoleRequestItem]:
    # Where nothing is open, the domain says why on whatever comes first: taken back before, or else decided.
    withdrawn = [item for item in items if is_open(item)]
    withdrawn = withdrawn or sorted(items, key=lambda item: item.status != ItemStatus.WITHDRAWN)[:1]
    for item in withdrawn:
        item.status = apply(ItemStatus(item.status), Action.WITHDRAW, Actor.APPLICANT)
        item.decided_at = now
    return withdrawn
