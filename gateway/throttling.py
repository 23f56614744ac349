"""Limits per caller, counted in the database: they survive a restart and never wait for the broker (S12, S13)."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from flask import request
from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from gateway.application import settings, transaction
from shared import clock
from shared.domain.errors import TooManyRequests
from shared.models import Throttle


@dataclass(frozen=True, slots=True)
class Limit:
    """So many requests in so much time."""

    name: str
    most: int
    window: timedelta


SIGN_UP = Limit("sign-up", 20, timedelta(hours=1))
PASSWORD_LINK = Limit("password-link", 20, timedelta(hours=1))
GUESS = Limit("guess", 20, timedelta(minutes=10))
"""Tokens that are none of ours. Real ones are not counted: an office shares one machine with its mail scanner (S10)."""
LOG_IN = Limit("log-in", 60, timedelta(minutes=10))
"""Per machine."""
LOG_IN_AS = Limit("log-in-as", 10, timedelta(minutes=10))
"""Per machine and address: guessing from one machine does not lock the owner out of another (S13)."""
CAPTCHA = Limit("captcha", 120, timedelta(hours=1))
SOUND = Limit("captcha-sound", 30, timedelta(hours=1))
"""Speaking a code takes a fifth of a second of a core."""
CODE_PAGE = Limit("decide", 60, timedelta(minutes=10))
TOGETHER = Limit("decide-together", 60, timedelta(minutes=10))
"""Per machine and approver: looking at up to fifty requests, or deciding them, is a second's work."""


def check_limit(limit: Limit, *callers: str) -> None:
    """Count this request against a limit of the caller's machine (and of ``callers``, together).

    Raises:
        TooManyRequests: the limit is reached; says when the next window begins.
    """
    if not settings().rate_limits:
        return
    who = "\0".join((limit.name, request.remote_addr or "", *callers))
    key = settings().keyring.mac("throttle", who.encode()) or b""
    with transaction() as session:
        now = clock.now(session)
        start = _window_start(now, limit.window)
        count = _count(session, key, start)
    if count > limit.most:
        wait = start + limit.window - now
        raise TooManyRequests("limit reached", retry_after=max(1, int(wait.total_seconds())))


def _window_start(now: datetime, window: timedelta) -> datetime:
    seconds = int(window.total_seconds())
    return datetime.fromtimestamp(int(now.timestamp()) // seconds * seconds, UTC)


def _count(session: Session, key: bytes, start: datetime) -> int:
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    table: Table = Throttle.__table__  # type: ignore[assignment]
    statement = (
        insert(table)
        .values(key=key, window_start=start, count=1)
        .on_conflict_do_update(index_elements=["key", "window_start"], set_={"count": table.c.count + 1})
        .returning(table.c.count)
    )
    return int(session.scalars(statement).one())
