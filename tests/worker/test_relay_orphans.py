"""When a row in hand is given to somebody else: not as soon as a connection is lost, but soon after a process is."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from shared import outbox
from shared.db import Database
from shared.models import Account, OutboxRow
from tests.worker.conftest import Broker, Office, until
from worker import relay as relay_module
from worker.relay import Relay

pytestmark = pytest.mark.services
Rows = Callable[[type[Any]], Sequence[Any]]


@pytest.fixture
def taken(database: Database, office: Office, ann: Account) -> None:
    """A row in the hands of a worker that does not hold its lock."""
    row_id = office.notice(ann)
    with database.transaction() as session:
        assert outbox.take(session, row_id, worker=8) is not None


def test_a_worker_that_just_lost_its_connection_keeps_what_it_is_sending(
    broker: Broker, relays: Callable[[], Relay], taken: None, rows: Rows
) -> None:
    relay = relays()

    relay.one_pass()
    relay.one_pass()

    assert rows(OutboxRow)[0].lease_owner == 8


def test_a_worker_that_stays_away_loses_what_it_had_in_hand(
    broker: Broker, relays: Callable[[], Relay], taken: None, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay_module, "MISSING_FOR", 0.2)
    relay = relays()

    def is_free() -> bool:
        relay.one_pass()
        return rows(OutboxRow)[0].lease_owner is None

    until(is_free)
