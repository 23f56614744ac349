"""How often the relay does what costs much: never so seldom that it would be late."""

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from shared.db import Database
from shared.models import Account, AuditEvent, AuditSeal, AuditUnsealed
from tests.worker.conftest import happened, until
from worker import doorbell
from worker import relay as relay_module
from worker.pace import Pace
from worker.relay import Relay

Rows = Callable[[type[Any]], Sequence[Any]]

pytestmark = pytest.mark.usefixtures("broker")


@pytest.fixture
def happens(database: Database, ann: Account) -> Callable[[int], None]:
    """So many events at once."""
    return lambda times: happened(database, ann, times=times)


def test_a_turn_comes_at_once_and_then_not_before_its_time() -> None:
    pace = Pace(0.05)

    assert [pace.take_turn(), pace.take_turn()] == [True, False]
    assert 0 < pace.remaining() <= 0.05
    time.sleep(0.06)
    assert pace.take_turn()


@pytest.mark.req("S45")
def test_what_happens_right_after_a_sealing_is_sealed_within_a_second(
    relays: Callable[[], Relay], happens: Callable[[int], None], rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay_module, "SEAL_EVERY", 0.4)
    monkeypatch.setattr(doorbell, "LONGEST_WAIT", 60.0)
    one = relays()
    thread = threading.Thread(target=one.run)
    thread.start()
    until(one._doorbell._path.exists)
    for number in (1, 2):
        happens(1)
        one._doorbell.ring()

        until(lambda number=number: len(rows(AuditSeal)) == number, patience=1.0)
    one.stop()
    thread.join(timeout=5)

    assert not thread.is_alive()
    assert rows(AuditUnsealed) == []


def test_many_events_are_sealed_in_one_turn_in_several_transactions(
    relays: Callable[[], Relay], happens: Callable[[int], None], rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay_module, "MOST_SEALED", 10)
    happens(35)

    relays().one_pass()

    assert len(rows(AuditSeal)) == len(rows(AuditEvent)) == 35


def test_who_seals_for_too_long_goes_on_with_the_mails(
    relays: Callable[[], Relay], happens: Callable[[int], None], rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay_module, "MOST_SEALED", 10)
    monkeypatch.setattr(relay_module, "SEAL_FOR", 0.0)
    happens(35)
    one = relays()

    one.one_pass()
    first = len(rows(AuditSeal))
    while one._left_unsealed:
        one.one_pass()

    assert first < 35
    assert len(rows(AuditSeal)) == 35


def test_a_worker_that_was_missed_before_a_time_without_looks_counts_anew(
    relays: Callable[[], Relay], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, now = relays(), 1000.0
    monkeypatch.setattr("worker.relay.time.monotonic", lambda: now)
    one._dead({7})
    now += 60

    assert one._dead({7}) == []
    now += relay_module.SEEN_WITHIN - 0.1
    assert one._dead({7}) == []
    now += relay_module.SEEN_WITHIN - 0.1
    assert one._dead({7}) == [7]
