"""Working through the rows of one message: what one row meets, the others do not suffer from."""

import time
from uuid import UUID, uuid4

import pytest
from sqlalchemy.exc import OperationalError

from shared.db import Database
from worker import batches
from worker.batches import one_by_one
from worker.heartbeat import Heartbeat

ROWS = [uuid4(), uuid4(), uuid4()]


class Work:
    """Fails as often as it is told to, at the first row, takes its seconds, and notes what was tried."""

    def __init__(self, *errors: Exception, takes: float = 0) -> None:
        self.errors = list(errors)
        self.takes = takes
        self.tried: list[UUID] = []

    def __call__(self, row_id: UUID) -> None:
        self.tried.append(row_id)
        time.sleep(self.takes)
        if self.errors:
            raise self.errors.pop(0)


def go_through(work: Work, database: Database) -> None:
    one_by_one([str(row) for row in ROWS], work, heartbeat=Heartbeat(database, 7))


def away() -> OperationalError:
    return OperationalError("SELECT 1", None, Exception("the server closed the connection"))


def test_a_row_that_fails_does_not_hold_up_the_others(database: Database) -> None:
    work = Work(ValueError("poison"))

    go_through(work, database)

    assert work.tried == ROWS


def test_a_row_that_meets_no_database_is_tried_again_before_the_others(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "DATABASE_AGAIN", 0.0)
    work = Work(away(), away())

    go_through(work, database)

    assert work.tried == [ROWS[0], ROWS[0], *ROWS]


def test_a_row_that_meets_no_database_is_given_up_when_the_time_of_the_batch_is_over(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "DATABASE_AGAIN", 0.0)
    monkeypatch.setattr(batches, "LONGEST", 0.05)
    work = Work(*(away() for _ in range(100_000)))

    go_through(work, database)

    assert set(work.tried) == {ROWS[0]}


def test_a_batch_takes_no_more_rows_when_its_time_is_over(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "LONGEST", 0.05)
    work = Work(takes=0.05)

    go_through(work, database)

    assert work.tried == ROWS[:1]
