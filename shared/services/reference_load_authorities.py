"""Authorities: rows of a file become organisations, each with its one post."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from shared.domain.environments import Environment
from shared.domain.organisations import OrganisationKind
from shared.domain.searching import search_name
from shared.models import Organisation, Post
from shared.services.reference_changes import Tally, change, made_reference, names, references
from shared.services.reference_row_kinds import AuthorityRow

_Key = tuple[str | None, str | None, str]


def store_authorities(
    session: Session, rows: Sequence[AuthorityRow], *, environment: Environment, now: datetime
) -> Tally:
    """Write authorities, those that are there already over themselves.

    A row is known by its code; without one, or where the code is new, by country, role and name, so that an authority
    keeps its people when its code becomes known.
    """
    known = list(
        session.scalars(
            select(Organisation)
            .where(Organisation.environment == environment, Organisation.kind == OrganisationKind.AUTHORITY)
            .options(selectinload(Organisation.posts))
        )
    )
    by_code = {one.posts[0].code: one for one in known}
    by_name: dict[_Key, Organisation] = {}
    for one in known:
        by_name.setdefault((one.country, one.role, one.search_name), one)
    taken = references(session, environment)
    tally = Tally()
    for row in rows:
        namesake = by_name.get((row.country, row.role, search_name(row.name)))
        organisation: Organisation | None = by_code.get(row.code) if row.code else namesake
        if organisation is None and namesake is not None and namesake.posts[0].code is None:
            organisation = namesake
        is_new = organisation is None
        if organisation is None:
            organisation = _new(row, environment, now, taken)
            session.add(organisation)
            by_name.setdefault((row.country, row.role, organisation.search_name), organisation)
        tally.count(is_new=is_new, is_changed=_update(organisation, row))
    session.flush()
    return tally


def _new(row: AuthorityRow, environment: Environment, now: datetime, taken: set[str]) -> Organisation:
    return Organisation(
        environment=environment,
        kind=OrganisationKind.AUTHORITY,
        reference=row.code or made_reference(row.country, row.role, row.name, taken=taken),
        created_at=now,
        posts=[Post(environment=environment, kind=OrganisationKind.AUTHORITY, code=row.code, country=row.country)],
        **names(row.name),
    )


def _update(organisation: Organisation, row: AuthorityRow) -> bool:
    post = organisation.posts[0]
    # A row that names no code does not take away the one that another source gave.
    code = row.code or post.code
    changes = (
        change(post, code=code, country=row.country),
        change(
            organisation,
            **names(row.name),
            reference=code or organisation.reference,
            address=row.address,
            country=row.country,
            role=row.role,
            takes_requests=row.takes_requests,
            confirmed=row.confirmed,
            source=row.source,
        ),
    )
    return any(changes)
