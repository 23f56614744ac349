"""What the exporter tells of the canary."""

import time
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy.orm import Session

from shared import clock
from shared.domain.canary import Outcome, Stage
from shared.models import CanaryWalk
from shared.settings import Settings
from worker.metrics_canary import Canary

LAST_SUCCESS = "gatehouse_canary_last_success_timestamp_seconds"


@pytest.fixture
def watched(settings: Settings) -> Settings:
    return replace(settings, canary_email="canary@ops.example")


def a_walk(session: Session, *, ago: timedelta, took: timedelta | None, **changes: Any) -> CanaryWalk:
    """A walk that began some time ago; one that took None is under way."""
    started = clock.database_time(session) - ago
    values: dict[str, Any] = {
        "number": int(started.timestamp() // 300),
        "started_at": started,
        "stage": Stage.EXPIRED_MAIL,
        "stage_since": started,
        "account_id": uuid4(),
        "outcome": None if took is None else Outcome.DONE,
        "finished_at": None if took is None else started + took,
    }
    walk = CanaryWalk(**values | changes)
    session.add(walk)
    session.flush()
    return walk


def told(session: Session, settings: Settings) -> dict[str, float]:
    return {
        sample.name + "".join(sample.labels.values()): sample.value
        for family in Canary(settings).read(session)
        for sample in family.samples
    }


def test_the_end_of_the_newest_walk_that_came_to_its_end_is_told_and_how_long_it_took(
    session: Session, watched: Settings
):
    a_walk(session, ago=timedelta(minutes=20), took=timedelta(seconds=20))
    newest = a_walk(session, ago=timedelta(minutes=10), took=timedelta(seconds=12))

    found = told(session, watched)

    assert newest.finished_at is not None
    assert found[LAST_SUCCESS] == pytest.approx(newest.finished_at.timestamp(), abs=0.001)
    assert found["gatehouse_canary_last_walk_seconds"] == pytest.approx(12)
    assert found["gatehouse_canary_enabled"] == 1
    assert {found[f"gatehouse_canary_failed{stage}"] for stage in Stage} == {0.0}


def test_a_walk_that_failed_is_told_with_its_stage_and_is_no_success(session: Session, watched: Settings):
    done = a_walk(session, ago=timedelta(minutes=20), took=timedelta(seconds=20))
    failed = {"outcome": Outcome.FAILED, "stage": Stage.DECIDE_MAIL}
    a_walk(session, ago=timedelta(minutes=10), took=timedelta(seconds=95), **failed)

    found = told(session, watched)

    assert done.finished_at is not None
    assert found[LAST_SUCCESS] == pytest.approx(done.finished_at.timestamp(), abs=0.001)
    assert {stage: found[f"gatehouse_canary_failed{stage}"] for stage in Stage} == {
        Stage.PASSWORD_MAIL: 0.0,
        Stage.DECIDE_MAIL: 1.0,
        Stage.EXPIRED_MAIL: 0.0,
    }


def test_a_walk_that_comes_to_its_end_takes_the_failure_back(session: Session, watched: Settings):
    failed = {"outcome": Outcome.FAILED, "stage": Stage.DECIDE_MAIL}
    a_walk(session, ago=timedelta(minutes=10), took=timedelta(seconds=95), **failed)
    a_walk(session, ago=timedelta(minutes=5), took=timedelta(seconds=12))

    assert told(session, watched)["gatehouse_canary_faileddecide_mail"] == 0


def test_while_no_walk_ever_came_to_its_end_the_first_beginning_counts(session: Session, watched: Settings):
    first = a_walk(session, ago=timedelta(minutes=30), took=timedelta(seconds=95), outcome=Outcome.FAILED)
    a_walk(session, ago=timedelta(minutes=1), took=None)

    assert told(session, watched)[LAST_SUCCESS] == pytest.approx(first.started_at.timestamp(), abs=0.001)


def test_where_no_walk_ever_began_the_time_counts_since_somebody_watches(session: Session, watched: Settings):
    before = time.time()

    assert told(session, watched)[LAST_SUCCESS] >= before


def test_without_a_canary_everything_is_zero(session: Session, settings: Settings):
    assert set(told(session, settings).values()) == {0.0}
