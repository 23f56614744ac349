"""The window "Confirm authorisation request for ...", as a page that needs no script (R57 to R60)."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from flask import render_template

from gateway.application import reading
from gateway.schemas.fields import Text
from gateway.schemas.role_requests import AddedWordsSchema
from gateway.security import safe_next
from gateway.web.id_lists import IdList
from gateway.web.refusals import Errors
from shared.domain.environments import Environment
from shared.domain.roles import RoleKind
from shared.models import Account
from shared.services import role_kinds
from shared.services.posts_search import find_posts

LISTS = frozenset({"post_ids"})


class ConfirmationSchema(AddedWordsSchema):
    """What the window sends: the posts it showed, those still ticked, and the search it was opened from."""

    offered = IdList(load_default=list)
    post_ids = IdList(load_default=list)
    back = Text(str.strip)


def confirmation_page(
    account: Account,
    environment: Environment,
    offered: Sequence[UUID],
    *,
    back: str,
    ticked: Collection[UUID] | None = None,
    values: dict[str, Any] | None = None,
    errors: Errors | None = None,
) -> str:
    """Show what is about to be asked for, with room for a message; nothing is sent by showing it.

    Args:
        account: the applicant.
        environment: where.
        offered: the posts chosen in the search, at least one.
        back: the search, for the way out that sends nothing.
        ticked: those of them that are still ticked; None for all.
        values: what was typed before.
        errors: sentences by field.

    Raises:
        NotFound: a post that is in no search of this environment.
    """
    with reading() as session:
        posts = find_posts(session, environment=environment, post_ids=offered)
        held = role_kinds.held_kind(session, account_id=account.id, environment=environment)
    kind = RoleKind(posts[0].kind)
    return render_template(
        "requests/confirm.html",
        kind=kind,
        held=held,
        blocked=held not in {None, kind},
        posts=posts,
        ticked=set(offered if ticked is None else ticked),
        back=safe_next(back),
        values=values or {},
        errors=errors or {},
    )
