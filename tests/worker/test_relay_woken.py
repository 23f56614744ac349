import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator

import pytest
import redis

from shared import outbox
from shared.db import Database
from shared.models import Account
from tests.worker.conftest import Broker, Messages, Office, many_rows, until
from worker import doorbell, queues, relay
from worker.relay import Relay


@pytest.fixture
def running(relays: Callable[[], Relay], broker: Broker) -> Iterator[Callable[[], Relay]]:
    """Run relays as their processes do."""
    threads: list[tuple[Relay, threading.Thread]] = []

    def run() -> Relay:
        one = relays()
        threads.append((one, threading.Thread(target=one.run)))
        threads[-1][1].start()
        until(one._doorbell._path.exists)
        return one

    yield run
    for one, thread in threads:
        one.stop()
        thread.join()


@pytest.fixture
def passes(monkeypatch: pytest.MonkeyPatch) -> list[Relay]:
    """Grows with each pass. The first rings, for what it announces afresh; the second was rung for."""
    made: list[Relay] = []
    one_pass = Relay.one_pass

    def noted(one: Relay) -> bool:
        more = one_pass(one)
        made.append(one)
        return more

    monkeypatch.setattr(Relay, "one_pass", noted)
    return made


@pytest.mark.slow
def test_the_relay_outlives_the_loss_of_the_broker(
    running: Callable[[], Relay], broker: Broker, office: Office, ann: Account, messages: Messages
) -> None:
    running()
    broker.stop()
    row_id = office.notice(ann)
    time.sleep(0.3)

    broker.start()

    until(lambda: messages("mail.urgent") == [("emails.deliver", [str(row_id)])])


def test_the_relay_is_woken_by_a_commit_on_its_own_host(
    running: Callable[[], Relay], office: Office, ann: Account, messages: Messages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doorbell, "LONGEST_WAIT", 60.0)
    running()
    time.sleep(0.1)  # it looked once and waits now

    office.notice(ann)

    until(lambda: len(messages("mail.urgent")) == 1, patience=5)


def test_a_lone_mail_waits_for_no_pass_that_the_relay_made_of_itself(
    *,
    running: Callable[[], Relay],
    passes: list[Relay],
    office: Office,
    ann: Account,
    messages: Messages,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(doorbell, "LONGEST_WAIT", 0.1)
    running()
    until(lambda: len(passes) >= 3)
    monkeypatch.setattr(relay, "LINGER", 5.0)
    until(lambda: len(passes) >= 6, patience=2.5)

    office.notice(ann)

    until(lambda: len(messages("mail.urgent")) == 1, patience=2.5)


def test_mails_that_come_one_after_the_other_are_announced_together(
    *,
    running: Callable[[], Relay],
    passes: list[Relay],
    office: Office,
    ann: Account,
    messages: Messages,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(doorbell, "LONGEST_WAIT", 60.0)
    running()
    until(lambda: len(passes) >= 2)
    monkeypatch.setattr(relay, "LINGER", 2.0)
    first = str(office.notice(ann))
    until(lambda: len(messages("mail.urgent")) == 1, patience=5)
    others = {str(office.notice(ann)) for _ in range(2)}

    until(lambda: len(messages("mail.urgent")) == 2, patience=5)
    assert {frozenset(ids) for _task, ids in messages("mail.urgent")} == {frozenset({first}), frozenset(others)}


def test_the_relay_soon_finds_out_that_a_long_queue_has_room_again(
    *,
    running: Callable[[], Relay],
    broker: Broker,
    office: Office,
    ann: Account,
    messages: Messages,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(doorbell, "LONGEST_WAIT", 60.0)
    monkeypatch.setattr(queues, "LONGEST", 1)
    running()
    office.notice(ann)
    until(lambda: len(messages("mail.urgent")) == 1, patience=5)
    second = office.notice(ann)
    time.sleep(0.1)  # it was woken and found no room

    with redis.Redis(unix_socket_path=str(broker.path)) as client:
        client.flushdb()

    until(lambda: messages("mail.urgent") == [("emails.deliver", [str(second)])], patience=5)


@pytest.mark.slow
def test_a_relay_that_nobody_woke_looks_by_itself(
    running: Callable[[], Relay], database: Database, messages: Messages
) -> None:
    running()

    many_rows(database, 3)  # written without a word to anybody

    until(lambda: sum(len(ids) for _, ids in messages("mail.notice")) == 3, patience=5)


def test_a_relay_that_starts_tells_of_what_one_before_it_noted_and_did_not_say(
    running: Callable[[], Relay], office: Office, ann: Account, messages: Messages, database: Database
) -> None:
    row_id = office.notice(ann)
    with database.transaction() as session:
        outbox.announce(session)  # and then its process was killed

    running()

    until(lambda: messages("mail.urgent") == [("emails.deliver", [str(row_id)])], patience=10)


@pytest.mark.slow
def test_two_relays_tell_of_each_row_once(
    relays: Callable[[], Relay], broker: Broker, database: Database, messages: Messages
) -> None:
    many_rows(database, 3000)
    start = threading.Barrier(2)

    def work(one: Relay) -> None:
        start.wait()
        while one.one_pass():
            pass
        one.one_pass()

    threads = [threading.Thread(target=work, args=[relays()]) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    told = Counter(row_id for _, ids in messages("mail.notice") for row_id in ids)
    assert (len(told), set(told.values())) == (3000, {1})


@pytest.mark.services
def test_a_relay_on_another_host_is_woken_by_the_database(
    running: Callable[[], Relay], office: Office, ann: Account, messages: Messages, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not office.database.is_sqlite, "this test needs GATEHOUSE_TEST_SERVICES and TEST_DATABASE_URL"
    monkeypatch.setattr(doorbell, "LONGEST_WAIT", 60.0)
    far = running()
    until(lambda: far._doorbell._channel is not None)
    time.sleep(0.2)
    # As seen from a gateway on another host, where the relay's socket does not exist.
    office.database._info["relay_is_local"] = lambda: False
    monkeypatch.setattr("shared.wake.ring", lambda _path: None)

    office.notice(ann)

    until(lambda: len(messages("mail.urgent")) == 1, patience=5)
    monkeypatch.undo()
