"""One clock for the whole product: the database's (UTC), and in demonstrations an offset that can be moved.

Two readings, both aware UTC. ``now`` is the product's time: links, ladders, everything people see. ``database_time``
never moves: leases, announcements and retries use it, so that advancing the clock cannot send a mail twice.
"""

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Integer, Select, column, func, literal_column, select, table

from shared.direct import Step, send

_DATABASE_TIME: dict[str, ColumnElement[Any]] = {
    "postgresql": func.now(),
    "sqlite": func.strftime("%Y-%m-%d %H:%M:%f", "now"),
}
_OFFSET = select(table("clock_offset", column("seconds", Integer)).c.seconds).scalar_subquery()


def now(session: Step) -> datetime:
    """The product's time, read once per transaction and the same until its end."""
    return _reading(session)[0]


def database_time(session: Step) -> datetime:
    """The database's own time, which no demonstration can move."""
    return _reading(session)[1]


def in_sql(session: Step) -> "InSql":
    """Both readings as expressions, for a statement that would otherwise have to wait for a question; PostgreSQL only.

    The same at every call, so that statements can be made once.
    """
    reading = _DATABASE_TIME[session.connection().dialect.name]
    return _in_sql(reading, can_be_moved=bool(session.info.get("clock_can_be_moved")))


class InSql(NamedTuple):
    """The two readings as expressions."""

    now: ColumnElement[Any]
    database_time: ColumnElement[Any]


def note(session: Step, *, now: datetime, database_time: datetime) -> None:
    """Keep both readings that a statement of this transaction brought along, so that nobody has to ask again."""
    session.info["clock"] = (_transaction(session), (_utc(now), _utc(database_time)))


def _reading(session: Step) -> tuple[datetime, datetime]:
    transaction = _transaction(session)
    known = session.info.get("clock")
    if known is None or known[0] is not transaction:
        known = (transaction, _read(session))
        session.info["clock"] = known
    reading: tuple[datetime, datetime] = known[1]
    return reading


def _transaction(session: Step) -> object:
    session.connection()  # begins one, if there is none
    return session.get_transaction()


def _read(session: Step) -> tuple[datetime, datetime]:
    plain, with_offset = _statements(_DATABASE_TIME[session.connection().dialect.name])
    if not session.info.get("clock_can_be_moved"):
        time = _utc(send(session, plain, {}).fetchone()[0])
        return time, time
    time, offset = send(session, with_offset, {}).fetchone()
    return _utc(time) + timedelta(seconds=offset or 0), _utc(time)


@cache
def _statements(reading: ColumnElement[Any]) -> tuple[Select[Any], Select[Any]]:
    return select(reading), select(reading, _OFFSET)


@cache
def _in_sql(reading: ColumnElement[Any], *, can_be_moved: bool) -> InSql:
    offset = func.coalesce(_OFFSET, 0) * literal_column("interval '1 second'")
    return InSql(reading + offset if can_be_moved else reading, reading)


def _utc(value: Any) -> datetime:
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    return datetime.fromisoformat(value).replace(tzinfo=UTC)
