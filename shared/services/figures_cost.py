"""Keeping figures from becoming the load that they tell of."""

from math import inf
from typing import Final

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

LONGEST_QUESTION: Final = 5.0
"""Seconds after which PostgreSQL gives up on one question."""
_QUERY_CANCELED = "57014"
"""SQLSTATE of a question that was given up on."""


def bound_cost(session: Session, *, seconds: float = inf) -> None:
    """Limit what each question of this transaction may cost the server from here on: 5 s, or fewer ``seconds``.

    SQLite has no server to protect.
    """
    if session.get_bind().dialect.name == "postgresql":
        longest = f"{1000 * min(LONGEST_QUESTION, seconds):.0f}ms"
        session.execute(text("SELECT set_config('statement_timeout', :longest, true)"), {"longest": longest})


def took_too_long(error: DBAPIError) -> bool:
    """True when PostgreSQL gave up on a question because of that limit."""
    return getattr(error.orig, "sqlstate", None) == _QUERY_CANCELED
