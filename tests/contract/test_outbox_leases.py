from datetime import timedelta
from uuid import UUID

from sqlalchemy import text

from shared import outbox
from shared.db import Database
from tests.builders_outbox import act, announce, take, the_row
from tests.contract.conftest import ToldTime

SECOND = timedelta(seconds=1)


def test_a_row_is_in_one_hand_at_a_time(row_id: UUID, database: Database) -> None:
    assert take(database, row_id, worker=1) is not None

    assert take(database, row_id, worker=2) is None
    assert take(database, row_id, worker=1) is None


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
        assert the_row(database).crashes == crash + 1
        told_time.move(30 * SECOND)

    assert take(database, row_id) is None
    with database.transaction() as session:
        assert outbox.park(session, row_id)

    parked = the_row(database)
    assert (parked.outcome, parked.crashes, parked.lease_owner) == ("parked", 5, None)
    assert announce(database) == []


def test_a_row_that_may_still_be_taken_is_not_parked(row_id: UUID, told_time: ToldTime, database: Database) -> None:
    for _ in range(4):
        take(database, row_id)
        told_time.move(30 * SECOND)

    with database.transaction() as session:
        assert not outbox.park(session, row_id)
    assert take(database, row_id) is not None


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


def test_moving_the_products_clock_moves_no_lease_and_no_announcement(
    row_id: UUID, told_time: ToldTime, database: Database
) -> None:
    announce(database)
    take(database, row_id)
    with database.transaction() as session:
        session.execute(text("INSERT INTO clock_offset (id, seconds) VALUES (1, 86400)"))

    assert announce(database) == []
    assert take(database, row_id, worker=2) is None


def test_a_row_in_other_hands_is_not_given_back(row_id: UUID, told_time: ToldTime, database: Database) -> None:
    slow = take(database, row_id, worker=1)
    assert slow is not None
    told_time.move(30 * SECOND)
    take(database, row_id, worker=2)

    act(database, slow, outbox.put_off, after=SECOND)

    assert (the_row(database).lease_owner, the_row(database).crashes) == (2, 2)
