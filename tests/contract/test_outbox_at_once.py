"""Two transactions about one row at the same moment, on PostgreSQL: neither loses what the other did."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Update, bindparam, text, update
from sqlalchemy.orm import Session

from shared import outbox
from shared.db import Database
from shared.models import OutboxRow
from shared.rows import table_of
from tests.builders_outbox import add, take, the_row

pytestmark = pytest.mark.services
WORK = table_of(OutboxRow)
Alongside = Callable[[Callable[[Session], object]], "Future[object]"]


@pytest.fixture
def row_id(database: Database) -> UUID:
    return add(database)


@pytest.fixture
def alongside(database: Database) -> Iterator[Alongside]:
    """Do something in a transaction of its own, in another thread."""
    with ThreadPoolExecutor(1) as threads:

        def work(do: Callable[[Session], object]) -> object:
            with database.transaction() as session:
                return do(session)

        yield lambda do: threads.submit(work, do)


def test_a_row_that_is_just_being_taken_is_left_to_that_worker_at_once(
    row_id: UUID, database: Database, alongside: Alongside
) -> None:
    with database.transaction() as session:
        assert outbox.take(session, row_id, worker=1) is not None
        second = alongside(lambda other: outbox.take(other, row_id, worker=2)).result(timeout=3)

    assert second is None
    assert the_row(database).lease_owner == 1


def test_of_two_ends_at_the_same_moment_the_first_counts_and_the_second_changes_nothing(
    row_id: UUID, database: Database, alongside: Alongside
) -> None:
    row = take(database, row_id)
    assert row is not None

    def refuse(session: Session) -> object:
        return outbox.finish(session, row, "refused", error="550", then=_marked, subject_id=row.subject_id)

    with database.transaction() as session:
        assert outbox.finish(session, row, "done")
        second = alongside(refuse)
        until_waiting(database)
    assert second.result(timeout=3) is False

    found = the_row(database)
    assert (found.outcome, found.last_error, found.announcements) == ("done", None, 0)


def test_an_end_is_recorded_though_the_row_is_just_being_freed(
    row_id: UUID, database: Database, alongside: Alongside
) -> None:
    row = take(database, row_id, worker=7)
    assert row is not None
    with database.transaction() as session:
        assert outbox.release_orphans(session, [7]) == 1
        ended = alongside(lambda other: outbox.finish(other, row, "done"))
        until_waiting(database)

    assert ended.result(timeout=3) is True
    assert the_row(database).outcome == "done"


def test_a_lease_that_is_just_being_renewed_is_not_taken_over(
    row_id: UUID, database: Database, alongside: Alongside
) -> None:
    take(database, row_id, worker=1)
    with database.transaction() as session:
        session.execute(text("UPDATE outbox SET leased_until = now() - interval '1 minute'"))
    with database.transaction() as session:
        outbox.renew(session, worker=1)
        second = alongside(lambda other: outbox.take(other, row_id, worker=2)).result(timeout=3)

    assert second is None
    assert take(database, row_id, worker=2) is None
    assert the_row(database).lease_owner == 1


def until_waiting(database: Database) -> None:
    """Return when a transaction waits for another one's lock."""
    end = time.monotonic() + 5
    while time.monotonic() < end:
        with database.reading() as session:
            if session.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")):
                return
        time.sleep(0.01)
    raise AssertionError("nobody waits")


def _marked(_now: Any) -> tuple[Update, ...]:
    return (update(WORK).where(WORK.c.subject_id == bindparam("subject_id")).values(announcements=99),)
