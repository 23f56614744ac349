"""Rows in the hands of workers: taken, given back, finished.

Each step that every mail takes is one statement on PostgreSQL, where a round trip costs more than the work, and a few
on SQLite, where a statement is a call. Both are made of the same pieces.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared import clock
from shared import lease_statements as statements
from shared.direct import Step, send
from shared.lease_statements import LEASE, Reader, Then
from shared.models import OutboxRow
from shared.rows import table_of

_LONGEST_ERROR = 200
_ROW = table_of(OutboxRow).c


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

    at_once: Reader
    """Does it in the statement that takes, on PostgreSQL."""
    in_turn: Callable[[Step, UUID, Mapping[str, Any]], Sequence[Any]]
    """Finds out the same by itself, on SQLite."""
    result: Callable[[Sequence[Any]], Any]
    """Makes of the columns what ``Taken`` holds; the first column is None when the subject is gone."""


def unfinished(session: Step, row_ids: Sequence[UUID]) -> list[UUID]:
    """Those of the rows that are not over yet: a message that was announced twice names many that are."""
    rows = session.connection().execute(select(_ROW.id, _ROW.finished_at).where(_ROW.id.in_(row_ids)))
    over = {row_id for row_id, finished_at in rows if finished_at is not None}
    return [row_id for row_id in row_ids if row_id not in over]


def take(session: Step, row_id: UUID, *, worker: int, reading: Reading | None = None, **values: Any) -> Taken | None:
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
    take_it = _take_at_once if session.connection().dialect.name == "postgresql" else _take_in_turn
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
    which = {"row_id": row_id, "at": clock.database_time(session)}
    return session.connection().execute(statements.PARK, which).one_or_none() is not None


def _take_at_once(
    session: Step, row_id: UUID, worker: int, reading: Reading | None, values: dict[str, Any]
) -> Sequence[Any] | None:
    statement = statements.take_and_read(*clock.in_sql(session), reading.at_once if reading else None)
    found: Sequence[Any] | None = send(session, statement, values | {"row_id": row_id, "worker": worker}).fetchone()
    return found


def _take_in_turn(
    session: Step, row_id: UUID, worker: int, reading: Reading | None, values: dict[str, Any]
) -> Sequence[Any] | None:
    at = clock.database_time(session)
    which = {"row_id": row_id, "worker": worker, "at": at, "until": at + LEASE}
    taken = session.connection().execute(statements.TAKE, which).one_or_none()
    if taken is None or reading is None:
        return taken
    return *taken, *reading.in_turn(session, taken.subject_id, values)


def finish(
    session: Step, row: Taken, outcome: str, *, error: str | None = None, then: Then | None = None, **values: Any
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
    if session.connection().dialect.name == "postgresql":
        values |= {"row_id": row.id, "outcome": outcome, "error": error}
        return send(session, statements.end_and_then(*clock.in_sql(session), then), values).fetchone() is not None
    connection = session.connection()
    which = {"row_id": row.id, "outcome": outcome, "error": error, "at": clock.database_time(session)}
    ended = connection.execute(statements.END, which).first() is not None
    if ended and then:
        values |= {"error": error, "now": clock.now(session)}
        for statement, names in statements.following(then):
            connection.execute(statement, {name: values[name] for name in names if name in values})
    return ended


def retry(session: Step, row: Taken, *, after: timedelta, error: str, counts: bool = True) -> None:
    """Record a temporary answer: the row is due again ``after`` that time.

    ``counts`` is False when the server as a whole was away, which is not the row's fault. A lease lost meanwhile means
    that somebody else has the row: nothing is changed then.
    """
    due = clock.database_time(session) + after
    how = {"due": due, "error": error[:_LONGEST_ERROR], "counted": int(counts)}
    session.connection().execute(statements.RETRY, {"row_id": row.id, "worker": row.worker} | how)


def put_off(session: Step, row: Taken, *, after: timedelta) -> None:
    """Give a row back untried, to be announced ``after`` that time, or with ``announce_afresh``."""
    how = {"due": clock.database_time(session) + after}
    session.connection().execute(statements.PUT_OFF, {"row_id": row.id, "worker": row.worker} | how)
