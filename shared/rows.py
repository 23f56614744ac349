"""Rows as plain values, and the one place that writes them without the ORM's unit of work.

Why there is such a place: a sign-up writes six rows. The unit of work needs ten statements for it, a savepoint among
them, and costs three to four times as much, on our side and on the database's, as one statement does
(docs/decisions/0029). What is not done hundreds of times a second goes through the session as ever: ``add``.
"""

import itertools
import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import CTE, Insert, Table, Update, bindparam, insert, literal_column, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session
from sqlalchemy.sql.schema import ScalarElementColumnDefault

from shared.direct import send
from shared.models.base import Base

MOST_VALUES = 50
"""In one statement; the driver works out a longer one anew each time (psycopg's ``_queries``)."""

_POSTGRESQL = postgresql.dialect()  # type: ignore[no-untyped-call]


class Row(NamedTuple):
    """A row that is not written yet: its table's model, and its columns; those that are left out get their default."""

    model: type[Base]
    values: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Changed:
    """Columns of a row that is there: locked by the caller, so that the change cannot fail."""

    model: type[Base]
    id: UUID
    values: dict[str, Any]


def table_of(model: type[Base]) -> Table:
    """The table behind a model, for statements that leave the ORM aside."""
    table: Table = model.__table__  # type: ignore[assignment]
    return table


def add(session: Session, rows: Sequence[Row]) -> None:
    """Write rows with the session's next flush, as objects of the ORM."""
    session.add_all([model(**values) for model, values in rows])


def write(session: Session, rows: Sequence[Row], *, first: Row | Changed | None = None) -> bool:
    """Write rows at once: in one statement on PostgreSQL, in one for each row on SQLite, where a statement is a call.

    What the session holds goes first; objects of the ORM that stand for a ``Changed`` row do not learn of it.

    Args:
        session: the transaction.
        rows: at least one, in the order in which they refer to one another; with ``first``, at most ``MOST_VALUES``
            columns.
        first: what the rows refer to: a row to change, or a new one, which somebody else may be writing at the same
            moment. Then we wait for the other's commit, and nothing is written.

    Returns:
        False when the new row of ``first`` broke a unique constraint and nothing was written.
    """
    session.flush()
    if session.get_bind().dialect.name == "postgresql":
        return _write_together(session, rows, first)
    return _write_in_turn(session, rows, first)


def _write_in_turn(session: Session, rows: Sequence[Row], first: Row | Changed | None) -> bool:
    connection = session.connection()
    if isinstance(first, Changed):
        table = table_of(first.model)
        connection.execute(update(table).where(table.c.id == first.id).values(first.values))
    elif first is not None and connection.execute(_attempt(first.model), first.values).rowcount == 0:
        return False
    for model, values in rows:
        connection.execute(_plain(model), values)
    return True


@cache
def _attempt(model: type[Base]) -> Insert:
    return sqlite.insert(table_of(model)).on_conflict_do_nothing().execution_options(preserve_rowcount=True)


@cache
def _plain(model: type[Base]) -> Insert:
    return insert(table_of(model))


def _write_together(session: Session, rows: Sequence[Row], first: Row | Changed | None) -> bool:
    parts = [(_Verb.INSERT, model, values) for model, values in rows]
    if isinstance(first, Changed):
        parts.insert(0, (_Verb.UPDATE, first.model, {"id": first.id, **first.values}))
    elif first is not None:
        parts.insert(0, (_Verb.TRY, first.model, first.values))
    shape = tuple((verb, model, tuple(values)) for verb, model, values in parts)
    columns = itertools.chain.from_iterable(values.values() for _, _, values in parts)
    values = {f"p{number}": json.dumps(one) if isinstance(one, dict) else one for number, one in enumerate(columns)}
    return send(session, _together(shape), values).rowcount == 1


class _Verb(Enum):
    TRY = auto()
    UPDATE = auto()
    INSERT = auto()


@cache
def _together(shape: tuple[tuple[_Verb, type[Base], tuple[str, ...]], ...]) -> Insert:
    """The statement of a shape, of which there are few: all parts but the last stand in its WITH clause.

    Foreign keys are looked at when the whole statement is over, so the order of the parts does not matter.
    """
    numbers = itertools.count()
    new: CTE | None = None
    parts: list[Insert | Update] = []
    for verb, model, names in shape:
        table = table_of(model)
        values: dict[str, Any] = {name: bindparam(f"p{next(numbers)}", type_=table.c[name].type) for name in names}
        if verb is _Verb.UPDATE:
            parts.append(update(table).where(table.c.id == values.pop("id")).values(values))
        elif verb is _Verb.TRY:
            attempt = postgresql.insert(table).values(_defaults(table) | values).on_conflict_do_nothing()
            new = attempt.returning(table.c.id).cte("new")
        else:
            parts.append(_insert(table, _defaults(table) | values, new))
    *before, last = parts
    return last.add_cte(*(part.cte(f"part_{number}") for number, part in enumerate(before)))  # type: ignore[return-value]


def _insert(table: Table, values: dict[str, Any], new: CTE | None) -> Insert:
    if new is None:
        return insert(table).values(values)
    # From the row that was new: when it was not, there is nothing to insert.
    return insert(table).from_select([*values], select(*values.values()).select_from(new))


def _defaults(table: Table) -> dict[str, Any]:
    """What the ORM would fill in where nothing is said, as constants of the statement."""
    found = {}
    for column in table.c:
        if isinstance(column.default, ScalarElementColumnDefault):
            write = column.type.literal_processor(_POSTGRESQL)
            assert write is not None, f"a default of {column} that cannot be written down"  # noqa: S101
            found[column.key] = literal_column(write(column.default.arg), column.type)
    return found
