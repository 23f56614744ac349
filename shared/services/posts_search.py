"""The posts behind what was ticked, and what the searches for them share."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session, contains_eager, selectinload

from shared.domain.environments import Environment
from shared.domain.errors import NotFound
from shared.domain.organisations import OperatorStatus, OrganisationKind
from shared.models import Organisation, Post
from shared.services.search_pages import Key, after, check_limit, country_code, has_words


def find_posts(session: Session, *, environment: Environment, post_ids: Sequence[UUID]) -> list[Post]:
    """Return posts that were ticked, with their organisations, in the order given; one named twice counts once.

    Raises:
        NotFound: one of them is in no search of this environment.
    """
    wanted = list(dict.fromkeys(post_ids))
    found = session.scalars(
        select(Post)
        .join(Post.organisation)
        .where(
            Post.environment == environment,
            Post.id.in_(wanted),
            Organisation.kind != OrganisationKind.COMMISSION,
            Organisation.takes_requests,
            Organisation.status == OperatorStatus.VALID,
        )
        .options(contains_eager(Post.organisation), selectinload(Post.recognitions))
    )
    by_id = {post.id: post for post in found}
    if len(by_id) < len(wanted):
        raise NotFound("no such post")
    return [by_id[post_id] for post_id in wanted]


def posts_of_kind(
    environment: Environment, kind: OrganisationKind, country: str | None, name: str | None
) -> Select[Post]:
    """Select the posts of one kind of organisation, without the canary's own.

    Args:
        environment: where.
        kind: of the organisations.
        country: of their seat: code, English name or label; None for any.
        name: words that their name holds, in any order; None for any.

    Raises:
        FieldErrors: by filter.
    """
    conditions: list[ColumnElement[bool]] = [
        Organisation.environment == environment,
        Organisation.kind == kind,
        Organisation.is_canary.is_(False),
    ]
    code = country_code(country)
    if code is not None:
        conditions.append(Organisation.country == code)
    named = has_words(Organisation.search_name, name)
    if named is not None:
        conditions.append(named)
    return select(Post).join(Post.organisation).where(*conditions)


def with_recognitions(statement: Select[Post]) -> Select[Post]:
    """Have what a control body is recognised for read along, in one more statement for all of them."""
    return statement.options(contains_eager(Post.organisation), selectinload(Post.recognitions))


def rows_after(session: Session, statement: Select[Post], key: Key, cursor: str | None, limit: int) -> Sequence[Post]:
    """Read what follows a cursor in the order of ``key``, with one post more than ``limit``: it tells of a next page.

    Raises:
        FieldErrors: no such cursor was given out, or the limit is none.
    """
    following = after(key, cursor)
    if following is not None:
        statement = statement.where(following)
    return session.scalars(statement.order_by(*key).limit(check_limit(limit) + 1)).all()


def name_and_id(post: Post) -> tuple[object, ...]:
    """Say where a post stands in a list by name."""
    return post.organisation.search_name, post.organisation.id
