"""Finding operators by name on PostgreSQL: what is quick for common words is slow for rare ones."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple

from sqlalchemy import (
    ARRAY,
    ClauseElement,
    ColumnElement,
    Executable,
    Select,
    SQLColumnExpression,
    Text,
    any_,
    func,
    literal,
    or_,
    select,
    text,
    true,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.compiler import SQLCompiler

from shared.models import NameShelf, OperatorName, UnshelvedName
from shared.services.operator_names import (
    ORDER,
    TRIGRAM,
    Place,
    Wanted,
    later,
    later_on_shelf,
    later_shelves,
    loose,
    merged,
    places,
)

NEAREST_SHELVES = 600
"""Shelves looked through one after the other before any index is asked: common words fill a page from them."""
AT_ONCE = 64
"""Shelves that hold the words and are emptied together; where one word is all that is asked, each gives something."""
MOST_AT_ONCE = 512
"""What that grows to where they give little."""
SOME_BATCHES = 2
"""That many of them before the index by content has its turn."""
NEAREST_NAMES = 40_000
"""Operators looked at one after the other where words are common, or none is searched for."""
MOST_HOLDERS = 15_000
"""Names that hold a word, as PostgreSQL expects; the index by content is slow for words that more of them hold."""
MOST_CANDIDATES = 3_000
"""Operators taken from the index by content and put in order."""
_INDEXED = re.compile(rf"[^\W_]{{{TRIGRAM}}}")
"""A piece that pg_trgm makes a trigram of: it knows letters and digits only."""


class Shelf(NamedTuple):
    """The names between which a shelf's are."""

    first_name: str
    last_name: str


def find(session: Session, wanted: Wanted) -> list[Place]:
    """Find the first operators in the order of names that fit."""
    # Which way is quick depends on the words: a plan made once for all of them reads everything for some.
    session.execute(text("SET LOCAL plan_cache_mode = force_custom_plan"))
    if wanted.words:
        return _with_words(session, wanted)
    found = _nearest(session, wanted)
    if len(found) == wanted.most or not wanted.is_filtered:
        return found
    candidates = _candidates(session, wanted)
    return _nearest(session, wanted, count=None) if candidates is None else candidates


def _with_words(session: Session, wanted: Wanted) -> list[Place]:
    new = loose(session, wanted, holds=_hold(UnshelvedName.search_name, wanted), fits=_fit(OperatorName, wanted))
    shelves = _shelves(session, _nearest_shelves(wanted))
    found = _on_shelves(session, wanted, shelves)
    if len(found) < wanted.most:
        are_common = len(shelves) == AT_ONCE
        if wanted.is_filtered or len(wanted.words) > 1:
            found = _narrowed(session, wanted, are_common=are_common)
        else:
            found = _first_on(session, wanted, _batches(session, wanted, by_index=not are_common))
    return merged(wanted, new, found)


def _narrowed(session: Session, wanted: Wanted, *, are_common: bool) -> list[Place]:
    """Find them where most of what holds the words may not fit: they have to go together, or with something else."""
    found: list[Place] = []
    batches = _batches(session, wanted, by_index=not are_common)
    if are_common:
        found = _nearest(session, wanted)
    elif not _is_for_index(session, wanted):
        found = _first_on(session, wanted, islice(batches, SOME_BATCHES))
    if len(found) == wanted.most:
        return found
    candidates = _candidates(session, wanted) if _indexed(wanted) else None
    if candidates is not None:
        return candidates
    return _first_on(session, wanted, batches, [] if are_common else found)


def _first_on(
    session: Session, wanted: Wanted, batches: Iterable[Sequence[Shelf]], found: Sequence[Place] = ()
) -> list[Place]:
    """Add to what was found on the shelves before."""
    # Shelves that are made anew in between may hold again what the ones before held.
    places_found = dict.fromkeys(found)
    for shelves in batches:
        places_found |= dict.fromkeys(_on_shelves(session, wanted, shelves))
        if len(places_found) >= wanted.most:
            break
    return list(places_found)[: wanted.most]


def _nearest(session: Session, wanted: Wanted, count: int | None = NEAREST_NAMES) -> list[Place]:
    """Take what fits from the first operators that come after the page before; from all of them for None."""
    everybody = (
        select(*ORDER, OperatorName.country, OperatorName.activities)
        .where(OperatorName.environment == wanted.environment, *later(wanted))
        .order_by(*ORDER)
        .limit(count)
        .subquery()
    )
    order = (everybody.c.search_name, everybody.c.organisation_id)
    fitting = select(*order).where(*_like(everybody.c.search_name, wanted), *_fit(everybody.c, wanted))
    return places(session, fitting.order_by(*order).limit(wanted.most))


def _nearest_shelves(wanted: Wanted) -> Select[str, str]:
    """The shelves that hold the words, of the first that come after the page before."""
    nearest = select(NameShelf).where(*later_shelves(wanted)).order_by(NameShelf.last_name).limit(NEAREST_SHELVES)
    shelf = nearest.subquery()
    held = select(shelf.c.first_name, shelf.c.last_name).where(*_hold(shelf.c.names, wanted))
    return held.order_by(shelf.c.last_name).limit(AT_ONCE)


def _batches(session: Session, wanted: Wanted, *, by_index: bool) -> Iterator[list[Shelf]]:
    """All shelves that hold the words, some and then more: by the index of their texts, or by looking through them."""
    words = _indexed(wanted) if by_index else []
    held = select(NameShelf.first_name, NameShelf.last_name).where(*later_shelves(wanted))
    if words:
        held = held.where(*(NameShelf.names.contains(word, autoescape=True) for word in words))
        # Said like this, the index by order does not tempt PostgreSQL to read one text after the other.
        held = held.order_by(NameShelf.last_name.concat(""))
    else:
        held = held.where(*_hold(NameShelf.names, wanted)).order_by(NameShelf.last_name)
    at_once, shelves = AT_ONCE, _shelves(session, held.limit(AT_ONCE))
    while shelves:
        yield shelves
        if len(shelves) < at_once:
            return
        at_once = min(2 * at_once, MOST_AT_ONCE)
        shelves = _shelves(session, held.where(NameShelf.last_name > shelves[-1].last_name).limit(at_once))


def _indexed(wanted: Wanted) -> list[str]:
    return [word for word in wanted.words if _INDEXED.search(word)]


def _shelves(session: Session, statement: Select[str, str]) -> list[Shelf]:
    return [Shelf(*row) for row in session.execute(statement)]


def _on_shelves(session: Session, wanted: Wanted, shelves: Sequence[Shelf]) -> list[Place]:
    """Take what fits from some shelves."""
    if not shelves:
        return []
    firsts, lasts = (literal(list(names), ARRAY(Text())) for names in zip(*shelves, strict=True))
    shelf = func.unnest(firsts, lasts).table_valued("first_name", "last_name", name="shelf").render_derived()
    taken = (
        select(*ORDER)
        .where(
            OperatorName.environment == wanted.environment,
            OperatorName.search_name.between(shelf.c.first_name, shelf.c.last_name),
            *_fit(OperatorName, wanted),
            *_like(OperatorName.search_name, wanted),
            *later_on_shelf(wanted),
        )
        # Keeps PostgreSQL from going through all names in their order, with the shelves beside it.
        .offset(0)
        .lateral("taken")
    )
    order = (taken.c.search_name, taken.c.organisation_id)
    return places(session, select(*order).join_from(shelf, taken, true()).order_by(*order).limit(wanted.most))


def _candidates(session: Session, wanted: Wanted) -> list[Place] | None:
    """Take everything that fits from the index by content; None when that is too much."""
    fitting = select(*ORDER).where(
        OperatorName.environment == wanted.environment,
        *(OperatorName.search_name.contains(word, autoescape=True) for word in wanted.words),
        *later_on_shelf(wanted),
    )
    if wanted.country is not None:
        fitting = fitting.where(OperatorName.country == wanted.country)
    if wanted.activities is not None:
        fitting = fitting.where(OperatorName.activities.overlap(wanted.activities))
    if _expected(session, fitting) > MOST_CANDIDATES:
        return None
    candidate = fitting.limit(MOST_CANDIDATES + 1).cte("candidate")
    count = select(func.count()).select_from(candidate).scalar_subquery()
    first = select(candidate, count).order_by(candidate.c.search_name, candidate.c.organisation_id).limit(wanted.most)
    rows = session.execute(first).all()
    if rows and rows[0][-1] > MOST_CANDIDATES:
        return None
    return [Place(*row[:2]) for row in rows]


def _is_for_index(session: Session, wanted: Wanted) -> bool:
    """True when the longest word is rare enough for the index by content."""
    words = _indexed(wanted)
    holders = select(OperatorName.organisation_id).where(
        *(OperatorName.search_name.contains(word, autoescape=True) for word in words[:1])
    )
    return bool(words) and _expected(session, holders) <= MOST_HOLDERS


def _expected(session: Session, statement: ClauseElement) -> int:
    """How many rows PostgreSQL expects of a statement, by its statistics."""
    return int(session.scalars(Explained(statement)).one()[0]["Plan"]["Plan Rows"])


class Explained(Executable, ClauseElement):
    """How PostgreSQL would go about a statement, as JSON; among the rest, how many rows it expects."""

    inherit_cache = False

    def __init__(self, statement: ClauseElement) -> None:
        self.statement = statement


@compiles(Explained)
def _explain(element: Explained, compiler: SQLCompiler, **options: Any) -> str:
    return f"EXPLAIN (FORMAT JSON) {compiler.process(element.statement, **options)}"


def _hold(names: SQLColumnExpression[str], wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    """Conditions on a long text, checked on it alone: no index is tempted by them."""
    return (func.strpos(names, word) > 0 for word in wanted.words)


def _like(name: SQLColumnExpression[str], wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    """The same on a name, for which it is quicker so; as truth values they tempt no index either."""
    return (name.contains(word, autoescape=True).is_(true()) for word in wanted.words)


def _fit(operator: Any, wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    """Conditions that are checked on the operator alone."""
    if wanted.country is not None:
        yield func.coalesce(operator.country, "") == wanted.country
    if wanted.activities is not None:
        yield or_(*(literal(code) == any_(operator.activities) for code in wanted.activities))
