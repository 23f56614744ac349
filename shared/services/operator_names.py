"""What the two databases share in finding operators by name (R33); docs/decisions/0026 tells the whole."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Executable, and_, literal, or_, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from shared.domain.environments import Environment
from shared.models import NameShelf, OperatorName, UnshelvedName

TRIGRAM = 3
"""Letters that the indexes of texts are made of: a word with fewer is in none of them."""
ORDER = (OperatorName.search_name, OperatorName.organisation_id)


class Place(NamedTuple):
    """Where an operator stands in the order of names."""

    search_name: str
    organisation_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is searched for.

    A name has to hold each of the ``words``, which are folded, somewhere. ``activities`` are codes, one of which has to
    fit; None for any. ``after`` is the last place of the page before; ``most``, how many are wanted.
    """

    environment: Environment
    words: Sequence[str]
    country: str | None
    activities: Sequence[str] | None
    after: Place | None
    most: int

    @property
    def is_filtered(self) -> bool:
        """True when a name alone does not tell whether an operator fits."""
        return self.country is not None or self.activities is not None


Conditions = Sequence[ColumnElement[bool]]


def later(wanted: Wanted) -> Conditions:
    """The condition that an operator comes after the page before; none for the first page."""
    if wanted.after is None:
        return ()
    columns: tuple[InstrumentedAttribute[Any], ...] = ORDER
    values = (literal(value, column.type) for value, column in zip(wanted.after, columns, strict=True))
    return (tuple_(*columns) > tuple_(*values),)


def later_on_shelf(wanted: Wanted) -> Conditions:
    """The same, said so that no index is entered by it: on each shelf it would be entered at the page before."""
    if wanted.after is None:
        return ()
    name, key = wanted.after
    is_namesake = and_(OperatorName.search_name == name, OperatorName.organisation_id > key)
    return (or_(OperatorName.search_name > name, is_namesake),)


def later_shelves(wanted: Wanted) -> Conditions:
    """The conditions that a shelf may hold what comes after the page before."""
    here = NameShelf.environment == wanted.environment
    return (here,) if wanted.after is None else (here, NameShelf.last_name >= wanted.after.search_name)


def loose(
    session: Session, wanted: Wanted, *, holds: Iterable[ColumnElement[bool]], fits: Iterable[ColumnElement[bool]]
) -> list[Place]:
    """Find operators whose names are on no shelf yet.

    To be asked before the shelves are: a name that is put on its shelf in between is then found twice, and not never.
    ``holds`` are the conditions on an unshelved name, ``fits`` those on the operator.
    """
    unshelved = select(UnshelvedName.organisation_id).where(UnshelvedName.environment == wanted.environment, *holds)
    found = select(*ORDER).where(OperatorName.organisation_id.in_(unshelved), *fits, *later_on_shelf(wanted))
    return places(session, found.order_by(*ORDER).limit(wanted.most))


def places(session: Session, statement: Executable) -> list[Place]:
    """Run a statement that selects names and ids."""
    return [Place(*row) for row in session.execute(statement)]


def merged(wanted: Wanted, *lists: Sequence[Place]) -> list[Place]:
    """Make one list of several, in the order of names and ids; it is the database's, for ids compare as bytes there."""
    found = {place for places in lists for place in places}
    return sorted(found, key=lambda place: (place.search_name, place.organisation_id.bytes))[: wanted.most]
