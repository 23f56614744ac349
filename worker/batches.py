"""Working through the ids of one message."""

import time
from collections.abc import Iterator, Sequence

LONGEST = 60.0
"""Seconds after which a batch takes no more rows: the rest is announced again, to whoever is free."""


def within_a_minute(row_ids: Sequence[str]) -> Iterator[str]:
    """Yield the ids until the time of the batch is over."""
    end = time.monotonic() + LONGEST
    for row_id in row_ids:
        if time.monotonic() >= end:
            return
        yield row_id
