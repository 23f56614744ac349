"""Working through the rows of one message."""

import logging
import time
from collections.abc import Callable, Sequence
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError

from shared.db import is_away
from worker.heartbeat import Heartbeat

LONGEST = 5.0
"""Seconds after which a batch takes no more rows: the rest goes to whoever is free, for a slow one holds it up."""
DATABASE_FOR = 60.0
"""Seconds that a row waits for a database that is away."""
DATABASE_AGAIN = 1.0
"""Seconds until a row is tried again that met no database. Going on to the next would use up every message in moments,
and the rows would wait for their next announcement long after the database is back."""

logger = logging.getLogger(__name__)


def one_by_one(
    row_ids: Sequence[str],
    work: Callable[[UUID], None],
    *,
    heartbeat: Heartbeat,
    give_back: Callable[[Sequence[UUID]], None],
) -> None:
    """Do ``work`` for the rows of one message, while the time of the batch lasts, and give the rest back.

    A row whose work fails stays taken without an outcome: nobody renews its lease, it is announced again and, at its
    fifth crash, parked. The other rows of the message do not wait for that; for a database that is away they do.
    """
    began = time.monotonic()
    rows = [UUID(row_id) for row_id in row_ids]
    for place, row_id in enumerate(rows):
        while not _tried(row_id, work, heartbeat):
            if time.monotonic() - began >= DATABASE_FOR:
                return  # to whom could the rest be given?
            time.sleep(DATABASE_AGAIN)
        rest = rows[place + 1 :]
        if rest and time.monotonic() - began >= LONGEST:
            _hand_over(rest, give_back)
            return


def _hand_over(rest: Sequence[UUID], give_back: Callable[[Sequence[UUID]], None]) -> None:
    try:
        give_back(rest)
    except SQLAlchemyError as error:
        if not is_away(error):
            raise
        logger.warning("the database does not answer; rows wait for their next announcement", extra={"rows": len(rest)})


def _tried(row_id: UUID, work: Callable[[UUID], None], heartbeat: Heartbeat) -> bool:
    """Do the work of one row; false when there was no database to do it with."""
    with heartbeat.holding(row_id):
        try:
            work(row_id)
        except Exception as error:
            if is_away(error):
                logger.warning("the database does not answer; a row waits for it", extra={"row_id": str(row_id)})
                return False
            logger.exception("a row failed", extra={"row_id": str(row_id)})
    return True
