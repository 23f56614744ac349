"""Whether the mail server is there: while it is away, one mail at a time finds out, and no mail is blamed."""

import random
import threading
import time
from datetime import timedelta

PROBE_SECONDS = (1, 2, 5, 10, 30)
"""After the first, second, ... refusal; the last one repeats."""


class ServerWatch:
    """Shared by the threads of one worker process."""

    def __init__(self) -> None:
        """Start in good hope."""
        self._lock = threading.Lock()
        self._refusals = 0
        self._next_probe = 0.0

    def may_try(self) -> bool:
        """True while the server is there; while it is away, for one caller each time a probe is due."""
        with self._lock:
            if not self._refusals:
                return True
            if time.monotonic() < self._next_probe:
                return False
            self._next_probe = time.monotonic() + PROBE_SECONDS[-1]
            return True

    def went_away(self) -> timedelta:
        """Note a refused connection; returns when the refused mail should probe again."""
        with self._lock:
            longest = PROBE_SECONDS[min(self._refusals, len(PROBE_SECONDS) - 1)]
            self._refusals += 1
            seconds = longest * random.uniform(0.8, 1.0)  # noqa: S311 - spreads probes, protects nothing
            self._next_probe = time.monotonic() + seconds
            return timedelta(seconds=seconds)

    def came_back(self) -> bool:
        """Note that the server took a mail; True when it had been away."""
        with self._lock:
            had_been_away = self._refusals > 0
            self._refusals = 0
            return had_been_away
