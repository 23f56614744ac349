"""Finding operators by name on SQLite, whose index of texts (FTS5, by trigrams) gives the shelves in their order."""

from collections.abc import Iterator

from sqlalchemy import ColumnElement, SQLColumnExpression, column, func, or_, select, table
from sqlalchemy.orm import Session

from shared.models import NameShelf, OperatorName, UnshelvedName
from shared.models.names_triggers import SHELF_WORDS
from shared.services.operator_names import (
    ORDER,
    TRIGRAM,
    Place,
    Wanted,
    later,
    later_on_shelf,
    loose,
    merged,
    places,
)

_WORDS = table(SHELF_WORDS, column("rowid"))


def find(session: Session, wanted: Wanted) -> list[Place]:
    """Find the first operators in the order of names that fit."""
    fits = tuple(_fits(wanted))
    if not wanted.words:
        every = select(*ORDER).where(OperatorName.environment == wanted.environment, *fits, *later(wanted))
        return places(session, every.order_by(*ORDER).limit(wanted.most))
    new = loose(session, wanted, holds=_hold(UnshelvedName.search_name, wanted), fits=fits)
    on_shelf = OperatorName.search_name.between(NameShelf.first_name, NameShelf.last_name)
    found = (
        select(*ORDER)
        .select_from(NameShelf)
        .join(OperatorName, (OperatorName.environment == wanted.environment) & on_shelf)
        # Said like this, no other index is tempting: the one of texts gives the shelves in the order of their numbers.
        .where(_may_hold(wanted), NameShelf.environment.concat("") == wanted.environment)
        .where(*_hold(OperatorName.search_name, wanted), *fits, *later_on_shelf(wanted))
        .order_by(NameShelf.number, *ORDER)
        .limit(wanted.most)
    )
    if wanted.after is not None:
        found = found.where(NameShelf.last_name.concat("") >= wanted.after.search_name)
    return merged(wanted, new, places(session, found))


def _may_hold(wanted: Wanted) -> ColumnElement[bool]:
    long = [word for word in wanted.words if len(word) >= TRIGRAM]
    if not long:
        return func.instr(NameShelf.names, wanted.words[0]) > 0
    phrases = " AND ".join('"{}"'.format(word.replace('"', '""')) for word in long)
    # The operator MATCH wants the name of the table on its left side.
    return NameShelf.number.in_(select(_WORDS.c.rowid).where(column(SHELF_WORDS).op("MATCH")(phrases)))


def _hold(name: SQLColumnExpression[str], wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    return (func.instr(name, word) > 0 for word in wanted.words)


def _fits(wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    if wanted.country is not None:
        yield OperatorName.country == wanted.country
    if wanted.activities is not None:
        yield or_(*(func.instr(OperatorName.activities, f'"{code}"') > 0 for code in wanted.activities))
