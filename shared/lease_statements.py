"""The statements of a row in hand: taking it, giving it back, its end.

They take times as parameters, or as PostgreSQL's own expressions, and are made once: making one costs more than
executing it.
"""

from collections.abc import Callable
from datetime import timedelta
from functools import cache
from typing import Any, Final, cast

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
from sqlalchemy.sql.dml import ReturningUpdate

from shared.domain.deliveries import is_parked
from shared.models import OutboxRow
from shared.rows import table_of

LEASE = timedelta(seconds=30)
"""How long a row stays with a worker that gives no sign of life."""
_TABLE = table_of(OutboxRow)
_ROW = _TABLE.c

Reader = Callable[[CTE, Any], Select[Any]]
"""Continues the statement that takes: a select of more columns from the row that was taken (or from none), for the
product's time."""
Then = Callable[[Any], tuple[Update, ...]]
"""Makes the statements that follow from an end, for the product's time as an expression. It is asked once."""


def is_free(row: Any, at: Any) -> ColumnElement[bool]:
    """True for a row that nobody living has in hand; of those who died the name stays on it until it is taken again."""
    return or_(row.leased_until.is_(None), row.leased_until <= at)


@cache
def take_and_read(now: ColumnElement[Any], at: ColumnElement[Any], read: Reader | None) -> Select[Any]:
    """Lease ``row_id`` to ``worker`` and read about its subject, in one; PostgreSQL only."""
    taken = _lease(at, at + LEASE).cte("taken")
    if read is None:
        return select(taken)
    more = read(taken, now)
    return more.with_only_columns(taken.c.subject_id, taken.c.attempts, *more.selected_columns)


@cache
def end_and_then(now: ColumnElement[Any], at: ColumnElement[Any], then: Then | None) -> Select[Any]:
    """End ``row_id`` with ``outcome`` and ``error``, and change what follows from that, in one; PostgreSQL only."""
    ended = _end(at).cte("ended")
    following_too = [statement.where(exists(select(ended))) for statement in (then(now) if then else ())]
    return select(ended).add_cte(*(one.cte(f"following_{place}") for place, one in enumerate(following_too)))


@cache
def following(then: Then) -> list[tuple[Update, list[str]]]:
    """What follows from an end as statements of their own, each with the names of its parameters; ``now`` is one."""
    return [(statement, [*statement.compile().binds]) for statement in then(bindparam("now"))]


def _is_due(row: Any, at: Any) -> tuple[ColumnElement[bool], ...]:
    return row.finished_at.is_(None), row.next_attempt_at <= at, is_free(row, at)


def _taken_too_often(row: Any) -> ColumnElement[bool]:
    """The rule of the domain, as an expression."""
    return cast("ColumnElement[bool]", is_parked(row.crashes))


def _lease(at: Any, until: Any) -> ReturningUpdate[Any]:
    # Whoever has the row locked is taking it: a second worker goes on to the next.
    row = _by_key(skip_locked=True)
    due = select(row.c.id).where(*_is_due(row.c, at), ~_taken_too_often(row.c))
    return (
        update(_TABLE)
        .where(_ROW.id == due.scalar_subquery())
        .values(crashes=_ROW.crashes + 1, lease_owner=bindparam("worker"), leased_until=until, announce_at=until)
        .returning(_ROW.subject_id, _ROW.attempts)
    )


def _end(at: Any) -> ReturningUpdate[Any]:
    row = _by_key()
    return (
        update(_TABLE)
        .where(_ROW.id == select(row.c.id).where(row.c.finished_at.is_(None)).scalar_subquery())
        .values(
            outcome=bindparam("outcome"),
            finished_at=at,
            lease_owner=null(),
            leased_until=null(),
            crashes=0,
            last_error=func.coalesce(bindparam("error", type_=String), _ROW.last_error),
        )
        .returning(_ROW.id)
    )


def _park(at: Any) -> ReturningUpdate[Any]:
    row = _by_key(skip_locked=True)
    due = select(row.c.id).where(*_is_due(row.c, at), _taken_too_often(row.c))
    return (
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


def _let_go(**changes: Any) -> Update:
    # Also a row that was freed meanwhile: an answer came for it, so nobody crashed.
    row = _by_key()
    is_nobody_elses = row.c.lease_owner.is_(None) | (row.c.lease_owner == bindparam("worker"))
    ours = select(row.c.id).where(row.c.finished_at.is_(None), is_nobody_elses)
    return (
        update(_TABLE)
        .where(_ROW.id == ours.scalar_subquery())
        .values(lease_owner=None, leased_until=None, announcements=0, announce_at=bindparam("due"), **changes)
    )


def _by_key(*, skip_locked: bool = False) -> CTE:
    """Lock a row, found by nothing but its key.

    Beside the key a condition such as "not finished" is an offer to go through the index of all rows that wait, which
    PostgreSQL accepts while its statistics know few of them, and keeps to, as a plan for good, when there are many.
    """
    columns = (_ROW.id, _ROW.finished_at, _ROW.next_attempt_at, _ROW.leased_until, _ROW.lease_owner, _ROW.crashes)
    return select(*columns).where(_ROW.id == bindparam("row_id")).with_for_update(skip_locked=skip_locked).cte("locked")


TAKE: Final = _lease(bindparam("at"), bindparam("until"))
"""Lease ``row_id`` to ``worker``, at a time and until a time."""
END: Final = _end(bindparam("at"))
"""End ``row_id`` with ``outcome`` and ``error``."""
PARK: Final = _park(bindparam("at"))
"""End ``row_id`` when it was taken too often."""
RETRY: Final = _let_go(
    next_attempt_at=bindparam("due"),
    crashes=0,
    attempts=_ROW.attempts + bindparam("counted", type_=Integer),
    last_error=bindparam("error"),
)
"""Give ``row_id`` of ``worker`` back after a temporary ``error``; ``counted`` is 1 when that was the row's fault."""
PUT_OFF: Final = _let_go(crashes=_ROW.crashes - 1)
"""Give ``row_id`` of ``worker`` back untried, until it is ``due``."""
