"""Whether the mail server is there: while it is away, one mail at a time finds out, and no mail is blamed."""

import random
import threading
import time
from datetime import timedelta

PROBE_SECONDS = (1, 2, 5, 10, 30)
"""After the first, second, ... refusal; the last one repeats."""
MARGIN = 0.1
"""Seconds by which a refused mail comes back after its probe is due, so that it does not come too early."""


class ServerWatch:
    """Shared by the threads of one worker process."""

    def __init__(self) -> None:
        """Start in good hope."""
        self._lock = threading.Lock()
        self._refusals = 0
        self._next_probe = 0.0
        self._is_probing = False

    def may_try(self) -> bool:
        """True while the server is there; while it is away, for one caller each time a probe is due."""
        with self._lock:
            if not self._refusals:
                return True
            if time.monotonic() < self._next_probe:
                return False
            # A probe that never reports gives way to the next one after a while.
            self._next_probe = time.monotonic() + PROBE_SECONDS[-1]
            self._is_probing = True
            return True

    def was_not_asked(self) -> None:
        """Note that a caller who might have tried had nothing to send: the probe is somebody else's."""
        with self._lock:
            if self._is_probing:
                self._next_probe = time.monotonic()
                self._is_probing = False

    def went_away(self) -> timedelta:
        """Note a refused connection; returns when the refused mail should come back.

        Several mails in flight that meet the same closed door count as one refusal.
        """
        with self._lock:
            if self._is_probing or not self._refusals:
                longest = PROBE_SECONDS[min(self._refusals, len(PROBE_SECONDS) - 1)]
                seconds = longest * random.uniform(0.8, 1.0)  # noqa: S311 - spreads probes, protects nothing
                self._refusals += 1
                self._next_probe = time.monotonic() + seconds
                self._is_probing = False
            return timedelta(seconds=max(0.0, self._next_probe - time.monotonic()) + MARGIN)

    def is_there(self) -> bool:
        """Note that the server answered, whatever it said; True when it had been away."""
        with self._lock:
            had_been_away = self._refusals > 0
            self._refusals = 0
            self._is_probing = False
            return had_been_away
