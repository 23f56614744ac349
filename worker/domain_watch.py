"""Whether the mailboxes of a domain take mails: while they do not, one mail at a time finds out.

A mailbox that refuses again tells of itself, not of the domain: only different mailboxes count.
"""

import random
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import timedelta

REFUSALS = 3
"""Mailboxes with a temporary answer, while none takes a mail, after which a domain counts as slow."""
PROBE_SECONDS = (1, 2, 5, 10, 30, 60, 120)
"""After the third, fourth, ... of them; the last one repeats. The first is short: of a domain that refuses one mail in
ten by chance, three in a row are refused once in a thousand."""
MARGIN = 0.1
"""Seconds by which the mail that is to be the probe comes after it is due, so that it does not come too early."""
BEHIND = 1.0
"""Seconds by which all others come after the probe."""
MOST_DOMAINS = 10_000
"""Domains remembered; beyond them the one that was refused longest ago is forgotten, and asked like any other."""
_MOST_MAILBOXES = REFUSALS + len(PROBE_SECONDS)
"""Mailboxes remembered of a domain: with more, the pause grows no longer."""


@dataclass(slots=True)
class _Refusals:
    mailboxes: set[str] = field(default_factory=set)
    """Those that refused since the domain last took a mail."""
    next_probe: float = 0.0
    is_probing: bool = False
    has_next: bool = False
    """True when somebody will come for the next probe."""

    @property
    def is_slow(self) -> bool:
        return len(self.mailboxes) >= REFUSALS

    @property
    def _pause(self) -> float:
        longest = PROBE_SECONDS[min(len(self.mailboxes) - REFUSALS, len(PROBE_SECONDS) - 1)]
        return longest * random.uniform(0.8, 1.0)  # noqa: S311 - spreads probes, protects nothing

    def blame(self, mailbox: str) -> None:
        if len(self.mailboxes) < _MOST_MAILBOXES:
            self.mailboxes.add(mailbox)
        self.is_probing = False
        if self.is_slow:
            self.pause_from(time.monotonic())

    def pause_from(self, now: float) -> None:
        self.next_probe = now + self._pause
        self.has_next = False


class DomainWatch:
    """Shared by the threads of one worker process. What a domain does to its mails holds up no other."""

    def __init__(self) -> None:
        """Start in good hope."""
        self._lock = threading.Lock()
        self._refusals: OrderedDict[str, _Refusals] = OrderedDict()

    def wait(self, domain: str) -> timedelta | None:
        """None when a mail to the domain may be sent, else the time after which it should come back.

        To a slow domain one mail may be sent each time a probe is due; of those that wait, one comes first.
        """
        with self._lock:
            known = self._refusals.get(domain)
            if known is None or not known.is_slow:
                return None
            now = time.monotonic()
            if now < known.next_probe:
                behind = BEHIND if known.has_next else MARGIN
                known.has_next = True
                return timedelta(seconds=known.next_probe - now + behind)
            # A probe that never reports gives way to the next one after a while.
            known.pause_from(now)
            known.is_probing = True
            return None

    def refused(self, domain: str, mailbox: str) -> timedelta:
        """Note a temporary answer; returns the least time after which the refused mail should come back.

        It is nothing for a domain that is not slow, and behind the next probe for one that is: whoever was refused
        leaves the probe to others. Several mails in flight that a slow domain refuses count as one.
        """
        with self._lock:
            known = self._refusals.setdefault(domain, _Refusals())
            self._refusals.move_to_end(domain)
            if len(self._refusals) > MOST_DOMAINS:
                self._refusals.popitem(last=False)
            if known.is_probing or not known.is_slow:
                known.blame(mailbox)
            if not known.is_slow:
                return timedelta(0)
            return timedelta(seconds=max(0.0, known.next_probe - time.monotonic()) + BEHIND)

    def answered(self, domain: str) -> bool:
        """Note that a mail was taken, or refused for good; True when the domain had been slow."""
        with self._lock:
            known = self._refusals.pop(domain, None)
            return known is not None and known.is_slow

    def broke_off(self, domain: str, mailbox: str) -> None:
        """Note that the attempt for a mail ended without an answer: if it was the probe, it counts as refused."""
        with self._lock:
            known = self._refusals.get(domain)
            if known is not None and known.is_probing:
                known.blame(mailbox)

    def was_not_asked(self, domain: str) -> None:
        """Note that a mail which might have been sent was not: the probe is somebody else's."""
        with self._lock:
            known = self._refusals.get(domain)
            if known is not None and known.is_probing:
                known.next_probe = time.monotonic()
                known.is_probing = False
