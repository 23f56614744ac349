"""Working through the rows of one message."""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from uuid import UUID

from worker.heartbeat import Heartbeat

LONGEST = 60.0
"""Seconds after which a batch takes no more rows: the rest is announced again, to whoever is free."""

logger = logging.getLogger(__name__)


def one_by_one(row_ids: Sequence[str], work: Callable[[UUID], None], *, heartbeat: Heartbeat) -> None:
    """Do ``work`` for the rows of one message, while the time of the batch lasts.

    A row whose work fails stays taken without an outcome: nobody renews its lease, it is announced again and, at its
    fifth crash, parked. The other rows of the message do not wait for that.
    """
    for row_id in within_a_minute(row_ids):
        with heartbeat.holding(UUID(row_id)):
            try:
                work(UUID(row_id))
            except Exception:
                logger.exception("a row failed", extra={"row_id": row_id})


def within_a_minute(row_ids: Sequence[str]) -> Iterator[str]:
    """Yield the ids until the time of the batch is over."""
    end = time.monotonic() + LONGEST
    for row_id in row_ids:
        if time.monotonic() >= end:
            return
        yield row_id
