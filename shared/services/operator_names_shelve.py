"""Putting the names of operators on shelves: blocks of names that follow one another (docs/decisions/0026)."""

from datetime import datetime
from typing import Any

from sqlalchemy import column, delete, func, insert, select, table
from sqlalchemy.orm import Session

from shared.models import NameShelf, OperatorName, UnshelvedName
from shared.models.names_triggers import SHELF_WORDS
from shared.settings import Settings

LETTERS = 800
"""Letters on a shelf, some thirty names."""
MOST_UNSHELVED = 2_000
"""Names that a search looks through one by one beside the shelves."""
SHELVE_LOCK = 0x6A7E_5E1F
"""The advisory lock under which one process puts names on shelves; SQLite has one writer anyway."""
_WORDS = table(SHELF_WORDS, column(SHELF_WORDS), column("rowid"), column("names"))


def shelve(session: Session, *, settings: Settings, now: datetime) -> int:
    """Do ``shelve_many``, as a chore."""
    del settings, now
    return shelve_many(session)


def shelve_many(session: Session) -> int:
    """Make the shelves anew where more than 2 000 names are on none; searches go on meanwhile and find everything.

    Ten seconds for a million names on PostgreSQL, half a second for a hundred thousand on SQLite.

    Returns:
        How many names were on none before; 0 when nothing was done.
    """
    if session.get_bind().dialect.name == "postgresql" and not session.scalar(
        select(func.pg_try_advisory_xact_lock(SHELVE_LOCK))
    ):
        return 0
    some = select(UnshelvedName.organisation_id).limit(MOST_UNSHELVED + 1).subquery()
    if session.scalars(select(func.count()).select_from(some)).one() <= MOST_UNSHELVED:
        return 0
    return shelve_all(session)


def shelve_all(session: Session) -> int:
    """Make the shelves anew, whether it pays or not.

    Returns:
        How many names were on none before.
    """
    # In this order: what comes after this statement stays unshelved, what came before is seen by the next.
    unshelved: Any = session.execute(delete(UnshelvedName))
    session.execute(delete(NameShelf))
    session.execute(
        insert(NameShelf).from_select(["number", "environment", "first_name", "last_name", "names"], _shelves())
    )
    if session.get_bind().dialect.name == "sqlite":
        session.execute(insert(_WORDS).values({SHELF_WORDS: "delete-all"}))
        session.execute(insert(_WORDS).from_select(["rowid", "names"], select(NameShelf.number, NameShelf.names)))
    return int(unshelved.rowcount)


def _shelves() -> Any:
    once = select(OperatorName.environment, OperatorName.search_name).distinct().subquery()
    letters = func.sum(func.length(once.c.search_name) + 1).over(
        partition_by=once.c.environment, order_by=once.c.search_name
    )
    placed = select(once, (letters.op("/")(LETTERS)).label("shelf")).subquery()
    first, last = func.min(placed.c.search_name), func.max(placed.c.search_name)
    return select(
        func.row_number().over(order_by=(placed.c.environment, first)),
        placed.c.environment,
        first,
        last,
        func.aggregate_strings(placed.c.search_name, "\n"),
    ).group_by(placed.c.environment, placed.c.shelf)
