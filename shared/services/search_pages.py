"""What the three searches share: pages of results with a cursor, and filters that people type."""

import base64
import binascii
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, and_, literal, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from shared import reference
from shared.domain.contacts import SEARCH_MAX, Unacceptable, single_line
from shared.domain.errors import FieldErrors
from shared.domain.organisations import N_
from shared.domain.searching import fold_for_search
from shared.models import Organisation

LIMIT_DEFAULT = 50
LIMIT_MAX = 200
_CURSOR_MAX = 4000

Item = TypeVar("Item")
Row = TypeVar("Row")
Key = tuple[InstrumentedAttribute[Any], ...]
"""Columns that a list is ordered by; together they name one row."""
BY_NAME: Key = (Organisation.search_name, Organisation.id)


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """A piece of a list, and the cursor that gives the next one; None at the end."""

    items: list[Item]
    next_cursor: str | None


def check_limit(limit: int) -> int:
    """Hand back how many items a page may have: 1 to 200.

    Raises:
        FieldErrors: another number.
    """
    if not 1 <= limit <= LIMIT_MAX:
        raise FieldErrors({"limit": [N_("Give a number from 1 to 200.")]})
    return limit


def after(key: Key, cursor: str | None) -> ColumnElement[bool] | None:
    """Build the condition for what comes after a cursor in the order of ``key``; None without a cursor.

    Raises:
        FieldErrors: it is none that a list of this shape gave out.
    """
    place = place_of(key, cursor)
    if place is None:
        return None
    values = (literal(value, column.type) for value, column in zip(place, key, strict=True))
    return tuple_(*key) > tuple_(*values)


def place_of(key: Key, cursor: str | None) -> list[Any] | None:
    """Read where the page before ended: a value for each column of ``key``; None without a cursor.

    A cursor says that and nothing else: a forged one can only start elsewhere in the same list.

    Raises:
        FieldErrors: it is none that a list of this shape gave out.
    """
    if not cursor:
        return None
    try:
        return _read(cursor, [column.type.python_type for column in key])
    except (ValueError, OverflowError, Unacceptable, binascii.Error, RecursionError):
        raise FieldErrors({"cursor": [N_("Use the cursor that the page before gave.")]}) from None


def page_of(
    rows: Sequence[Row], limit: int, *, item: Callable[[Row], Item], place: Callable[[Row], Iterable[object]]
) -> Page[Item]:
    """Make a page of rows that were asked for with one more than ``limit``.

    ``item`` makes of a row what the list shows; ``place`` gives its values of the key.
    """
    shown = rows[:limit]
    cursor = cursor_of(place(shown[-1])) if len(rows) > limit else None
    return Page([item(row) for row in shown], cursor)


def cursor_of(values: Iterable[object]) -> str:
    """Write a place in a list, a value for each column of its key, as the cursor of what comes after it."""
    text = json.dumps([_written(value) for value in values])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read(cursor: str, kinds: Sequence[type]) -> list[Any]:
    if len(cursor) > _CURSOR_MAX or not cursor.isascii():
        raise ValueError("too long, or not ASCII")
    texts = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
    if not isinstance(texts, list) or len(texts) != len(kinds) or not all(isinstance(text, str) for text in texts):
        raise ValueError("not as many texts as the list has columns")
    # What no name can hold (a NUL, half a character) would make the database fail instead of finding nothing.
    clean = (single_line(text, limit=_CURSOR_MAX) for text in texts)
    return [_moment(text) if kind is datetime else kind(text) for kind, text in zip(kinds, clean, strict=True)]


def _written(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    return value.hex if isinstance(value, UUID) else value


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time without a zone")
    return moment.astimezone(UTC)


def country_code(country: str | None, *, field: str = "country") -> str | None:
    """Read a country filter: a code, an English name, or a label such as ``Belgium (BE)``; None for any.

    Raises:
        FieldErrors: it is no country in the list.
    """
    if not country or not country.strip():
        return None
    found = reference.find_country(country)
    if found is None:
        raise FieldErrors({field: [N_("Choose a country from the list.")]})
    return found.code


def has_words(column: InstrumentedAttribute[str], name: str | None) -> ColumnElement[bool] | None:
    """Build the condition that a folded column holds every word of ``name``, in any order; None without one.

    Raises:
        FieldErrors: ``name`` is over 100 characters or holds control characters.
    """
    words = words_of(name)
    return and_(*(column.contains(word, autoescape=True) for word in words)) if words else None


def words_of(name: str | None) -> list[str]:
    """The words of a name that was typed, folded as the names that are searched; each once, the longest first.

    Raises:
        FieldErrors: ``name`` is over 100 characters or holds control characters.
    """
    words = fold_for_search(typed(name, field="name")).split()
    return sorted(dict.fromkeys(words), key=len, reverse=True)


def typed(text: str | None, *, field: str) -> str:
    """Clean what was typed into a filter; empty when nothing was.

    Raises:
        FieldErrors: it is over 100 characters or holds control characters.
    """
    try:
        return single_line(text or "", limit=SEARCH_MAX)
    except Unacceptable as error:
        raise FieldErrors({field: [str(error)]}) from None
