"""The relay on RabbitMQ: quorum queues, and what may happen to them."""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from kombu.connection import Connection

from shared import clock
from shared.messages import Queue
from shared.models import Account, OutboxRow
from tests.rabbitmq import QUORUM, Freezer, declare, delete_queues, own_rabbitmq, waiting
from tests.worker.conftest import Office, many_rows
from worker import app, queues, relay
from worker.relay import Relay

Rows = Callable[[type[Any]], Sequence[Any]]
pytestmark = [pytest.mark.services]


@pytest.fixture
def rabbitmq(environment: pytest.MonkeyPatch) -> Iterator[str]:
    with own_rabbitmq() as url:
        environment.setenv("BROKER_URL", url)
        yield url


def test_the_queues_that_the_relay_makes_are_quorum_queues(
    rabbitmq: str, relays: Callable[[], Relay], office: Office, ann: Account
) -> None:
    office.notice(ann)

    relays().one_pass()

    assert waiting("mail.urgent") == 1
    declare(QUORUM)  # fails when one of them is anything else


def test_they_can_be_classic_ones(
    rabbitmq: str, environment: pytest.MonkeyPatch, relays: Callable[[], Relay], office: Office, ann: Account
) -> None:
    environment.setenv("BROKER_QUEUE_TYPE", "classic")
    office.notice(ann)

    relays().one_pass()

    assert waiting("mail.urgent") == 1
    declare({})


def test_a_queue_of_another_kind_is_told_of_and_the_rows_wait_until_it_is_deleted(
    *,
    rabbitmq: str,
    relays: Callable[[], Relay],
    office: Office,
    ann: Account,
    rows: Rows,
    caplog: pytest.LogCaptureFixture,
) -> None:
    declare({})
    one = relays()
    office.notice(ann)

    with pytest.raises(one._passing) as found:
        one.one_pass()
    one._wait_after(found.value)

    assert "of another kind than BROKER_QUEUE_TYPE says" in caplog.text
    assert rows(OutboxRow)[0].announcements == 0
    delete_queues()
    one.one_pass()
    assert waiting("mail.urgent") == 1


@pytest.mark.slow
def test_a_message_that_is_handed_out_too_often_is_dropped_and_its_row_announced_again(
    rabbitmq: str, relays: Callable[[], Relay], office: Office, ann: Account
) -> None:
    office.notice(ann)
    one = relays()
    one.one_pass()

    with Connection(rabbitmq) as connection:
        channel = connection.channel()
        times = 0
        while (message := channel.basic_get("mail.urgent")) is not None:
            channel.basic_reject(message.delivery_tag, requeue=True)
            times += 1
            time.sleep(0.1)

    assert times == queues.DELIVERY_LIMIT + 1
    office.make_due()
    one.one_pass()
    assert waiting("mail.urgent") == 1


def test_a_queue_that_nobody_empties_grows_no_further_than_it_may(
    rabbitmq: str, relays: Callable[[], Relay], office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queues, "LONGEST", 5)
    many_rows(office.database, 1_000, Queue.MAIL_URGENT)
    one = relays()

    for _ in range(5):
        one.one_pass()
        office.make_due()

    assert waiting("mail.urgent") == 10, "one pass, and no other"


@pytest.mark.slow
def test_a_broker_that_freezes_does_not_hold_the_relay(
    *,
    rabbitmq: str,
    environment: pytest.MonkeyPatch,
    relays: Callable[[], Relay],
    office: Office,
    ann: Account,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(app.RABBITMQ, "read_timeout", 1)
    monkeypatch.setattr(relay, "CONFIRM_WITHIN", 1)
    way = Freezer()
    way.start()
    environment.setenv("BROKER_URL", way.url)
    one = relays()
    office.notice(ann)
    one.one_pass()
    way.freeze()
    office.notice(ann)

    with pytest.raises(one._passing):
        one.one_pass()
    way.thaw()

    one.one_pass()
    with office.database.reading() as session:
        told = session.query(OutboxRow).where(OutboxRow.announce_at > clock.database_time(session)).count()
    assert told == 2
    way.close()
