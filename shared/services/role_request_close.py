"""Ending what a request keeps open once items are over: assignments, links, the kind of role, the request itself."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from shared.domain.environments import Environment
from shared.domain.role_requests import ItemStatus, RequestStatus, request_status
from shared.models import Assignment, RoleRequest, RoleRequestItem
from shared.services import role_kinds
from shared.services.emails import queue_email
from shared.services.profiles import Notification, wants
from shared.services.role_request_assignments import is_open, mail_recipient, open_assignments, use_up_links


def close_what_is_over(
    session: Session,
    role_request: RoleRequest,
    items: Sequence[RoleRequestItem],
    *,
    decided_by: Assignment | None,
    now: datetime,
) -> None:
    """Close what has nothing open any more, after items of a locked request were decided or expired.

    An assignment without an open item is closed and its links are used up; its recipient gets the closing line, but for
    whoever decided, for accounts that are disabled, and for people who switched it off (R64). A request without an open
    item is closed, has no next step, and frees the person's kind of role where nothing else binds it (R30).

    Args:
        session: the transaction that holds the lock of ``role_request``.
        role_request: the request; its version grows.
        items: all its items, as they are now.
        decided_by: the assignment through which it was decided; None when time did it.
        now: the product's time.
    """
    role_request.version += 1
    role_request.status = request_status(ItemStatus(item.status) for item in items)
    if role_request.status == RequestStatus.CLOSED:
        role_request.next_step_at = role_request.nobody_since = None
    session.flush()
    _close_assignments(session, role_request, {item.id for item in items if is_open(item)}, decided_by, now)
    role_kinds.release_if_free(
        session, account_id=role_request.account_id, environment=Environment(role_request.environment)
    )


def _close_assignments(
    session: Session,
    role_request: RoleRequest,
    still_open: Collection[object],
    decided_by: Assignment | None,
    now: datetime,
) -> None:
    over = [
        assignment
        for assignment in open_assignments(session, role_request.id)
        if not any(row.item_id in still_open for row in assignment.items)
    ]
    use_up_links(session, [assignment.id for assignment in over], now=now)
    for assignment in over:
        assignment.closed_at = now
        if assignment is not decided_by and _is_told(assignment):
            queue_email(
                session,
                template="closed",
                to=mail_recipient(assignment),
                now=now,
                environment=role_request.environment,
                role_request_id=role_request.id,
                assignment_id=assignment.id,
            )


def _is_told(assignment: Assignment) -> bool:
    account = assignment.account
    return account is None or (account.disabled_at is None and wants(account, Notification.CLOSING))
