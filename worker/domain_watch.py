"""Whether the mailboxes of a domain take mails: while they do not, one mail at a time finds out."""

import random
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from datetime import timedelta

REFUSALS = 3
"""Temporary answers in a row after which a domain counts as slow."""
PROBE_SECONDS = (1, 2, 5, 10, 30, 60, 120)
"""After the third, fourth, ... of them; the last one repeats. The first is short: of a domain that refuses one mail in
ten by chance, three in a row are refused once in a thousand."""
MARGIN = 0.1
"""Seconds by which the refused mail comes back after its probe is due, so that it does not come too early."""
BEHIND = 1.0
"""Seconds by which the others come after the probe."""
MOST_DOMAINS = 10_000
"""Domains remembered; beyond them the one that was refused longest ago is forgotten, and asked like any other."""


@dataclass(slots=True)
class _Refusals:
    count: int = 0
    next_probe: float = 0.0
    is_probing: bool = False

    @property
    def is_slow(self) -> bool:
        return self.count >= REFUSALS

    @property
    def pause(self) -> float:
        longest = PROBE_SECONDS[min(self.count - REFUSALS, len(PROBE_SECONDS) - 1)]
        return longest * random.uniform(0.8, 1.0)  # noqa: S311 - spreads probes, protects nothing


class DomainWatch:
    """Shared by the threads of one worker process. What a domain does to its mails holds up no other."""

    def __init__(self) -> None:
        """Start in good hope."""
        self._lock = threading.Lock()
        self._refusals: OrderedDict[str, _Refusals] = OrderedDict()

    def wait(self, domain: str) -> timedelta | None:
        """None when a mail to the domain may be sent, else the time after which it should come back.

        To a slow domain one mail may be sent each time a probe is due.
        """
        with self._lock:
            known = self._refusals.get(domain)
            if known is None or not known.is_slow:
                return None
            now = time.monotonic()
            if now < known.next_probe:
                return timedelta(seconds=known.next_probe - now + BEHIND)
            # A probe that never reports gives way to the next one after a while.
            known.next_probe = now + known.pause
            known.is_probing = True
            return None

    def refused(self, domain: str) -> timedelta | None:
        """Note a temporary answer; returns when the refused mail should come back, None for whenever it likes.

        Several mails in flight that a slow domain refuses count as one.
        """
        with self._lock:
            known = self._refusals.setdefault(domain, _Refusals())
            self._refusals.move_to_end(domain)
            if len(self._refusals) > MOST_DOMAINS:
                self._refusals.popitem(last=False)
            if known.is_probing or not known.is_slow:
                known.count += 1
                known.is_probing = False
                if known.is_slow:
                    known.next_probe = time.monotonic() + known.pause
            if not known.is_slow:
                return None
            return timedelta(seconds=max(0.0, known.next_probe - time.monotonic()) + MARGIN)

    def answered(self, domain: str) -> bool:
        """Note that a mail was taken, or refused for good; True when the domain had been slow."""
        with self._lock:
            known = self._refusals.pop(domain, None)
            return known is not None and known.is_slow

    def broke_off(self, domain: str) -> None:
        """Note that the attempt for a mail ended without an answer: if it was the probe, the next one waits longer."""
        with self._lock:
            known = self._refusals.get(domain)
            if known is not None and known.is_probing:
                known.count += 1
                known.is_probing = False
                known.next_probe = time.monotonic() + known.pause

    def was_not_asked(self, domain: str) -> None:
        """Note that a mail which might have been sent was not: the probe is somebody else's."""
        with self._lock:
            known = self._refusals.get(domain)
            if known is not None and known.is_probing:
                known.next_probe = time.monotonic()
                known.is_probing = False
