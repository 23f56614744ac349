"""Mails as counters: what became of them, by template and domain, and how long they took."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Final

from prometheus_client.metrics_core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.utils import floatToGoString
from sqlalchemy.orm import Session

from shared import clock
from shared.domain.deliveries import MailState
from shared.services.figures_mails import (
    AT_ONCE,
    Event,
    Finished,
    bounced_since,
    finished_since,
    held_since,
    newest_finished,
    subjects,
)
from worker.metrics_domains import OTHER, Domains
from worker.metrics_journal import Journal

TEMPLATES: Final = tuple(
    sorted(
        folder.name
        for folder in (Path(__file__).parents[1] / "templates" / "email").iterdir()
        if folder.is_dir() and not folder.name.startswith("_")
    )
)
STATES: Final = (MailState.SENT, MailState.REFUSED, MailState.HELD, MailState.OBSOLETE)
BUCKETS: Final = (0.05, 0.1, 0.5, 1.0, 5.0, 30.0, 60.0, 300.0, 1800.0)
"""Upper limits in seconds."""
RANKED_BY: Final = 2_000
"""Mails of the last day by which a process that has just started knows the frequent domains."""


class Deliveries:
    """How long the mails of one template took."""

    def __init__(self) -> None:
        """None yet."""
        self.counts = [0] * (len(BUCKETS) + 1)
        self.total = 0.0

    def add(self, seconds: float) -> None:
        """Note one delivery."""
        self.counts[bisect_left(BUCKETS, seconds)] += 1
        self.total += seconds

    def buckets(self) -> list[tuple[str, float]]:
        """Counts of those that took as long at the most, by limit."""
        limits = [*map(floatToGoString, BUCKETS), "+Inf"]
        return [(limit, float(sum(self.counts[: place + 1]))) for place, limit in enumerate(limits)]


class MailCounters:
    """Counts from the rows, since the start of this process and a little before it.

    Every exporter counts by itself, so several may run; each restart begins anew, as counters may.
    """

    def __init__(self) -> None:
        """Nothing was counted yet."""
        self._domains = Domains()
        self._is_ranked = False
        self._finished: Journal[Finished] = Journal()
        self._held: Journal[Event] = Journal()
        self._bounced: Journal[Event] = Journal()
        self._mails: Counter[tuple[str, MailState, str]] = Counter()
        self._bounces: Counter[str] = Counter()
        self._deliveries = {template: Deliveries() for template in TEMPLATES}

    def read(self, session: Session) -> Iterator[Metric]:
        """Count what is new, and give everything that was counted."""
        at = clock.database_time(session)
        if not self._is_ranked:
            self._rank(session, at)
        self._count_finished(session, at)
        self._count_held(session, clock.now(session))
        self._count_bounced(session, clock.now(session))
        yield from self._families()
        # From the next reading on: a series then shows a zero before its first mail, and no increase is missed.
        self._choose_domains(at)

    def _rank(self, session: Session, at: datetime) -> None:
        newest = newest_finished(session, at - timedelta(days=1), RANKED_BY)
        found = subjects(session, newest).values()
        self._domains.weigh((one.domain for one in found if not one.is_canary), at)
        self._domains.choose(at)
        self._is_ranked = True

    def _count_finished(self, session: Session, at: datetime) -> None:
        events = finished_since(session, self._finished.since(at))
        for batch in self._finished.new(events, AT_ONCE):
            mails = subjects(session, {event.email_id for event in batch})
            for event in batch:
                mail = mails.get(event.email_id)
                if mail is None or mail.is_canary:
                    continue
                self._mails[mail.template, event.state, self._domains.label(mail.domain)] += 1
                self._domains.weigh([mail.domain], at)
                if event.state is MailState.SENT:
                    self._deliveries.setdefault(mail.template, Deliveries()).add(event.seconds)
        self._finished.was_read(at)

    def _count_held(self, session: Session, now: datetime) -> None:
        for batch in self._held.new(held_since(session, self._held.since(now)), AT_ONCE):
            for mail in subjects(session, [event.id for event in batch]).values():
                if not mail.is_canary:
                    self._mails[mail.template, MailState.HELD, self._domains.label(mail.domain)] += 1
        self._held.was_read(now)

    def _count_bounced(self, session: Session, now: datetime) -> None:
        for batch in self._bounced.new(bounced_since(session, self._bounced.since(now)), AT_ONCE):
            for mail in subjects(session, [event.id for event in batch]).values():
                if not mail.is_canary:
                    self._bounces[self._domains.label(mail.domain)] += 1
        self._bounced.was_read(now)

    def _choose_domains(self, at: datetime) -> None:
        self._domains.choose(at)
        shown = {*self._domains.named, OTHER}
        for key in [key for key in self._mails if key[2] not in shown]:
            del self._mails[key]
        for domain in self._bounces.keys() - shown:
            del self._bounces[domain]

    def _families(self) -> Iterator[Metric]:
        mails = CounterMetricFamily("gatehouse_mails", "What became of mails.", labels=["template", "state", "domain"])
        domains = sorted(self._domains.named)
        kinds = {(template, state) for template, state, _ in self._mails}
        shown = {(*kind, OTHER) for kind in product(TEMPLATES, STATES)} | {
            (*kind, domain) for kind in kinds for domain in domains
        }
        for key in sorted(shown | self._mails.keys()):
            mails.add_metric(key, self._mails[key])
        yield mails
        delivery = HistogramMetricFamily(
            "gatehouse_delivery_seconds", "From writing a mail down to the server's yes.", labels=["template"]
        )
        for template, deliveries in sorted(self._deliveries.items()):
            delivery.add_metric([template], deliveries.buckets(), deliveries.total)
        yield delivery
        bounces = CounterMetricFamily(
            "gatehouse_bounces", "Mails reported as not arrived after all.", labels=["domain"]
        )
        for domain in [*domains, OTHER]:
            bounces.add_metric([domain], self._bounces[domain])
        yield bounces
