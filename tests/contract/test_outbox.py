from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import insert, select, text

from shared import clock, outbox
from shared.db import Database
from shared.domain.deliveries import ANNOUNCE_AGAIN_SECONDS
from shared.messages import Queue, Task
from shared.models import OutboxRow
from tests.contract.conftest import ToldTime

SECOND = timedelta(seconds=1)


@pytest.fixture
def row_id(told_time: ToldTime, database: Database) -> UUID:
    return add(database)


def add(database: Database, queue: Queue = Queue.MAIL_URGENT) -> UUID:
    with database.transaction() as session:
        row = outbox.add(session, task=Task.DELIVER_EMAILS, queue=queue, subject_id=uuid4())
        session.flush()
        return row.id


def announce(database: Database, **more: int) -> list[UUID]:
    with database.transaction() as session:
        return [one.id for one in outbox.announce(session, **more)]


def take(database: Database, row_id: UUID, worker: int = 1) -> OutboxRow | None:
    with database.transaction() as session:
        return outbox.take(session, row_id, worker=worker)


def act(database: Database, row: OutboxRow, what: Callable[..., object], *values: object, **named: object) -> object:
    with database.transaction() as session:
        return what(session, session.merge(row, load=False), *values, **named)


def the_row(database: Database) -> OutboxRow:
    with database.reading() as session:
        return session.scalars(select(OutboxRow)).one()


def test_work_is_due_as_soon_as_it_is_written(row_id: UUID, database: Database) -> None:
    assert announce(database) == [row_id]


def test_a_row_that_nobody_takes_is_announced_after_30_s_then_ever_more_seldom_up_to_5_minutes(
    row_id: UUID, told_time: ToldTime, database: Database
) -> None:
    waits = []
    for _ in range(7):
        assert announce(database) == [row_id]
        waited = 0
        while not announce_would_find(database):
            told_time.move(SECOND * 10)
            waited += 10
        waits.append(waited)

    assert waits == [30, 60, 120, 240, 300, 300, 300]
    assert tuple(waits[:5]) == ANNOUNCE_AGAIN_SECONDS


def announce_would_find(database: Database) -> bool:
    with database.reading() as session:
        due = select(OutboxRow.id).where(OutboxRow.announce_at <= clock.database_time(session))
        return session.scalar(due) is not None


def test_urgent_mail_is_announced_first_whatever_came_first(told_time: ToldTime, database: Database) -> None:
    ids = {queue: add(database, queue) for queue in reversed(Queue)}

    assert announce(database) == [ids[queue] for queue in Queue]


def test_a_pass_ends_at_its_limit(told_time: ToldTime, database: Database) -> None:
    added = {add(database) for _ in range(5)}

    first, second = announce(database, limit=3), announce(database, limit=3)

    assert (len(first), len(second)) == (3, 2)
    assert {*first, *second} == added


@pytest.mark.slow
def test_fifty_thousand_waiting_rows_do_not_storm(told_time: ToldTime, database: Database) -> None:
    at = told_time.now
    row = {"task": "emails.deliver", "queue": "mail.urgent", "announcements": 0, "attempts": 0, "crashes": 0}
    row |= {"created_at": at, "next_attempt_at": at, "announce_at": at}
    with database.transaction() as session:
        session.execute(insert(OutboxRow), [row | {"id": uuid4(), "subject_id": uuid4()} for _ in range(50_000)])

    passes = []
    while found := announce(database):
        passes.append(found)

    assert [len(found) for found in passes] == [1_000] * 50
    assert set(Counter(one for found in passes for one in found).values()) == {1}
    told_time.move(29 * SECOND)
    assert announce(database) == []
    told_time.move(SECOND)
    assert len(announce(database)) == 1_000


def test_what_the_broker_could_not_be_told_is_due_again_at_once(row_id: UUID, database: Database) -> None:
    with database.transaction() as session:
        told = outbox.announce(session)
    assert announce(database) == []

    with database.transaction() as session:
        outbox.take_back(session, told)

    assert announce(database) == [row_id]
    assert the_row(database).announcements == 1


def test_a_row_that_somebody_took_meanwhile_is_not_announced_again(row_id: UUID, database: Database) -> None:
    with database.transaction() as session:
        told = outbox.announce(session)
    take(database, row_id)

    with database.transaction() as session:
        outbox.take_back(session, told)

    assert announce(database) == []


def test_a_row_is_in_one_hand_at_a_time(row_id: UUID, database: Database) -> None:
    assert take(database, row_id, worker=1) is not None

    assert take(database, row_id, worker=2) is None
    assert take(database, row_id, worker=1) is None


def test_a_row_in_hand_is_not_announced(row_id: UUID, told_time: ToldTime, database: Database) -> None:
    take(database, row_id)

    told_time.move(29 * SECOND)

    assert announce(database) == []


def test_a_lease_ends_after_thirty_seconds_unless_it_is_renewed(
    row_id: UUID, told_time: ToldTime, database: Database
) -> None:
    take(database, row_id, worker=1)
    told_time.move(20 * SECOND)
    with database.transaction() as session:
        outbox.renew(session, worker=1)

    told_time.move(29 * SECOND)
    assert take(database, row_id, worker=2) is None
    assert announce(database) == []
    told_time.move(SECOND)

    assert announce(database) == [row_id]
    assert take(database, row_id, worker=2) is not None


def test_a_row_taken_five_times_without_an_outcome_is_parked_at_the_sixth(
    row_id: UUID, told_time: ToldTime, database: Database
) -> None:
    for crash in range(5):
        row = take(database, row_id)
        assert row is not None
        assert row.crashes == crash + 1
        told_time.move(30 * SECOND)

    assert take(database, row_id) is None

    parked = the_row(database)
    assert (parked.outcome, parked.crashes, parked.lease_owner) == ("parked", 5, None)
    assert announce(database) == []


def test_a_temporary_answer_sets_a_time_and_forgives_crashes(
    row_id: UUID, told_time: ToldTime, database: Database
) -> None:
    row = take(database, row_id)
    assert row is not None

    act(database, row, outbox.retry, after=60 * SECOND, error="the mail server answered 451")

    waiting = the_row(database)
    assert (waiting.attempts, waiting.crashes, waiting.lease_owner, waiting.outcome) == (1, 0, None, None)
    told_time.move(59 * SECOND)
    assert announce(database) == []
    assert take(database, row_id) is None
    told_time.move(SECOND)
    assert announce(database) == [row_id]
    assert take(database, row_id) is not None


def test_a_server_that_was_away_is_not_held_against_the_row(row_id: UUID, database: Database) -> None:
    row = take(database, row_id)
    assert row is not None

    act(database, row, outbox.retry, after=SECOND, error="ConnectionRefusedError", counts=False)

    assert (the_row(database).attempts, the_row(database).crashes) == (0, 0)


def test_a_worker_that_lost_its_lease_does_not_disturb_the_next_one(
    row_id: UUID, told_time: ToldTime, database: Database
) -> None:
    slow = take(database, row_id, worker=1)
    assert slow is not None
    told_time.move(30 * SECOND)
    take(database, row_id, worker=2)

    act(database, slow, outbox.retry, after=SECOND, error="timed out")

    held = the_row(database)
    assert (held.lease_owner, held.last_error, held.crashes) == (2, None, 2)


def test_what_happened_is_recorded_once_also_by_a_worker_that_lost_its_lease(
    row_id: UUID, told_time: ToldTime, database: Database
) -> None:
    slow = take(database, row_id, worker=1)
    told_time.move(30 * SECOND)
    quick = take(database, row_id, worker=2)
    assert slow is not None
    assert quick is not None

    assert act(database, slow, outbox.finish, "done") is True
    assert act(database, quick, outbox.finish, "refused") is False
    act(database, quick, outbox.retry, after=SECOND, error="timed out")

    done = the_row(database)
    assert (done.outcome, done.crashes, done.lease_owner) == ("done", 0, None)
    assert announce(database) == []
    assert take(database, row_id) is None


def test_moving_the_products_clock_moves_no_lease_and_no_announcement(
    row_id: UUID, told_time: ToldTime, database: Database
) -> None:
    announce(database)
    take(database, row_id)
    with database.transaction() as session:
        session.execute(text("INSERT INTO clock_offset (id, seconds) VALUES (1, 86400)"))

    assert announce(database) == []
    assert take(database, row_id, worker=2) is None


def test_announcing_afresh_wakes_what_was_announced_in_vain_and_nothing_else(
    told_time: ToldTime, database: Database
) -> None:
    in_vain, in_hand, not_yet = (add(database) for _ in range(3))
    other_task = add(database)
    announce(database)
    take(database, in_hand)
    row = take(database, not_yet)
    assert row is not None
    act(database, row, outbox.retry, after=600 * SECOND, error="451")
    with database.transaction() as session:
        session.get_one(OutboxRow, other_task).task = Task.ROUTE_ROLE_REQUESTS

    with database.transaction() as session:
        outbox.announce_afresh(session, Task.DELIVER_EMAILS)

    assert announce(database) == [in_vain]


def test_an_error_is_kept_short(row_id: UUID, database: Database) -> None:
    row = take(database, row_id)
    assert row is not None

    act(database, row, outbox.finish, "refused", error="x" * 1000)

    assert len(the_row(database).last_error or "") == 200
