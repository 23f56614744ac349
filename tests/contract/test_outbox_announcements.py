from collections import Counter
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import insert, select

from shared import clock, outbox
from shared.db import Database
from shared.domain.deliveries import ANNOUNCE_AGAIN_SECONDS
from shared.messages import Queue, Task
from shared.models import OutboxRow
from tests.builders_outbox import act, add, announce, take, the_row
from tests.contract.conftest import ToldTime

SECOND = timedelta(seconds=1)


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
        outbox.take_back(session, [one.id for one in told])

    assert announce(database) == [row_id]
    assert the_row(database).announcements == 1


def test_a_row_that_somebody_took_meanwhile_is_not_announced_again(row_id: UUID, database: Database) -> None:
    with database.transaction() as session:
        told = outbox.announce(session)
    take(database, row_id)

    with database.transaction() as session:
        outbox.take_back(session, [one.id for one in told])

    assert announce(database) == []


def test_a_row_in_hand_is_not_announced(row_id: UUID, told_time: ToldTime, database: Database) -> None:
    take(database, row_id)

    told_time.move(29 * SECOND)

    assert announce(database) == []


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


def test_a_row_left_by_a_worker_that_died_is_announced_afresh_like_any_other(
    row_id: UUID, told_time: ToldTime, database: Database
) -> None:
    take(database, row_id)  # and then its process was killed
    told_time.move(outbox.LEASE)
    assert announce(database) == [row_id]  # to a broker that lost it

    with database.transaction() as session:
        outbox.announce_afresh(session, Task.DELIVER_EMAILS)

    assert announce(database) == [row_id]


def test_a_row_left_by_a_worker_that_died_is_due_again_when_the_broker_could_not_be_told(
    row_id: UUID, told_time: ToldTime, database: Database
) -> None:
    take(database, row_id)
    told_time.move(outbox.LEASE)
    assert announce(database) == [row_id]

    with database.transaction() as session:
        outbox.take_back(session, [row_id])

    assert announce(database) == [row_id]


def test_what_was_given_back_untried_can_be_announced_afresh_by_itself(told_time: ToldTime, database: Database) -> None:
    put_off, in_vain = add(database), add(database)
    announce(database)
    row = take(database, put_off)
    assert row is not None
    act(database, row, outbox.put_off, after=60 * SECOND)

    with database.transaction() as session:
        outbox.announce_afresh(session, Task.DELIVER_EMAILS, only_put_off=True)

    assert announce(database) == [put_off]
    assert in_vain not in announce(database)
