"""The search for control bodies of step 2, what is suggested while typing, and all codes of one (R52 to R55, C17)."""

from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from shared.domain.environments import Environment
from shared.domain.errors import NotFound
from shared.domain.organisations import OrganisationKind
from shared.domain.searching import fold_code
from shared.models import Organisation, Post
from shared.services.organisations_find import folded_code
from shared.services.organisations_items import ControlBodyItem, ControlBodySuggestion, control_body_item
from shared.services.posts_search import name_and_id, posts_of_kind, rows_after, with_recognitions
from shared.services.search_pages import BY_NAME, LIMIT_DEFAULT, Key, Page, check_limit, has_words, page_of, typed

MOST_SUGGESTIONS = 20
# All posts of a body together: tick-all is read from top to bottom.
_BY_NAME_AND_CODE: Key = (*BY_NAME, Post.code)


def search_control_bodies(
    session: Session,
    *,
    environment: Environment,
    country: str | None = None,
    name: str | None = None,
    code: str | None = None,
    cursor: str | None = None,
    limit: int = LIMIT_DEFAULT,
) -> Page[ControlBodyItem]:
    """Search the posts of control bodies, ordered by the body's name, then by code (R52).

    Args:
        session: a transaction, reading is enough.
        environment: where.
        country: of the body's seat, never the country it certifies: code, English name or label; None for any.
        name: as for operators.
        code: a code number or a piece of one, any case; OKO, ÖKO and ØKO are the same.
        cursor: as for operators.
        limit: as for operators.

    Raises:
        FieldErrors: by filter.
    """
    statement = posts_of_kind(environment, OrganisationKind.CONTROL_BODY, country, name)
    fragment = fold_code(typed(code, field="code"))
    if fragment:
        statement = statement.where(folded_code(Post.code).contains(fragment, autoescape=True))
    rows = rows_after(session, with_recognitions(statement), _BY_NAME_AND_CODE, cursor, limit)
    return page_of(rows, limit, item=control_body_item, place=_name_id_and_code)


def suggest_control_bodies(
    session: Session, *, environment: Environment, text: str | None, limit: int = MOST_SUGGESTIONS
) -> list[ControlBodySuggestion]:
    """List the control bodies whose name holds the words typed, or that have a code holding them, by name (R41, C17).

    Raises:
        FieldErrors: the text is over 100 characters or holds control characters.
    """
    fragment = fold_code(typed(text, field="name"))
    if not fragment:
        return []
    has_name = has_words(Organisation.search_name, text)
    has_code = exists().where(
        Post.organisation_id == Organisation.id, folded_code(Post.code).contains(fragment, autoescape=True)
    )
    rows = session.execute(
        select(Organisation.id, Organisation.name, Organisation.country)
        .where(
            Organisation.environment == environment,
            Organisation.kind == OrganisationKind.CONTROL_BODY,
            has_code if has_name is None else has_name | has_code,
        )
        .order_by(*BY_NAME)
        .limit(check_limit(limit))
    )
    return [ControlBodySuggestion(*row) for row in rows]


def posts_of_control_body(session: Session, *, environment: Environment, organisation_id: UUID) -> list[Post]:
    """List every post of a control body, ordered by code, for the tick box on top of the list (R54).

    Raises:
        NotFound: there is no such control body in this environment.
    """
    statement = posts_of_kind(environment, OrganisationKind.CONTROL_BODY, None, None).where(
        Organisation.id == organisation_id
    )
    posts = session.scalars(with_recognitions(statement).order_by(Post.code)).all()
    if not posts:
        raise NotFound("no such control body")
    return list(posts)


def _name_id_and_code(post: Post) -> tuple[object, ...]:
    return *name_and_id(post), post.code
