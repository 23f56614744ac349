"""One clock for the whole product: the database's (UTC), and in demonstrations an offset that can be moved.

Two readings, both aware UTC. ``now`` is the product's time: links, ladders, everything people see. ``database_time``
never moves: leases, announcements and retries use it, so that advancing the clock cannot send a mail twice.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Integer, column, func, select, table
from sqlalchemy.orm import Session

_DATABASE_TIME: dict[str, ColumnElement[Any]] = {
    "postgresql": func.now(),
    "sqlite": func.strftime("%Y-%m-%d %H:%M:%f", "now"),
}
_OFFSET = select(table("clock_offset", column("seconds", Integer)).c.seconds).scalar_subquery()


def now(session: Session) -> datetime:
    """The product's time, read once per transaction and the same until its end."""
    return _reading(session)[0]


def database_time(session: Session) -> datetime:
    """The database's own time, which no demonstration can move."""
    return _reading(session)[1]


def _reading(session: Session) -> tuple[datetime, datetime]:
    transaction = session.get_transaction() or session.begin()
    known = session.info.get("clock")
    if known is None or known[0] is not transaction:
        known = (transaction, _read(session))
        session.info["clock"] = known
    reading: tuple[datetime, datetime] = known[1]
    return reading


def _read(session: Session) -> tuple[datetime, datetime]:
    reading = _DATABASE_TIME[session.get_bind().dialect.name]
    if not session.info.get("clock_can_be_moved"):
        time = _utc(session.scalar(select(reading)))
        return time, time
    time, offset = session.execute(select(reading, _OFFSET)).one()
    return _utc(time) + timedelta(seconds=offset or 0), _utc(time)


def _utc(value: Any) -> datetime:
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    return datetime.fromisoformat(value).replace(tzinfo=UTC)
