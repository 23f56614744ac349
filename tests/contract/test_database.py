"""What the database hands out, and what goes past SQLAlchemy on the way to it."""

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from sqlalchemy import bindparam, func, insert, literal, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from shared import db, outbox, wake
from shared.db import Database, is_away
from shared.direct import send
from shared.models import ClockOffset
from shared.rows import table_of
from shared.settings import Settings
from tests.conftest import ON_SERVICES

OFFSET = table_of(ClockOffset)
WRITE = insert(OFFSET).values(id=bindparam("id"), seconds=bindparam("seconds"))
WHO = select(func.pg_backend_pid())
READ = select(OFFSET.c.seconds, literal(7)).where(OFFSET.c.id == bindparam("id"))


def test_a_statement_that_is_sent_reads_and_writes_in_the_transaction(session: Session) -> None:
    written = send(session, WRITE, {"id": 1, "seconds": 60})

    assert tuple(send(session, READ, {"id": 1}).fetchone()) == (60, 7)
    assert send(session, READ, {"id": 2}).fetchone() is None
    session.rollback()
    assert send(session, READ, {"id": 1}).fetchone() is None
    assert written is not None


@pytest.mark.services
def test_it_says_how_many_rows_it_wrote(session: Session) -> None:
    assert send(session, WRITE, {"id": 1, "seconds": 60}).rowcount == 1


@pytest.mark.req("S43")
def test_its_errors_are_those_of_sqlalchemy_and_hold_no_values(session: Session) -> None:
    send(session, WRITE, {"id": 1, "seconds": 60})

    with pytest.raises(IntegrityError) as caught:
        send(session, WRITE, {"id": 1, "seconds": 31_415_926})

    assert not is_away(caught.value)
    assert "31415926" not in str(caught.value)


@pytest.mark.services
def test_a_statement_by_itself_is_committed_when_it_is_answered(database: Database) -> None:
    with database.statement() as step, database.reading() as other:
        send(step, WRITE, {"id": 1, "seconds": 60})

        assert other.scalar(select(OFFSET.c.seconds)) == 60


@pytest.mark.services
def test_who_gets_the_connection_of_a_statement_by_itself_can_roll_back_again(settings: Settings) -> None:
    one = Database(settings, connections=1)
    with one.statement() as step:
        send(step, WRITE, {"id": 1, "seconds": 60})
    with one.transaction() as session:
        send(session, WRITE, {"id": 2, "seconds": 60})
        session.rollback()

    with one.reading() as session:
        assert session.scalars(select(OFFSET.c.id)).all() == [1]
    one.dispose()


@pytest.mark.services
@pytest.mark.req("S44")
@pytest.mark.parametrize("kind", ["transaction", "statement"])
def test_a_connection_that_was_ended_is_an_absence_and_not_used_again(database: Database, kind: str) -> None:
    def lose_it() -> None:
        with getattr(database, kind)() as step, database.transaction() as other:
            number = send(step, WHO, {}).fetchone()[0]
            other.execute(text("SELECT pg_terminate_backend(:number, 5000)"), {"number": number})
            send(step, READ, {"id": 1})

    with pytest.raises(DBAPIError) as caught:
        lose_it()

    assert is_away(caught.value)
    assert caught.value.connection_invalidated
    with database.transaction() as session:
        assert send(session, READ, {"id": 1}).fetchone() is None


def test_a_relay_that_was_killed_is_found_out_by_the_ringing(database: Database, settings: Settings) -> None:
    def ask() -> None:
        with database.transaction() as session:
            outbox.ask_for_relay(session)

    with wake.listen(settings.relay_socket):
        ask()
        assert database._relay_is_local()
    assert settings.relay_socket.exists(), "what a relay that was killed leaves behind"
    ask()

    assert not database._relay_is_local()


def test_a_relay_whose_ears_are_full_is_there(settings: Settings) -> None:
    with wake.listen(settings.relay_socket):
        assert all(wake.ring(settings.relay_socket) for _ in range(1000))


@pytest.mark.skipif(ON_SERVICES, reason="PostgreSQL lets many write at a time")
def test_a_thread_that_may_not_write_within_the_time_is_told_that_the_database_is_away(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db, "SQLITE_BUSY_TIMEOUT", 50)
    with ThreadPoolExecutor(1) as other, database.transaction():
        error = other.submit(lambda: database.transaction().__enter__()).exception()
    with database.transaction() as session:
        written = send(session, WRITE, {"id": 1, "seconds": 60})

    assert error is not None
    assert is_away(error)
    assert written.rowcount == 1


@pytest.mark.slow
@pytest.mark.skipif(ON_SERVICES, reason="PostgreSQL lets many write at a time")
def test_threads_that_write_all_day_have_their_turns_one_after_the_other(database: Database) -> None:
    with database.transaction() as session:
        send(session, WRITE, {"id": 1, "seconds": 0})

    def write() -> None:
        for _ in range(50):
            with database.transaction() as session:
                session.execute(update(ClockOffset).values(seconds=ClockOffset.seconds + 1))

    with ThreadPoolExecutor(8) as threads:
        for done in [threads.submit(write) for _ in range(8)]:
            done.result()

    with database.reading() as session:
        assert send(session, READ, {"id": 1}).fetchone()[0] == 400


def write_row(database: Database, number: int) -> None:
    with database.transaction() as session:
        send(session, WRITE, {"id": number, "seconds": 60})


@contextmanager
def a_writing_process(database: Database, *, seconds: float) -> Iterator[None]:
    """Another process that has the writer's place for a while; the block begins when it has it."""
    program = f"""
import sqlite3, sys, time
connection = sqlite3.connect({database.engine.url.database!r}, isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("writes", flush=True)
time.sleep({seconds})
connection.execute("COMMIT")
"""
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "writes\n"
        yield


@pytest.mark.skipif(ON_SERVICES, reason="PostgreSQL lets many write at a time")
def test_who_comes_while_another_process_writes_writes_after_it(database: Database) -> None:
    write_row(database, 1)
    with a_writing_process(database, seconds=0.3):
        write_row(database, 2)

    with database.reading() as session:
        assert send(session, READ, {"id": 2}).fetchone() is not None


@pytest.mark.skipif(ON_SERVICES, reason="PostgreSQL lets many write at a time")
def test_another_process_that_writes_for_too_long_is_an_absence_and_the_connection_lives_on(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db, "SQLITE_BUSY_TIMEOUT", 50)
    write_row(database, 1)
    with a_writing_process(database, seconds=0.5), pytest.raises(DBAPIError) as caught:
        write_row(database, 2)
    write_row(database, 2)

    assert is_away(caught.value)
    with database.reading() as session:
        assert send(session, READ, {"id": 2}).fetchone() is not None
