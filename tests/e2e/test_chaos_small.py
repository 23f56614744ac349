"""``make chaos``, small enough for every day: real processes are killed while people sign up, and nothing is lost."""

import pytest

from tests.chaos.profiles import SMALL
from tests.chaos.run import Order, run

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


def test_nothing_is_lost_while_processes_and_broker_are_killed():
    order = Order(profile="embedded", menu=SMALL, sign_ups=200, rate=10, kills=5, seed=1, role_requests=2)

    outcome = run(order)

    assert [str(finding) for finding in outcome.verdict.findings] == []
    assert outcome.verdict.accepted == 200
    assert outcome.verdict.sent + outcome.verdict.failed == 200
    assert outcome.verdict.duplicates <= outcome.verdict.allowed
    assert outcome.kills.total() == 5
    assert outcome.faults["broker kill"] == outcome.faults["broker stop"] == 1
