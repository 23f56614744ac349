from datetime import timedelta
from uuid import UUID, uuid4

from sqlalchemy import Update, bindparam, update

from shared import outbox
from shared.db import Database
from shared.models import OutboxRow
from shared.rows import table_of
from tests.builders_outbox import act, add, announce, take, the_row
from tests.contract.conftest import ToldTime

SECOND = timedelta(seconds=1)
TABLE = table_of(OutboxRow)


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


def test_an_error_is_kept_short(row_id: UUID, database: Database) -> None:
    row = take(database, row_id)
    assert row is not None

    act(database, row, outbox.finish, "refused", error="x" * 1000)

    assert len(the_row(database).last_error or "") == 200


def test_a_row_that_is_given_back_untried_is_due_as_before_and_announced_later(
    row_id: UUID, told_time: ToldTime, database: Database
) -> None:
    announce(database)
    row = take(database, row_id)
    assert row is not None

    act(database, row, outbox.put_off, after=60 * SECOND)

    waiting = the_row(database)
    assert (waiting.attempts, waiting.crashes, waiting.lease_owner, waiting.outcome) == (0, 0, None, None)
    assert announce(database) == []
    told_time.move(60 * SECOND)
    assert announce(database) == [row_id]
    assert take(database, row_id) is not None


def test_of_many_rows_those_that_are_not_over_are_named_in_their_order(told_time: ToldTime, database: Database) -> None:
    ids = [add(database) for _ in range(4)]
    for over in ids[1:3]:
        row = take(database, over)
        assert row is not None
        act(database, row, outbox.finish, "done")

    with database.transaction() as session:
        assert outbox.unfinished(session, [*reversed(ids), uuid4()][:4]) == [ids[3], ids[0]]


def test_what_follows_from_an_end_happens_with_it_and_once(
    row_id: UUID, told_time: ToldTime, database: Database
) -> None:
    other = add(database)

    def following(now: object) -> tuple[Update, ...]:
        return (update(TABLE).where(TABLE.c.id == bindparam("other")).values(last_error=bindparam("word")),)

    slow = take(database, row_id, worker=1)
    told_time.move(30 * SECOND)
    quick = take(database, row_id, worker=2)
    assert slow is not None
    assert quick is not None

    assert act(database, slow, outbox.finish, "done", then=following, other=other, word="first")
    assert not act(database, quick, outbox.finish, "done", then=following, other=other, word="second")

    with database.reading() as session:
        assert session.get_one(OutboxRow, other).last_error == "first"
