from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy import update

from shared import clock
from shared.db import Database
from shared.models import Email
from tests.builders_figures import a_mail, a_parked_mail
from worker.metrics_mails import MailCounters
from worker.metrics_reading import Reading

MINUTE = timedelta(minutes=1)
Value = Callable[..., float | None]


@pytest.fixture
def mail(database: Database) -> Callable[..., Email]:
    """Write a mail and its work, as other processes do."""

    def write(**changes: Any) -> Email:
        with database.transaction() as session:
            return a_mail(session, **{"state": "sent", "took": timedelta(0)} | changes)

    return write


@pytest.fixture
def value(database: Database, monkeypatch: pytest.MonkeyPatch) -> Value:
    """Read all counters again and give one of them."""
    monkeypatch.setattr("worker.metrics_reading.FRESH", 0)
    registry = CollectorRegistry()
    registry.register(Reading(database, [MailCounters().read]))

    def read(name: str, **labels: str) -> float | None:
        return registry.get_sample_value(f"gatehouse_{name}", labels)

    return read


def mails(
    value: Value, *, template: str = "decide", state: str = "sent", domain: str = "people.example"
) -> float | None:
    return value("mails_total", template=template, state=state, domain=domain)


def test_every_template_and_state_begins_at_zero(value: Value) -> None:
    assert mails(value, template="outcome", state="held", domain="other") == 0


def test_a_domain_is_named_with_a_zero_before_its_first_mail_is_counted_under_it(
    value: Value, mail: Callable[..., Email]
) -> None:
    mails(value)
    mail()

    assert mails(value, domain="other") == 1
    assert mails(value) == 0
    mail()
    assert (mails(value), mails(value, domain="other")) == (1, 1)


@pytest.mark.parametrize("state", ["sent", "refused", "held", "obsolete"])
def test_what_became_of_a_mail_is_counted_once(value: Value, mail: Callable[..., Email], state: str) -> None:
    mails(value)
    mail(state=state)

    assert [mails(value, state=state, domain="other") for _ in range(3)] == [1, 1, 1]


def test_a_parked_mail_counts_as_refused(value: Value, database: Database) -> None:
    with database.transaction() as session:
        a_parked_mail(session, took=timedelta(0))

    assert mails(value, state="refused") == 1


def test_a_row_about_a_mail_that_another_row_had_sent_is_not_counted(value: Value, mail: Callable[..., Email]) -> None:
    mail(row={"outcome": "sent"})

    assert mails(value, domain="other") == 0


def test_frequent_domains_are_known_from_the_first_reading(value: Value, mail: Callable[..., Email]) -> None:
    mail(ago=60 * MINUTE)
    mail()

    assert mails(value) == 1


def test_a_restart_counts_the_last_minutes_and_no_more(value: Value, mail: Callable[..., Email]) -> None:
    mail(ago=4 * MINUTE)
    mail(ago=6 * MINUTE)

    assert mails(value) == 1


def test_a_mail_that_is_committed_late_is_not_missed(value: Value, mail: Callable[..., Email]) -> None:
    mail()
    assert mails(value) == 1
    mail(ago=timedelta(seconds=20))

    assert mails(value) == 2


def test_more_mails_than_are_looked_up_at_once_are_all_counted(value: Value, database: Database) -> None:
    with database.transaction() as session:
        for _ in range(230):
            a_mail(session, state="sent", took=timedelta(0))

    assert mails(value) == 230


def test_the_time_to_deliver_falls_into_buckets(value: Value, mail: Callable[..., Email]) -> None:
    for seconds in (0.04, 0.09, 4, 7_200):
        took = timedelta(seconds=seconds)
        mail(ago=took, took=took)
    mail(state="refused")

    found = {
        limit: value("delivery_seconds_bucket", template="decide", le=limit)
        for limit in ("0.05", "0.1", "0.5", "1.0", "5.0", "30.0", "60.0", "300.0", "1800.0", "+Inf")
    }

    assert list(found.values()) == [1, 2, 2, 2, 3, 3, 3, 3, 3, 4]
    assert value("delivery_seconds_sum", template="decide") == pytest.approx(7_204.13, abs=0.02)


def test_a_mail_that_comes_back_is_counted_when_the_report_comes(
    value: Value, mail: Callable[..., Email], database: Database
) -> None:
    email = mail(ago=60 * MINUTE)
    assert value("bounces_total", domain="people.example") == 0

    with database.transaction() as session:
        session.execute(update(Email).where(Email.id == email.id).values(bounced_at=clock.now(session)))

    assert [value("bounces_total", domain="people.example") for _ in range(2)] == [1, 1]


def test_the_canarys_mails_are_left_out(value: Value, mail: Callable[..., Email], database: Database) -> None:
    with database.reading() as session:
        now = clock.now(session)
    mail()
    for state in ("sent", "refused", "held", "obsolete"):
        mail(state=state, is_canary=True, bounced_at=now)

    assert mails(value) == 1
    for state in ("refused", "held", "obsolete"):
        assert mails(value, state=state, domain="other") == 0
        assert not mails(value, state=state)
    assert value("bounces_total", domain="other") == 0
    assert value("delivery_seconds_count", template="decide") == 1
