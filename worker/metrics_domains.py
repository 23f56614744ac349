"""Which recipients' domains have figures of their own: few, so that no stranger can make the list long."""

import math
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

MOST_NAMED: Final = 20
OTHER: Final = "other"
HALF_LIFE: Final = timedelta(hours=12)
"""After that time a mail weighs half: yesterday's wave makes room for today's."""
CHANGE_EVERY: Final = timedelta(hours=1)
CLEARLY: Final = 1.5
"""How many times as heavy a domain must be to take another's place: equal ones would change places for ever."""
MOST_WEIGHED: Final = 2_000
"""Domains whose mails are weighed; beyond, the lightest are forgotten."""
_LONGEST_EXPONENT: Final = 64.0
"""Half-lives until weights are counted from a new origin, long before a float runs over."""


class Domains:
    """The most frequent domains of late; any other is counted under ``other``."""

    def __init__(self) -> None:
        """Know none yet."""
        self.named: frozenset[str] = frozenset()
        self._weights: dict[str, float] = {}
        self._origin: datetime | None = None
        self._changed_at: datetime | None = None

    def label(self, domain: str) -> str:
        """What the mails of a domain are counted under."""
        return domain if domain in self.named else OTHER

    def weigh(self, domains: Iterable[str], now: datetime) -> None:
        """Note mails of this moment, one for each time a domain is given."""
        weight = self._weight_of(now)
        for domain in domains:
            self._weights[domain] = self._weights.get(domain, 0.0) + weight
        if len(self._weights) > MOST_WEIGHED:
            kept = {*self._by_weight(self._weights)[: MOST_WEIGHED // 2], *self.named}
            self._weights = {domain: self._weights[domain] for domain in kept}

    def choose(self, now: datetime) -> None:
        """Name the heaviest: free places are filled at once, taken ones change at most once an hour."""
        waiting = self._by_weight(self._weights.keys() - self.named)
        free = MOST_NAMED - len(self.named)
        named, waiting = self._by_weight({*self.named, *waiting[:free]}), waiting[free:]
        if self._changed_at is None or now - self._changed_at >= CHANGE_EVERY:
            self._changed_at = now
            for newcomer in waiting:
                if self._weights[newcomer] <= CLEARLY * self._weights[named[-1]]:
                    break
                named = self._by_weight([*named[:-1], newcomer])
        self.named = frozenset(named)

    def _by_weight(self, domains: Iterable[str]) -> list[str]:
        return sorted(domains, key=lambda domain: (-self._weights[domain], domain))

    def _weight_of(self, now: datetime) -> float:
        """New mails weigh more, instead of old ones less: nothing has to be touched as time passes."""
        if self._origin is None:
            self._origin = now
        exponent = (now - self._origin) / HALF_LIFE
        if exponent > _LONGEST_EXPONENT:
            shrink = math.exp2(-exponent)
            self._weights = {domain: weight * shrink for domain, weight in self._weights.items()}
            self._origin, exponent = now, 0.0
        return math.exp2(exponent)
