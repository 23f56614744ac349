import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from sqlalchemy import text

from shared import clock, outbox
from shared.db import Database
from shared.models import Account, OutboxRow
from shared.settings import Settings
from tests.worker.conftest import Office, until
from worker import heartbeat as heartbeat_module
from worker.heartbeat import Heartbeat

Rows = Callable[[type[Any]], Sequence[Any]]


@pytest.fixture
def workers_database(settings: Settings, database: Database) -> Iterator[Database]:
    """The database as a worker process has it, with connections of its own."""
    workers = Database(settings)
    yield workers
    workers.dispose()


@pytest.fixture
def heartbeat(workers_database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Heartbeat]:
    monkeypatch.setattr(heartbeat_module, "BEAT", 0.05)
    monkeypatch.setattr(heartbeat_module, "BEAT_AGAIN", 0.05)
    heartbeat = Heartbeat(workers_database, 7)
    yield heartbeat
    heartbeat.stop()


def take(database: Database, row_id: Any, *, worker: int) -> bool:
    with database.transaction() as session:
        return outbox.take(session, row_id, worker=worker) is not None


def test_the_lease_of_a_row_in_hand_is_renewed_and_its_announcement_put_off(
    heartbeat: Heartbeat, office: Office, ann: Account, database: Database, rows: Rows
) -> None:
    row_id = office.notice(ann)
    with heartbeat.holding(row_id):
        take(database, row_id, worker=7)
        before = rows(OutboxRow)[0].leased_until
        heartbeat.start()

        until(lambda: rows(OutboxRow)[0].leased_until > before)

    (row,) = rows(OutboxRow)
    assert row.announce_at == row.leased_until


def test_a_row_of_another_worker_is_left_alone(
    heartbeat: Heartbeat, office: Office, ann: Account, database: Database, rows: Rows
) -> None:
    row_id = office.notice(ann)
    take(database, row_id, worker=8)
    before = rows(OutboxRow)[0].leased_until

    heartbeat._beat()

    assert (rows(OutboxRow)[0].lease_owner, rows(OutboxRow)[0].leased_until) == (8, before)


def test_a_row_that_two_messages_named_stays_in_hand_until_both_let_go(
    heartbeat: Heartbeat, office: Office, ann: Account, database: Database, rows: Rows
) -> None:
    row_id = office.notice(ann)
    with heartbeat.holding(row_id):
        take(database, row_id, worker=7)
        with heartbeat.holding(row_id):
            assert not take(database, row_id, worker=7)
        heartbeat._beat()
        assert rows(OutboxRow)[0].lease_owner == 7
    heartbeat._beat()
    assert rows(OutboxRow)[0].lease_owner is None


def test_the_heart_beats_on_after_the_database_was_away(
    *,
    heartbeat: Heartbeat,
    office: Office,
    ann: Account,
    database: Database,
    rows: Rows,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with database.transaction() as session:
        session.execute(text("ALTER TABLE outbox RENAME TO outbox_away"))
    heartbeat.start()
    time.sleep(0.2)
    with database.transaction() as session:
        session.execute(text("ALTER TABLE outbox_away RENAME TO outbox"))
    row_id = office.notice(ann)

    with heartbeat.holding(row_id):
        take(database, row_id, worker=7)
        before = rows(OutboxRow)[0].leased_until
        until(lambda: rows(OutboxRow)[0].leased_until > before)


@pytest.fixture
def on_postgresql(database: Database) -> Database:
    assert not database.is_sqlite, "this test needs GATEHOUSE_TEST_SERVICES and TEST_DATABASE_URL"
    return database


def is_locked(database: Database, worker: int) -> bool:
    with database.reading() as session:
        found = session.execute(
            text("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND classid = :kind AND objid = :worker"),
            {"kind": outbox.LEASE_LOCK_CLASS, "worker": worker},
        )
        return found.first() is not None


def free(database: Database) -> int:
    with database.transaction() as session:
        return outbox.release_orphans(session, outbox.missing_workers(session))


@pytest.mark.services
def test_a_living_worker_holds_its_lock_and_lets_go_of_it_at_the_end(
    on_postgresql: Database, heartbeat: Heartbeat
) -> None:
    heartbeat.start()
    assert is_locked(on_postgresql, 7)

    heartbeat.stop()

    until(lambda: not is_locked(on_postgresql, 7))


@pytest.mark.services
def test_the_rows_of_a_worker_without_its_lock_are_freed_and_those_of_a_living_one_stay(
    on_postgresql: Database, heartbeat: Heartbeat, office: Office, ann: Account, rows: Rows
) -> None:
    mine, orphan = office.notice(ann), office.notice(ann)
    with heartbeat.holding(mine):
        heartbeat.start()
        take(on_postgresql, mine, worker=7)
        take(on_postgresql, orphan, worker=8)

        assert free(on_postgresql) == 1

        owners = {row.id: row.lease_owner for row in rows(OutboxRow)}
        assert owners == {mine: 7, orphan: None}
        with on_postgresql.transaction() as session:
            assert [one.id for one in outbox.announce(session)] == [orphan]


@pytest.mark.services
def test_a_row_that_two_workers_died_with_lets_the_others_go_first(
    on_postgresql: Database, office: Office, ann: Account, rows: Rows
) -> None:
    row_id = office.notice(ann)
    waits = []
    for worker in (8, 9):
        take(on_postgresql, row_id, worker=worker)
        assert free(on_postgresql) == 1
        (row,) = rows(OutboxRow)
        with on_postgresql.reading() as session:
            waits.append(round((row.next_attempt_at - clock.database_time(session)).total_seconds()))
        assert row.announce_at == row.next_attempt_at

    assert waits == [0, 10]


@pytest.mark.services
def test_a_worker_whose_lock_was_lost_takes_it_again(
    on_postgresql: Database, heartbeat: Heartbeat, office: Office
) -> None:
    heartbeat.start()
    with on_postgresql.transaction() as session:
        session.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_locks "
                "WHERE locktype = 'advisory' AND classid = :kind AND objid = 7"
            ),
            {"kind": outbox.LEASE_LOCK_CLASS},
        )

    until(lambda: is_locked(on_postgresql, 7))


@pytest.mark.services
def test_a_renewal_that_failed_does_not_cost_the_lock(
    on_postgresql: Database, heartbeat: Heartbeat, office: Office, ann: Account
) -> None:
    heartbeat._beat()
    with on_postgresql.transaction() as session:
        session.execute(text("ALTER TABLE outbox RENAME TO outbox_away"))
    for _ in range(3):
        assert not heartbeat._beat()
    assert is_locked(on_postgresql, 7)
    with on_postgresql.transaction() as session:
        session.execute(text("ALTER TABLE outbox_away RENAME TO outbox"))

    assert heartbeat._beat()

    assert is_locked(on_postgresql, 7)
