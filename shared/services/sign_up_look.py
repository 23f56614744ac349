"""Who and what is there already, when somebody signs up: the address, the username (R5, R11)."""

import secrets
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Select, bindparam, exists, literal_column, select, true
from sqlalchemy.orm import Session

from shared import clock
from shared.clock import InSql
from shared.direct import send
from shared.domain import usernames
from shared.domain.email_addresses import normalise
from shared.models import Account
from shared.rows import table_of


class Found(NamedTuple):
    """The account behind the address, locked, or nothing but None; and whether the usernames are taken."""

    account_id: UUID | None
    email: str
    email_language: str
    username_key: str
    password_hash: str | None
    disabled_at: datetime | None
    is_wish_taken: bool
    is_drawn_taken: bool


class Looked(NamedTuple):
    """What was asked and what was found. Usernames are given as columns of an account."""

    email_key: str
    wish: dict[str, Any] | None
    drawn: dict[str, Any]
    """To be assigned when there is no wish, or somebody has that name."""
    found: Found


_COLUMNS = table_of(Account).c
_FOUND = (
    select(
        _COLUMNS.id,
        _COLUMNS.email,
        _COLUMNS.email_language,
        _COLUMNS.username_key,
        _COLUMNS.password_hash,
        _COLUMNS.disabled_at,
    )
    .where(_COLUMNS.email_key == bindparam("email_key"))
    .with_for_update()
    .cte("found")
)
_LOOK = select(
    _FOUND,
    exists().where(_COLUMNS.username_key == bindparam("wish_key")).label("is_wish_taken"),
    exists().where(_COLUMNS.username_key == bindparam("drawn_key")).label("is_drawn_taken"),
).select_from(select(literal_column("1")).subquery("always").outerjoin(_FOUND, true()))
"""One row, whatever there is."""


def look(session: Session, *, email: str, username: str | None) -> Looked:
    """Look for an address and a username, and lock the account that is found.

    On PostgreSQL the statement brings the time along: who looks before asking ``clock.now`` saves a round trip.
    """
    drawn = _columns(_draw(), was_assigned=True)
    wish = _columns(username, was_assigned=False) if username else None
    keys = {
        "email_key": normalise(email),
        "wish_key": (wish or drawn)["username_key"],
        "drawn_key": drawn["username_key"],
    }
    if session.get_bind().dialect.name == "postgresql":
        *found, now, database_time = send(session, _with_time(clock.in_sql(session)), keys).fetchone()
        clock.note(session, now=now, database_time=database_time)
    else:
        found = send(session, _LOOK, keys).fetchone()
    return Looked(keys["email_key"], wish, drawn, Found(*found))


@cache
def _with_time(times: InSql) -> Select[Any]:
    return _LOOK.add_columns(times.now, times.database_time)


def _columns(username: str, *, was_assigned: bool) -> dict[str, Any]:
    key = usernames.skeleton(username)
    return {"username": username, "username_key": key, "username_was_assigned": was_assigned}


def _draw() -> str:
    number = secrets.randbelow(len(usernames.ALPHABET) ** usernames.ASSIGNED_CHARACTERS)
    drawn = ""
    for _ in range(usernames.ASSIGNED_CHARACTERS):
        number, place = divmod(number, len(usernames.ALPHABET))
        drawn += usernames.ALPHABET[place]
    return usernames.assign(drawn)
