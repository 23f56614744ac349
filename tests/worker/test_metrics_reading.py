from collections.abc import Iterable

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from sqlalchemy import text
from sqlalchemy.orm import Session

from shared.db import Database
from worker.metrics_reading import Reading, Seldom, Source

QUICK = 2.5


def quick(session: Session) -> Iterable[Metric]:
    session.execute(text("SELECT 1"))
    yield GaugeMetricFamily("quick", "Told at once.", QUICK)


def slow(session: Session) -> Iterable[Metric]:
    session.execute(text("SELECT pg_sleep(60)"))
    yield GaugeMetricFamily("slow", "Never told.", 1)


def value(database: Database, name: str, *sources: Source, **labels: str) -> float | None:
    registry = CollectorRegistry()
    registry.register(Reading(database, sources))
    return registry.get_sample_value(name, labels)


def missing(database: Database, *sources: Source) -> dict[str, float]:
    told = {family.name: family.samples for family in Reading(database, sources).collect()}
    return {sample.labels["source"]: sample.value for sample in told["gatehouse_figures_missing"]}


@pytest.mark.services
@pytest.mark.parametrize("sources", [(slow, quick), (quick, slow)])
def test_a_figure_that_takes_too_long_hides_no_other(
    database: Database, monkeypatch: pytest.MonkeyPatch, sources: tuple[Source, ...]
) -> None:
    monkeypatch.setattr("shared.services.figures_cost.LONGEST_QUESTION", 0.1)

    assert value(database, "quick", *sources) == QUICK
    assert missing(database, *sources) == {"slow": 1, "quick": 0}


@pytest.mark.services
def test_many_that_take_too_long_do_not_take_longer_than_prometheus_waits(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worker.metrics_reading.LONGEST", 0.3)

    assert missing(database, quick, slow, slow, quick) == {"quick": 1, "slow": 1}
    assert value(database, "quick", quick, slow) == QUICK


@pytest.mark.services
def test_what_is_asked_seldom_and_takes_too_long_is_not_asked_again_at_once(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.services.figures_cost.LONGEST_QUESTION", 0.1)
    monkeypatch.setattr("worker.metrics_reading.FRESH", 0)
    asked: list[Session] = []

    def source(session: Session) -> Iterable[Metric]:
        asked.append(session)
        yield from slow(session)

    reading = Reading(database, [Seldom(source, every=60.0)])
    told = [family for _ in range(3) for family in reading.collect() if family.name == "gatehouse_figures_missing"]

    assert len(asked) == 1
    assert [sample.value for family in told for sample in family.samples] == [1, 1, 1]


def test_a_fault_of_ours_hides_everything_but_that_the_reading_failed(database: Database) -> None:
    def wrong(session: Session) -> Iterable[Metric]:
        session.execute(text("SELECT nothing FROM nowhere"))
        return []

    assert value(database, "quick", quick, wrong) is None
    assert value(database, "gatehouse_database_up", quick, wrong) == 0
