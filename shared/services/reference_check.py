"""Looking over the reference data of an environment: what somebody should know before people rely on it."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from shared import reference
from shared.domain.environments import Environment
from shared.domain.organisations import AuthorityRole, OperatorStatus, OrganisationKind
from shared.domain.searching import search_name
from shared.models import Organisation, Post
from shared.services.reference_load import SHIPPED
from shared.services.reference_row_kinds import AuthorityRow, ControlBodyRow
from shared.services.reference_rows import Row, read_file


class Finding(NamedTuple):
    """One thing to know: a stable word for it, whom it concerns (a reference, code or country), and a sentence."""

    topic: str
    subject: str
    sentence: str


def check_reference(session: Session, *, environment: Environment) -> list[Finding]:
    """List what is uncertain, missing or other than shipped in an environment; an empty list means nothing is.

    Who has no living recipient is another question: ``routing check``.
    """
    organisations = list(
        session.scalars(
            select(Organisation)
            .where(Organisation.environment == environment, Organisation.status == OperatorStatus.VALID)
            .options(selectinload(Organisation.posts).selectinload(Post.recognitions))
            .order_by(Organisation.reference)
        )
    )
    authorities = [one for one in organisations if one.kind == OrganisationKind.AUTHORITY]
    bodies = [one for one in organisations if one.kind == OrganisationKind.CONTROL_BODY]
    return [
        *_unconfirmed(organisations),
        *_countries_without_authority(authorities),
        *_bodies_without_seat(bodies),
        *_look_alikes(bodies),
        *_other_than_shipped(organisations),
    ]


def _unconfirmed(organisations: Sequence[Organisation]) -> Iterator[Finding]:
    for one in organisations:
        if one.confirmed or not one.takes_requests:
            continue
        what = f"the role {one.role}" if one.role else "what is said of it"
        yield Finding("unconfirmed", one.reference, f"{one.name}: {what} is not confirmed by its source ({one.source})")


def _countries_without_authority(authorities: Sequence[Organisation]) -> Iterator[Finding]:
    served = {one.country for one in authorities if one.role == AuthorityRole.CCA and one.takes_requests}
    for country in reference.countries().values():
        if country.in_union and country.code not in served:
            yield Finding(
                "no_national_authority", country.code, f"{country.label} has no CCA: its requests go to the Commission"
            )


def _bodies_without_seat(bodies: Sequence[Organisation]) -> Iterator[Finding]:
    for one in bodies:
        if one.country is None:
            yield Finding("no_seat", one.reference, f"{one.name} has no seat: its requests go to the Commission")
        if not one.posts:
            yield Finding("no_code", one.reference, f"{one.name} has no code number any more and shows in no search")


def _look_alikes(bodies: Sequence[Organisation]) -> Iterator[Finding]:
    by_key: dict[str, list[Organisation]] = defaultdict(list)
    for one in bodies:
        by_key[one.look_alike_key].append(one)
    for alike in by_key.values():
        if len(alike) > 1:
            names = ", ".join(f"{one.name} ({one.reference})" for one in alike)
            yield Finding("look_alike", alike[0].reference, f"may be one control body: {names}")


def _other_than_shipped(organisations: Sequence[Organisation]) -> Iterator[Finding]:
    loaded = {place: values for one in organisations for place, values in _loaded(one)}
    for name in SHIPPED:
        for row in read_file(reference.DATA / name).rows:
            place, values = _shipped(row)
            if place not in loaded:
                yield Finding("not_loaded", place[-1], f"{name}, line {row.line} ({row.name}) is not loaded")
            elif loaded.pop(place) != values:
                yield Finding("differs", place[-1], f"{name}, line {row.line} ({row.name}) is loaded with other values")
    for place in sorted(loaded):
        if place[0] != OrganisationKind.OPERATOR:
            yield Finding("not_shipped", place[-1], f"{' '.join(place)} is loaded and in none of the shipped files")


def _loaded(one: Organisation) -> Iterator[tuple[tuple[str, ...], tuple[object, ...]]]:
    if one.kind == OrganisationKind.OPERATOR:
        yield (OrganisationKind.OPERATOR, str(one.traces_number)), (one.name, one.address, one.country)
    for post in one.posts:
        if one.kind == OrganisationKind.AUTHORITY:
            place = (str(one.country), str(one.role), post.code or one.search_name)
            yield (OrganisationKind.AUTHORITY, *place), (one.name, one.address, one.takes_requests)
        for recognition in post.recognitions:
            yield (
                (OrganisationKind.CONTROL_BODY, recognition.regime, str(post.code)),
                (one.search_name, post.country, recognition.categories),
            )


def _shipped(row: Row) -> tuple[tuple[str, ...], tuple[object, ...]]:
    if isinstance(row, AuthorityRow):
        place = (row.country, row.role, row.code or search_name(row.name))
        return (OrganisationKind.AUTHORITY, *place), (row.name, row.address, row.takes_requests)
    if isinstance(row, ControlBodyRow):
        values = (search_name(row.name), row.scope, row.categories)
        return (OrganisationKind.CONTROL_BODY, row.regime, row.code), values
    return (OrganisationKind.OPERATOR, row.traces_number), (row.name, row.address, row.country)
