"""The three searches of step 2, and the posts behind what was ticked (R33 to R36, R47 to R49, R52 to R55)."""

import re
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, select
from sqlalchemy.orm import Session, contains_eager, selectinload

from shared import reference
from shared.domain.environments import Environment
from shared.domain.errors import FieldErrors, NotFound
from shared.domain.organisations import N_, AuthorityRole, OperatorStatus, OrganisationKind
from shared.domain.searching import fold_code, tidy_code
from shared.models import OperatorName, Organisation, Post
from shared.services.operator_names import Place, Wanted, find
from shared.services.organisations_find import folded_code
from shared.services.organisations_items import (
    AuthorityItem,
    ControlBodyItem,
    ControlBodySuggestion,
    OperatorItem,
    authority_item,
    control_body_item,
    operator_item,
)
from shared.services.search_pages import (
    LIMIT_DEFAULT,
    Key,
    Page,
    after,
    check_limit,
    country_code,
    has_words,
    page_of,
    place_of,
    typed,
    words_of,
)

MOST_SUGGESTIONS = 20
_NUMBER = re.compile(r"[A-Za-z]{2}-\S{1,24}\d")
"""How TRACES numbers look, such as BE-ORG-OP-5."""
_BY_NAME: Key = (Organisation.search_name, Organisation.id)
# All posts of a body together: tick-all is read from top to bottom.
_BY_NAME_AND_CODE: Key = (Organisation.search_name, Organisation.id, Post.code)
_OPERATORS = (
    select(
        Organisation.id,
        Organisation.search_name,
        Post.id.label("post_id"),
        Organisation.name,
        Organisation.traces_number,
        Organisation.address,
        Organisation.country,
        OperatorName.activities,
    )
    .join(Organisation.posts)
    .join(OperatorName, OperatorName.organisation_id == Organisation.id)
)
"""What the list shows of operators."""


def search_operators(
    session: Session,
    *,
    environment: Environment,
    country: str | None = None,
    section: str | None = None,
    activity: str | None = None,
    name: str | None = None,
    cursor: str | None = None,
    limit: int = LIMIT_DEFAULT,
) -> Page[OperatorItem]:
    """Search valid operators, ordered by name then id (R33). An operator that is new or rejected never shows.

    Args:
        session: a transaction, reading is enough.
        environment: where; nothing of the other one is found (R7).
        country: code, English name or label; None for any.
        section: code or English label, any case.
        activity: the same; an operator shows when one of its activities fits both.
        name: words that the name holds, all of them, in any order; case and accents do not matter. A TRACES number
            finds its operator, whatever else is asked for.
        cursor: ``next_cursor`` of the page before, with the same filters.
        limit: items in a page, 1 to 200.

    Raises:
        FieldErrors: by filter.
    """
    most = check_limit(limit)
    place = place_of(_BY_NAME, cursor)
    words = words_of(name)
    if numbered := _with_number(session, environment, name):
        return Page([numbered], None)
    wanted = Wanted(
        environment=environment,
        words=words,
        country=country_code(country),
        activities=_activity_codes(section, activity),
        after=None if place is None else Place(*place),
        most=most + 1,
    )
    if wanted.activities == []:  # a section, and an activity of another one
        return Page([], None)
    found = find(session, wanted)
    ids = [one.organisation_id for one in found]
    rows = {row.id: row for row in session.execute(_OPERATORS.where(Organisation.id.in_(ids)))}
    return page_of([rows[key] for key in ids], most, item=operator_item, place=lambda row: (row.search_name, row.id))


def _with_number(session: Session, environment: Environment, name: str | None) -> OperatorItem | None:
    if name is None or not _NUMBER.fullmatch(name.strip()):
        return None
    row = session.execute(
        _OPERATORS.where(
            Organisation.environment == environment,
            Organisation.traces_number == tidy_code(name),
            Organisation.status == OperatorStatus.VALID,
        )
    ).one_or_none()
    return None if row is None else operator_item(row)


def search_authorities(
    session: Session,
    *,
    environment: Environment,
    country: str | None = None,
    role: str | None = None,
    name: str | None = None,
    cursor: str | None = None,
    limit: int = LIMIT_DEFAULT,
) -> Page[AuthorityItem]:
    """Search authorities that take requests, ordered by name then id (R47).

    Args:
        session: a transaction, reading is enough.
        environment: where.
        country: code, English name or label; None for any.
        role: ``BCP`` or ``CCA``, any case; None for both.
        name: as for operators.
        cursor: as for operators.
        limit: as for operators.

    Raises:
        FieldErrors: by filter.
    """
    statement = _posts(environment, OrganisationKind.AUTHORITY, country, name).where(Organisation.takes_requests)
    if role and role.strip():
        statement = statement.where(Organisation.role == _role(role))
    rows = _rows(session, statement.options(contains_eager(Post.organisation)), _BY_NAME, cursor, limit)
    return page_of(rows, limit, item=authority_item, place=_name_and_id)


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
    statement = _posts(environment, OrganisationKind.CONTROL_BODY, country, name)
    fragment = fold_code(typed(code, field="code"))
    if fragment:
        statement = statement.where(folded_code(Post.code).contains(fragment, autoescape=True))
    rows = _rows(session, _with_recognitions(statement), _BY_NAME_AND_CODE, cursor, limit)
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
        .order_by(*_BY_NAME)
        .limit(check_limit(limit))
    )
    return [ControlBodySuggestion(*row) for row in rows]


def posts_of_control_body(session: Session, *, environment: Environment, organisation_id: UUID) -> list[Post]:
    """List every post of a control body, ordered by code, for the tick box on top of the list (R54).

    Raises:
        NotFound: there is no such control body in this environment.
    """
    statement = _posts(environment, OrganisationKind.CONTROL_BODY, None, None).where(Organisation.id == organisation_id)
    posts = session.scalars(_with_recognitions(statement).order_by(Post.code)).all()
    if not posts:
        raise NotFound("no such control body")
    return list(posts)


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


def _posts(environment: Environment, kind: OrganisationKind, country: str | None, name: str | None) -> Select[Post]:
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


def _with_recognitions(statement: Select[Post]) -> Select[Post]:
    return statement.options(contains_eager(Post.organisation), selectinload(Post.recognitions))


def _rows(session: Session, statement: Select[Post], key: Key, cursor: str | None, limit: int) -> Sequence[Post]:
    following = after(key, cursor)
    if following is not None:
        statement = statement.where(following)
    return session.scalars(statement.order_by(*key).limit(check_limit(limit) + 1)).all()


def _activity_codes(section: str | None, activity: str | None) -> list[str] | None:
    fitting = list(reference.activities())
    if section and section.strip():
        fitting = [one for one in fitting if one.is_in_section(section)]
        if not fitting:
            raise FieldErrors({"section": [N_("Choose a section from the list.")]})
    if activity and activity.strip():
        named = [one for one in reference.activities() if one.is_named(activity)]
        if not named:
            raise FieldErrors({"activity": [N_("Choose an activity from the list.")]})
        fitting = [one for one in fitting if one in named]
    return None if len(fitting) == len(reference.activities()) else [one.code for one in fitting]


def _role(role: str) -> AuthorityRole:
    try:
        return AuthorityRole(role.strip().upper())
    except ValueError:
        raise FieldErrors({"role": [N_("Choose BCP or CCA.")]}) from None


def _name_and_id(post: Post) -> tuple[object, ...]:
    return post.organisation.search_name, post.organisation.id


def _name_id_and_code(post: Post) -> tuple[object, ...]:
    return *_name_and_id(post), post.code
