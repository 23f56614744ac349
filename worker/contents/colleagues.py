"""The mail to administrators that somebody joined them (R64)."""

from shared.domain.role_requests import ItemStatus
from shared.models import Account, Administrator, Assignment, Organisation, RoleRequest
from shared.services.role_request_assignments import items_of
from worker.contents.occasion import Contents, Occasion
from worker.contents.posts import posts_of
from worker.contents.typed_text import name_of, shortened, unlinked

LONGEST_TITLE = 30
"""Characters of the person's name, and of the organisation's, in the subject."""


def colleague_joined(occasion: Occasion) -> Contents:
    """Somebody was accepted in an organisation of the reader's: who, for which posts, by which office.

    Raises:
        RowGone: the person, the organisation, the request or every item is gone.
    """
    email = occasion.email
    organisation = occasion.row(Organisation, email.context.get("organisation_id"))
    member = occasion.row(Account, email.context.get("member_id"))
    role_request = occasion.row(RoleRequest, email.role_request_id)
    items = [
        item
        for item in items_of(occasion.session, role_request.id)
        if item.post.organisation_id == organisation.id and item.status == ItemStatus.ACCEPTED
    ]
    posts = posts_of(occasion, items)
    name, organisation_name = unlinked(member.full_name), name_of(organisation)
    return {
        "name": name,
        "organisation": organisation_name,
        "title": shortened(name, LONGEST_TITLE),
        "organisation_title": shortened(organisation_name, LONGEST_TITLE),
        "posts": posts,
        "office": name_of(occasion.row(Assignment, items[0].decided_by_assignment_id).office),
        "joined": occasion.time(items[0].decided_at or occasion.now),
        "is_administrator": occasion.session.get(Administrator, (member.id, organisation.id)) is not None,
        "link_url": occasion.page_url,
    }
