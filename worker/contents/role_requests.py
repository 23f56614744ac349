"""Mails to applicants: received, decided, expired. They name offices, never a person who decided (R72)."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from shared.domain.ladder import AFTER, Step
from shared.domain.progress import Statement
from shared.domain.role_requests import ItemStatus
from shared.models import Assignment, Organisation, RoleRequest, RoleRequestItem
from shared.services.role_request_assignments import is_open, items_of
from shared.services.role_request_verdict import Decision
from shared.services.role_request_views import view_of
from worker.contents.occasion import Contents, Occasion
from worker.contents.posts import names_of, posts_of
from worker.contents.typed_text import name_of, unlinked


def request_received(occasion: Occasion) -> Contents:
    """The request is here: with which office, since, due, what happens next (C4).

    All four as they are at the moment of sending: by then an office may have it, or have decided.
    """
    role_request, items = _request(occasion)
    assignments = _assignments(occasion, role_request)
    view = view_of(role_request)
    return {
        "posts": posts_of(occasion, items),
        "sent": occasion.time(view.created_at),
        "office": _said(occasion, assignments, view.office),
        "since": occasion.time(view.since),
        "due": occasion.time(view.due) if view.due else "",
        "next_step": _said(occasion, assignments, view.next_step),
        "link_url": occasion.page_url,
    }


def outcome(occasion: Occasion) -> Contents:
    """One decision on some or all items of the request, with the office's reason for a rejection (R72).

    Raises:
        RowGone: the request, the assignment or every item is gone.
    """
    email = occasion.email
    _, items = _request(occasion)
    assignment = occasion.row(Assignment, email.assignment_id)
    decided = chosen(items, email.context["item_ids"])
    posts = posts_of(occasion, decided)
    organisations = (occasion.row(Organisation, one) for one in email.context["administrator_of"])
    return {
        "posts": posts,
        "is_accepted": email.context["decision"] == Decision.ACCEPT,
        "office": name_of(assignment.office),
        "decided": occasion.time(decided[0].decided_at or occasion.now),
        "reason": unlinked(decided[0].reason or "").splitlines(),
        "administrator_of": names_of(organisations),
        "waiting": sum(map(is_open, items)),
        "link_url": occasion.page_url,
    }


def expired(occasion: Occasion) -> Contents:
    """Nobody decided in time.

    Raises:
        RowGone: the request is gone, or nothing of it expired.
    """
    role_request, items = _request(occasion)
    over = [item for item in items if item.status == ItemStatus.EXPIRED]
    return {
        "posts": posts_of(occasion, over),
        "sent": occasion.time(role_request.created_at),
        "expired": occasion.time(max(item.decided_at for item in over if item.decided_at)),
        "days": AFTER[Step.EXPIRY].days,
        "offices": names_of(assignment.office for assignment in _assignments(occasion, role_request)),
        "link_url": occasion.page_url,
    }


def chosen(items: Sequence[RoleRequestItem], item_ids: Sequence[str]) -> list[RoleRequestItem]:
    """Those of the items that the context of a mail names."""
    return [item for item in items if str(item.id) in set(item_ids)]


def _request(occasion: Occasion) -> tuple[RoleRequest, Sequence[RoleRequestItem]]:
    role_request = occasion.row(RoleRequest, occasion.email.role_request_id)
    return role_request, items_of(occasion.session, role_request.id)


def _assignments(occasion: Occasion, role_request: RoleRequest) -> Sequence[Assignment]:
    """All assignments of a request in the order of asking, with their offices, which may be many, read in one go."""
    assignments = occasion.session.scalars(
        select(Assignment)
        .where(Assignment.role_request_id == role_request.id)
        .options(joinedload(Assignment.office).joinedload(Organisation.operator))
    )
    return sorted(assignments, key=lambda one: (one.step, one.since, one.office.name))


def _said(occasion: Occasion, assignments: Sequence[Assignment], statement: Statement) -> str:
    offices = {assignment.office.name: assignment.office for assignment in assignments}
    at = occasion.time(statement.at) if statement.at else ""
    office = "; ".join(name_of(offices[name]) for name in statement.offices)
    return occasion.say(statement.sentence, statement.values(at=at) | {"office": office})
