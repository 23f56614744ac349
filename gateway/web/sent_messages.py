"""The green message after a request was sent (R61)."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from gateway.languages import gettext
from shared.domain.errors import AlreadyHeld, AlreadyRequested, TooManyRequests
from shared.domain.organisations import N_
from shared.models import Post
from shared.services.role_request_submit import Submitted

_SENT_ONE = N_("Your authorisation request for %(name)s has been sent.")
_SENT_SEVERAL = N_("Your authorisation request for %(name)s and %(count)d more has been sent.")
_LEFT_OUT = {
    AlreadyHeld.code: N_("Left out, because you hold it already: %(names)s."),
    AlreadyRequested.code: N_("Left out, because you have asked for it already: %(names)s."),
    TooManyRequests.code: N_("Left out, because you took it back within the last hour: %(names)s."),
}
_MOST_NAMED = 5
_LONGEST_NAME = 80
"""Messages wait in the cookie, which holds 4 kB."""


def sent_messages(session: Session, submitted: Submitted) -> list[str]:
    """Say what was sent, and what was left out of it and why; to be shown once it is committed."""
    items = submitted.role_request.items
    first = session.get_one(Post, items[0].post_id)
    several = len(items) > 1
    values = {"name": _short(first.organisation.name), "count": len(items) - 1}
    messages = [gettext(_SENT_SEVERAL if several else _SENT_ONE) % values]
    for reason, sentence in _LEFT_OUT.items():
        left_out = [post_id for post_id, why in submitted.skipped if why == reason]
        if left_out:
            posts = session.scalars(
                select(Post).where(Post.id.in_(left_out)).options(joinedload(Post.organisation)).order_by(Post.code)
            )
            messages.append(gettext(sentence) % {"names": _names(posts)})
    return messages


def _names(posts: Iterable[Post]) -> str:
    names = [post.code or _short(post.organisation.name) for post in posts]
    more = [f"+ {len(names) - _MOST_NAMED}"] if len(names) > _MOST_NAMED else []
    return ", ".join(names[:_MOST_NAMED] + more)


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}…"
