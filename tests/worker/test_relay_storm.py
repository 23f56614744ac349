"""Fifty thousand rows that nobody takes: the broker is told of each by its schedule, and is never drowned."""

import sys
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import psutil
import pytest
import redis
from sqlalchemy import select, text, update

from shared import clock, outbox
from shared.db import Database
from shared.messages import LARGEST_BATCH, Queue
from shared.models import OutboxRow
from shared.outbox import LARGEST_PASS
from tests.worker.conftest import Broker, Messages, many_rows
from worker import queues
from worker.relay import THREADS, Relay

MANY = 50_000


@pytest.fixture
def the_relay(broker: Broker, relays: Callable[[], Relay]) -> Relay:
    return relays()


def let_pass(database: Database, seconds: float) -> None:
    """As if that time had gone by."""
    with database.transaction() as session:
        for at in session.scalars(select(OutboxRow.announce_at).distinct()).all():
            earlier = at - timedelta(seconds=seconds)
            session.execute(update(OutboxRow).where(OutboxRow.announce_at == at).values(announce_at=earlier))


def waits(database: Database) -> set[tuple[int, timedelta]]:
    """How often the rows were announced, and how long each waits for the next time."""
    columns = OutboxRow.announcements, OutboxRow.announce_at, OutboxRow.announced_at
    with database.reading() as session:
        return {(times, due - last) for times, due, last in session.execute(select(*columns).distinct())}


def cpu_of(work: Callable[[], object]) -> float:
    """Seconds of CPU this process took over it."""
    before = psutil.Process().cpu_times()
    work()
    after = psutil.Process().cpu_times()
    return after.user + after.system - before.user - before.system


def told(messages: Messages) -> list[tuple[str, list[str]]]:
    return [message for queue in ("mail.urgent", "mail.notice") for message in messages(queue)]


@pytest.mark.slow
def test_of_fifty_thousand_waiting_rows_each_is_announced_once_until_its_next_time_has_come(
    *,
    the_relay: Relay,
    database: Database,
    messages: Messages,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(queues, "LONGEST", 1_000)
    many_rows(database, MANY - 500)
    many_rows(database, 500, Queue.MAIL_URGENT)
    passes, took = 1, time.monotonic()

    while the_relay.one_pass():
        passes += 1

    took = time.monotonic() - took
    ids = Counter(row_id for _, batch in told(messages) for row_id in batch)
    first = told(messages)
    assert (len(ids), set(ids.values())) == (MANY, {1})
    assert len(first) <= MANY / LARGEST_BATCH + THREADS, "the last of each queue are spread over the threads"
    assert passes == MANY / LARGEST_PASS + 1
    idle = cpu_of(lambda: [the_relay.one_pass() for _ in range(20)]) / 20
    assert waits(database) == {(1, timedelta(seconds=30))}
    let_pass(database, 60)
    while the_relay.one_pass():
        pass
    assert len(told(messages)) == 2 * len(first)
    assert waits(database) == {(2, timedelta(seconds=60))}
    with capsys.disabled():
        sys.stdout.write(
            f"\n{MANY} rows: {len(first)} messages, {passes} passes of {took / passes * 1000:.0f} ms; "
            f"a look while nothing is due: {idle * 1000:.1f} ms of CPU\n"
        )


@pytest.mark.slow
def test_while_no_worker_takes_anything_a_queue_grows_so_long_and_no_further(
    the_relay: Relay, broker: Broker, database: Database, messages: Messages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queues, "LONGEST", 20)
    many_rows(database, 9_000)
    many_rows(database, 100, Queue.MAIL_URGENT)

    for _ in range(40):
        the_relay.one_pass()
        let_pass(database, 400)

    waiting = messages("mail.notice")
    assert 20 <= len(waiting) <= 20 + LARGEST_PASS / LARGEST_BATCH
    assert len(messages("mail.urgent")) >= 20, "an urgent queue does not wait for a full one"
    with redis.Redis(unix_socket_path=str(broker.path)) as client:
        client.flushdb()
    the_relay.one_pass()
    assert len(messages("mail.notice")) >= 9, "there is room again"


def test_rows_of_a_queue_that_is_full_stay_due(database: Database) -> None:
    many_rows(database, 3)
    many_rows(database, 2, Queue.MAIL_URGENT)

    with database.transaction() as session:
        picked = outbox.announce(session, queues=[Queue.MAIL_URGENT])
    with database.transaction() as session:
        rest = outbox.announce(session)

    assert [one.queue for one in picked] == ["mail.urgent"] * 2
    assert [one.queue for one in rest] == ["mail.notice"] * 3


@pytest.mark.slow
def test_looking_for_due_rows_uses_the_index_whatever_else_waits(the_relay: Relay, database: Database) -> None:
    many_rows(database, 5_000)
    while the_relay.one_pass():
        pass
    with database.transaction() as session:
        if not database.is_sqlite:
            session.execute(text("ANALYZE outbox"))
        at = clock.database_time(session)
        query = (
            "SELECT * FROM outbox WHERE queue = :queue AND finished_at IS NULL AND announce_at <= :at "
            "ORDER BY announce_at LIMIT 1000"
        )
        explain = "EXPLAIN QUERY PLAN " if database.is_sqlite else "EXPLAIN "
        plan = session.execute(text(explain + query), {"queue": "mail.notice", "at": at.replace(tzinfo=None)}).all()

    assert "ix_outbox_to_announce" in str(plan)
