import base64
import json
import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any
from uuid import uuid4

import pytest
import redis
from kombu.exceptions import OperationalError as BrokerError

from shared import outbox
from shared.db import Database
from shared.messages import LARGEST_BATCH, Queue, Task
from shared.models import Account, AuditSeal, OutboxRow
from tests.worker.conftest import Broker, Messages, Office, happened, many_rows, nowhere
from worker.relay import Relay

Rows = Callable[[type[Any]], Sequence[Any]]


@pytest.fixture
def the_relay(broker: Broker, relays: Callable[[], Relay]) -> Relay:
    return relays()


@pytest.mark.req("S2")
def test_the_broker_is_told_ids_of_rows_and_nothing_else(
    the_relay: Relay, broker: Broker, office: Office, ann: Account, messages: Messages
) -> None:
    row_id = office.password_mail(ann)

    assert the_relay.one_pass() is False

    assert messages("mail.urgent") == [("emails.deliver", [str(row_id)])]
    with redis.Redis(unix_socket_path=str(broker.path)) as client:
        (raw,) = client.lrange("gatehouse:mail.urgent", 0, -1)
    body = json.loads(base64.b64decode(json.loads(raw)["body"]))
    assert body[0] == [[str(row_id)]]
    assert b"@" not in raw.replace(b"gen", b"", 1).partition(b'"origin"')[0]


def test_a_row_is_announced_once_until_its_next_announcement_is_due(
    the_relay: Relay, office: Office, ann: Account, messages: Messages
) -> None:
    office.notice(ann)

    for _ in range(5):
        the_relay.one_pass()

    assert len(messages("mail.urgent")) == 1


@pytest.mark.parametrize(
    ("rows", "sizes"),
    [
        pytest.param(3, [3], id="a few together"),
        pytest.param(10, [2, 4, 4], id="not too few in each"),
        pytest.param(80, [10] * 8, id="one for each thread"),
        pytest.param(950, [50] + [LARGEST_BATCH] * 9, id="up to a hundred"),
    ],
)
def test_rows_of_one_task_travel_together_but_are_spread_over_the_threads_of_a_worker(
    *, the_relay: Relay, database: Database, messages: Messages, rows: int, sizes: list[int]
) -> None:
    many_rows(database, rows)

    the_relay.one_pass()

    assert sorted(len(ids) for _, ids in messages("mail.notice")) == sizes


def test_a_pass_tells_of_a_thousand_rows_at_most_urgent_ones_first(
    the_relay: Relay, database: Database, messages: Messages
) -> None:
    many_rows(database, 1100)
    many_rows(database, 50, Queue.MAIL_URGENT)

    assert the_relay.one_pass() is True

    assert sum(len(ids) for _, ids in messages("mail.urgent")) == 50
    assert sum(len(ids) for _, ids in messages("mail.notice")) == 950
    assert the_relay.one_pass() is False
    told = Counter(row_id for _, ids in messages("mail.notice") for row_id in ids)
    assert (len(told), set(told.values())) == (1100, {1})


def test_a_broker_that_is_gone_gives_the_rows_back_at_once(
    *, the_relay: Relay, broker: Broker, office: Office, ann: Account, rows: Rows, messages: Messages
) -> None:
    broker.stop()
    row_id = office.notice(ann)

    with pytest.raises(BrokerError):
        the_relay.one_pass()

    (row,) = rows(OutboxRow)
    assert (row.announcements, row.announce_at) == (0, row.next_attempt_at)
    broker.start()
    the_relay.one_pass()
    assert messages("mail.urgent") == [("emails.deliver", [str(row_id)])]


def test_a_broker_that_was_never_there_does_not_hold_the_relay_for_long(
    environment: pytest.MonkeyPatch, relays: Callable[[], Relay], office: Office, ann: Account
) -> None:
    environment.setenv("BROKER_URL", f"redis://127.0.0.1:{nowhere()}/0")
    lonely = relays()
    office.notice(ann)
    began = time.monotonic()

    with pytest.raises(BrokerError):
        lonely.one_pass()

    assert time.monotonic() - began < 5


def test_nothing_is_announced_of_a_transaction_that_was_rolled_back(
    the_relay: Relay, database: Database, messages: Messages
) -> None:
    def fail() -> None:
        with database.transaction() as session:
            outbox.add(session, task=Task.DELIVER_EMAILS, queue=Queue.MAIL_URGENT, subject_id=uuid4())
            session.flush()
            raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011
        fail()
    the_relay.one_pass()

    assert not messages("mail.urgent")


def test_a_pass_seals_the_events_that_happened(the_relay: Relay, database: Database, ann: Account, rows: Rows) -> None:
    happened(database, ann)

    the_relay.one_pass()

    assert [seal.sequence for seal in rows(AuditSeal)] == [1]


@pytest.mark.req("S45")
def test_events_are_sealed_while_the_broker_is_away(
    *, the_relay: Relay, broker: Broker, office: Office, ann: Account, database: Database, rows: Rows
) -> None:
    broker.stop()
    office.notice(ann)
    happened(database, ann)

    with pytest.raises(BrokerError):
        the_relay.one_pass()

    assert [seal.sequence for seal in rows(AuditSeal)] == [1]
