"""Working through the rows of one message: what one row meets, the others do not suffer from."""

import time
from collections.abc import Callable
from uuid import UUID, uuid4

import pytest
from sqlalchemy.exc import OperationalError

from shared import outbox
from shared.db import Database
from shared.models import Account
from shared.settings import Settings
from tests.worker.conftest import Office
from worker import batches
from worker.batches import one_by_one
from worker.heartbeat import Heartbeat
from worker.workshop import Workshop

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


def go_through(work: Work, database: Database) -> list[UUID]:
    """Work through a message, and return what was given back."""
    given_back: list[UUID] = []
    one_by_one([str(row) for row in ROWS], work, heartbeat=Heartbeat(database, 7), give_back=given_back.extend)
    return given_back


def raising(error: Exception) -> Callable[[object], None]:
    def fail(_: object) -> None:
        raise error

    return fail


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
    monkeypatch.setattr(batches, "DATABASE_FOR", 0.05)
    work = Work(*(away() for _ in range(100_000)))

    given_back = go_through(work, database)

    assert set(work.tried) == {ROWS[0]}
    assert given_back == []


def test_a_batch_whose_time_is_over_gives_its_rest_back(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "LONGEST", 0.05)
    work = Work(takes=0.05)

    given_back = go_through(work, database)

    assert work.tried == ROWS[:1]
    assert given_back == ROWS[1:]


def test_a_batch_in_time_gives_nothing_back(database: Database) -> None:
    work = Work()

    given_back = go_through(work, database)

    assert work.tried == ROWS
    assert given_back == []


def test_rows_wait_for_their_announcement_when_the_rest_of_a_batch_meets_no_database(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "LONGEST", 0.0)
    work = Work()

    one_by_one([str(row) for row in ROWS], work, heartbeat=Heartbeat(database, 7), give_back=raising(away()))

    assert work.tried == ROWS[:1]


def test_what_a_process_gives_back_is_announced_anew_at_once(
    settings: Settings, database: Database, office: Office, ann: Account
) -> None:
    row_ids = {office.notice(ann) for _ in range(3)}
    with database.transaction() as session:
        outbox.announce(session)
    workshop = Workshop(settings)

    workshop.give_back([*row_ids])

    workshop.stop()
    with database.transaction() as session:
        assert {one.id for one in outbox.announce(session)} == row_ids
