"""The search for operators of step 2 (R33 to R36)."""

import re

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared import reference
from shared.domain.environments import Environment
from shared.domain.errors import FieldErrors
from shared.domain.organisations import N_, OperatorStatus
from shared.domain.searching import tidy_code
from shared.models import OperatorName, Organisation, Post
from shared.services.operator_names import Place, Wanted, find
from shared.services.organisations_items import OperatorItem, operator_item
from shared.services.search_pages import (
    BY_NAME,
    LIMIT_DEFAULT,
    Page,
    check_limit,
    country_code,
    page_of,
    place_of,
    words_of,
)

_NUMBER = re.compile(r"[A-Za-z]{2}-\S{1,24}\d")
"""How TRACES numbers look, such as BE-ORG-OP-5."""
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
    place = place_of(BY_NAME, cursor)
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
