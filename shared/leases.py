"""Rows in the hands of workers: taken, given back, finished.

Each step that every mail takes is one statement on PostgreSQL, where a round trip costs more than the work, and a few
on SQLite, where a statement is a call. Both are made of the same pieces.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any, cast
from uuid import UUID

from sqlalchemy import (
    CTE,
    ColumnElement,
    Integer,
    Select,
    String,
    Update,
    bindparam,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    update,
)
from sqlalchemy import cast as sql_cast
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningUpdate

from shared import clock
from shared.direct import send
from shared.domain.deliveries import is_parked
from shared.models import OutboxRow
from shared.rows import table_of

LEASE = timedelta(seconds=30)
"""How long a row stays with a worker that gives no sign of life."""
_LONGEST_ERROR = 200
_TABLE = table_of(OutboxRow)
_ROW = _TABLE.c


@dataclass(frozen=True, slots=True)
class Taken:
    """A row in the hand of a worker."""

    id: UUID
    subject_id: UUID
    worker: int
    attempts: int
    """Temporary answers so far."""
    about: Any = None
    """What was read about its subject; None when nothing was asked, or the subject is gone."""


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """What to find out about the subject of a row that is taken, and what to do with it on the way."""

    at_once: Callable[[CTE, Any], Select[Any]]
    """Continues the statement that takes, on PostgreSQL: a select of more columns from the row that was taken (or from
    none) for the product's time."""
    in_turn: Callable[[Session, UUID, Mapping[str, Any]], Sequence[Any]]
    """Finds out the same by itself, on SQLite."""
    result: Callable[[Sequence[Any]], Any]
    """Makes of the columns what ``Taken`` holds; the first column is None when the subject is gone."""


Then = Callable[[Any], tuple[Update, ...]]
"""Makes the statements that follow from an end, for the product's time as an expression. It is asked once."""


def unfinished(session: Session, row_ids: Sequence[UUID]) -> list[UUID]:
    """Those of the rows that are not over yet: a message that was announced twice names many that are."""
    rows = session.connection().execute(select(_ROW.id, _ROW.finished_at).where(_ROW.id.in_(row_ids)))
    over = {row_id for row_id, finished_at in rows if finished_at is not None}
    return [row_id for row_id in row_ids if row_id not in over]


def take(session: Session, row_id: UUID, *, worker: int, reading: Reading | None = None, **values: Any) -> Taken | None:
    """Lease a row to a worker, for 30 s unless it renews.

    Counts a crash in advance, which recording an outcome takes back: a row that killed its worker five times is for
    ``park``.

    Args:
        session: a transaction that ends before the work begins.
        row_id: the row.
        worker: the number of the worker process.
        reading: what to find out about its subject on the way.
        values: the parameters of that.

    Returns:
        None when it is finished, not due, in other hands, or to be parked.
    """
    take_it = _take_at_once if session.get_bind().dialect.name == "postgresql" else _take_in_turn
    found = take_it(session, row_id, worker, reading, values)
    if found is None:
        return None
    subject_id, attempts, *about = found
    is_there = reading is not None and about[0] is not None
    return Taken(row_id, subject_id, worker, attempts, reading.result(about) if reading and is_there else None)


def park(session: Session, row_id: UUID) -> bool:
    """Finish a row that is due and was taken five times without an outcome: from now on it waits for a person.

    Args:
        session: the transaction in which people are shown that its work is not done.
        row_id: the row, which nobody could take.

    Returns:
        Whether it was parked now.
    """
    at = clock.database_time(session)
    row = _by_key(row_id, skip_locked=True)
    due = select(row.c.id).where(*_is_due(row.c, at), _taken_too_often(row.c))
    parked = session.connection().execute(
        update(_TABLE)
        .where(_ROW.id == due.scalar_subquery())
        .values(
            outcome="parked",
            finished_at=at,
            lease_owner=None,
            leased_until=None,
            last_error=literal("taken ") + sql_cast(_ROW.crashes, String) + " times without an outcome",
        )
        .returning(_ROW.id)
    )
    return parked.one_or_none() is not None


def _take_at_once(
    session: Session, row_id: UUID, worker: int, reading: Reading | None, values: dict[str, Any]
) -> Sequence[Any] | None:
    statement = _take_and_read(*clock.in_sql(session), reading)
    found: Sequence[Any] | None = send(session, statement, values | {"row_id": row_id, "worker": worker}).fetchone()
    return found


def _take_in_turn(
    session: Session, row_id: UUID, worker: int, reading: Reading | None, values: dict[str, Any]
) -> Sequence[Any] | None:
    at = clock.database_time(session)
    which = {"row_id": row_id, "worker": worker, "at": at, "until": at + LEASE}
    taken = session.connection().execute(_lease_in_turn(), which).one_or_none()
    if taken is None or reading is None:
        return taken
    return *taken, *reading.in_turn(session, taken.subject_id, values)


def finish(
    session: Session, row: Taken, outcome: str, *, error: str | None = None, then: Then | None = None, **values: Any
) -> bool:
    """Record that the work is over: ``done``, ``refused`` or ``obsolete``.

    Records it also when the lease was lost meanwhile: what happened, happened, and must not happen twice.

    Args:
        session: the transaction.
        row: what was taken.
        outcome: the word for it.
        error: what the mail server said, if it said no.
        then: what else this end changes, in the same statement or not at all.
        values: the parameters of that.

    Returns:
        False when somebody recorded an end before, and nothing was changed.
    """
    session.flush()
    error = error and error[:_LONGEST_ERROR]
    if session.get_bind().dialect.name == "postgresql":
        values |= {"row_id": row.id, "outcome": outcome, "error": error}
        return send(session, _end_and_then(*clock.in_sql(session), then), values).fetchone() is not None
    connection = session.connection()
    which = {"row_id": row.id, "outcome": outcome, "error": error, "at": clock.database_time(session)}
    ended = connection.execute(_end_in_turn(), which).first() is not None
    if ended and then:
        values |= {"error": error, "now": clock.now(session)}
        for statement, names in _following(then):
            connection.execute(statement, {name: values[name] for name in names if name in values})
    return ended


def retry(session: Session, row: Taken, *, after: timedelta, error: str, counts: bool = True) -> None:
    """Record a temporary answer: the row is due again ``after`` that time.

    ``counts`` is False when the server as a whole was away, which is not the row's fault. A lease lost meanwhile means
    that somebody else has the row: nothing is changed then.
    """
    due = clock.database_time(session) + after
    how = {"due": due, "error": error[:_LONGEST_ERROR], "counted": int(counts)}
    session.connection().execute(_retry_later(), {"row_id": row.id, "worker": row.worker} | how)


def put_off(session: Session, row: Taken, *, after: timedelta) -> None:
    """Give a row back untried, to be announced ``after`` that time, or with ``announce_afresh``."""
    how = {"due": clock.database_time(session) + after}
    session.connection().execute(_put_off_until(), {"row_id": row.id, "worker": row.worker} | how)


# What follows takes times as parameters, or as PostgreSQL's own expressions. Statements are made once: making one costs
# more than executing it.


def _is_due(row: Any, at: Any) -> tuple[ColumnElement[bool], ...]:
    is_free = or_(row.leased_until.is_(None), row.leased_until <= at)
    return row.finished_at.is_(None), row.next_attempt_at <= at, is_free


def _taken_too_often(row: Any) -> ColumnElement[bool]:
    """The rule of the domain, as an expression."""
    return cast("ColumnElement[bool]", is_parked(row.crashes))


def _lease(row_id: Any, worker: Any, at: Any, until: Any) -> ReturningUpdate[Any]:
    # Whoever has the row locked is taking it: a second worker goes on to the next.
    row = _by_key(row_id, skip_locked=True)
    due = select(row.c.id).where(*_is_due(row.c, at), ~_taken_too_often(row.c))
    return (
        update(_TABLE)
        .where(_ROW.id == due.scalar_subquery())
        .values(crashes=_ROW.crashes + 1, lease_owner=worker, leased_until=until, announce_at=until)
        .returning(_ROW.subject_id, _ROW.attempts)
    )


def _end(row_id: Any, outcome: Any, error: Any, at: Any) -> ReturningUpdate[Any]:
    row = _by_key(row_id)
    return (
        update(_TABLE)
        .where(_ROW.id == select(row.c.id).where(row.c.finished_at.is_(None)).scalar_subquery())
        .values(
            outcome=outcome,
            finished_at=at,
            lease_owner=null(),
            leased_until=null(),
            crashes=0,
            last_error=func.coalesce(error, _ROW.last_error),
        )
        .returning(_ROW.id)
    )


def _let_go(**changes: Any) -> Update:
    # Also a row that was freed meanwhile: an answer came for it, so nobody crashed.
    row = _by_key(bindparam("row_id"))
    is_nobody_elses = row.c.lease_owner.is_(None) | (row.c.lease_owner == bindparam("worker"))
    ours = select(row.c.id).where(row.c.finished_at.is_(None), is_nobody_elses)
    return (
        update(_TABLE)
        .where(_ROW.id == ours.scalar_subquery())
        .values(lease_owner=None, leased_until=None, announcements=0, announce_at=bindparam("due"), **changes)
    )


def _by_key(row_id: Any, *, skip_locked: bool = False) -> CTE:
    """Lock a row, found by nothing but its key.

    Beside the key a condition such as "not finished" is an offer to go through the index of all rows that wait, which
    PostgreSQL accepts while its statistics know few of them, and keeps to, as a plan for good, when there are many.
    """
    columns = (_ROW.id, _ROW.finished_at, _ROW.next_attempt_at, _ROW.leased_until, _ROW.lease_owner, _ROW.crashes)
    return select(*columns).where(_ROW.id == row_id).with_for_update(skip_locked=skip_locked).cte("locked")


@cache
def _take_and_read(now: ColumnElement[Any], at: ColumnElement[Any], reading: Reading | None) -> Select[Any]:
    taken = _lease(bindparam("row_id"), bindparam("worker"), at, at + LEASE).cte("taken")
    if reading is None:
        return select(taken)
    more = reading.at_once(taken, now)
    return more.with_only_columns(taken.c.subject_id, taken.c.attempts, *more.selected_columns)


@cache
def _lease_in_turn() -> ReturningUpdate[Any]:
    return _lease(bindparam("row_id"), bindparam("worker"), bindparam("at"), bindparam("until"))


@cache
def _end_in_turn() -> ReturningUpdate[Any]:
    return _end(bindparam("row_id"), bindparam("outcome"), bindparam("error", type_=String), bindparam("at"))


@cache
def _retry_later() -> Update:
    return _let_go(
        next_attempt_at=bindparam("due"),
        crashes=0,
        attempts=_ROW.attempts + bindparam("counted", type_=Integer),
        last_error=bindparam("error"),
    )


@cache
def _put_off_until() -> Update:
    return _let_go(crashes=_ROW.crashes - 1)


@cache
def _end_and_then(now: ColumnElement[Any], at: ColumnElement[Any], then: Then | None) -> Select[Any]:
    ended = _end(bindparam("row_id"), bindparam("outcome"), bindparam("error", type_=String), at).cte("ended")
    following = [statement.where(exists(select(ended))) for statement in (then(now) if then else ())]
    return select(ended).add_cte(*(one.cte(f"following_{place}") for place, one in enumerate(following)))


@cache
def _following(then: Then) -> list[tuple[Update, list[str]]]:
    return [(statement, [*statement.compile().binds]) for statement in then(bindparam("now"))]
