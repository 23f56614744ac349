"""A database that is away, full, locked or read-only: "not now", never "accepted", and back by itself (C7, S44)."""

import sqlite3
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from sqlalchemy import event, text
from werkzeug.test import TestResponse

from gateway.app import create_app
from gateway.application import Gateway
from shared import db
from shared.db import Database
from shared.models import Account, Base
from shared.settings import load_settings
from tests.chaos.postgres import OwnPostgres
from tests.chaos.servers import running
from tests.gateway.browser import Browser, Program
from tests.gateway.conftest import BODY, FORM

Rows = Callable[[type[Any]], Sequence[Any]]
pytestmark = pytest.mark.req("S44")
PATIENCE = 6.0
"""Seconds after which whoever waits for a lock is told to come again."""


def sign_up(app: Gateway, number: int) -> TestResponse:
    address = f"ann{number}@alpro.example"
    return Program(app).post("/accounts", BODY | {"email": address, "confirm_email": address})


def assert_not_now(answer: TestResponse) -> None:
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")


@pytest.mark.slow
def test_a_full_database_accepts_what_it_can_keep_and_no_more(app: Gateway, database: Database, rows: Rows) -> None:
    if not database.is_sqlite:
        pytest.skip("no disk of this server is ours to fill")

    def limit(connection: sqlite3.Connection, _record: object) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages + 10}")

    event.listen(app.database.engine, "connect", limit)
    answers = [sign_up(app, number) for number in range(100)]

    assert {answer.status_code for answer in answers} == {202, 503}
    assert_not_now(answers[-1])
    assert len(rows(Account)) == [answer.status_code for answer in answers].count(202)
    event.remove(app.database.engine, "connect", limit)
    app.database.dispose()
    assert sign_up(app, 100).status_code == 202


@pytest.mark.slow
def test_whoever_meets_a_lock_is_told_in_time_and_reading_goes_on(
    app: Gateway, browser: Browser, database: Database, rows: Rows
) -> None:
    sign_up(app, 0)
    form = browser.get("/account/create")
    with locked(database):
        began = time.monotonic()
        answer = browser.press(form, FORM, path="/account/create")
        waited = time.monotonic() - began
        page, ready = browser.get("/account/create"), browser.get("/readyz")

    assert_not_now(answer)
    assert waited < PATIENCE
    assert (page.status_code, ready.status_code) == (200, 200)
    assert len(rows(Account)) == 1
    assert sign_up(app, 1).status_code == 202


@contextmanager
def locked(database: Database) -> Iterator[None]:
    """Somebody else writes and does not come to an end."""
    url = database.engine.url
    if database.is_sqlite:
        other = sqlite3.connect(str(url.database), isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        yield
        other.close()
        return
    with database.engine.connect() as connection:
        connection.execute(text("LOCK TABLE accounts IN ACCESS EXCLUSIVE MODE"))
        yield


@pytest.mark.services
@pytest.mark.parametrize("state", ["53100", "53200", "55P03", "57P03", "40P01", "25006"])
def test_what_the_server_cannot_do_now_is_not_a_defect(
    app: Gateway, database: Database, rows: Rows, state: str
) -> None:
    """Disk full, out of memory, lock not available, cannot connect now, deadlock, read-only (PostgreSQL's codes)."""
    with database.transaction() as session:
        session.execute(
            text(
                "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS "
                f"$$ BEGIN RAISE EXCEPTION 'not now' USING ERRCODE = '{state}'; END $$"
            )
        )
        session.execute(text("CREATE TRIGGER refuse BEFORE INSERT ON outbox FOR EACH ROW EXECUTE FUNCTION refuse()"))

    assert_not_now(sign_up(app, 1))

    assert not rows(Account)


@pytest.fixture(scope="module")
def server() -> Iterator[OwnPostgres]:
    """A PostgreSQL that may be stopped."""
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)  # the server is another user where we are root
        with running(OwnPostgres(Path(folder) / "postgres")) as server:
            yield server


@pytest.fixture
def lonely(server: OwnPostgres, environment: pytest.MonkeyPatch) -> Iterator[Gateway]:
    """A gateway on that server, with a database of its own and a pool full of connections."""
    name = f"gatehouse_{uuid.uuid4().hex[:12]}"
    server.create(name)
    environment.setenv("DATABASE_URL", f"postgresql+psycopg://postgres@127.0.0.1:{server.port}/{name}")
    app = create_app(load_settings())
    Base.metadata.create_all(app.database.engine)
    assert together(app, range(1000, 1004)) == {202}
    yield app
    app.database.dispose()


def together(app: Gateway, numbers: Sequence[int]) -> set[int]:
    start = threading.Barrier(len(numbers))

    def act(number: int) -> int:
        start.wait()
        return sign_up(app, number).status_code

    with ThreadPoolExecutor(len(numbers)) as people:
        return set(people.map(act, numbers))


@pytest.mark.slow
@pytest.mark.services
def test_a_database_that_was_restarted_between_two_requests_is_not_noticed(
    lonely: Gateway, server: OwnPostgres
) -> None:
    server.restart_at_once()

    assert together(lonely, range(4)) == {202}


@pytest.mark.slow
@pytest.mark.services
def test_while_the_database_is_away_nothing_is_accepted_and_afterwards_everything(
    lonely: Gateway, server: OwnPostgres
) -> None:
    server.kill()
    answers = [sign_up(lonely, number) for number in range(3)]
    server.start()

    for answer in answers:
        assert_not_now(answer)
    assert together(lonely, range(3)) == {202}


@pytest.mark.slow
@pytest.mark.services
def test_of_what_was_accepted_while_the_database_fell_nothing_is_missing(lonely: Gateway, server: OwnPostgres) -> None:
    enough = threading.Event()

    def go_on(start: int) -> list[tuple[str, int]]:
        answers = []
        for number in range(start, start + 1000):
            if enough.is_set():
                break
            answers.append((f"ann{number}@alpro.example", sign_up(lonely, number).status_code))
        return answers

    with ThreadPoolExecutor(4) as people:
        work = [people.submit(go_on, start) for start in range(2000, 6000, 1000)]
        for _ in range(3):
            time.sleep(0.3)
            server.restart_at_once()
        enough.set()
        answers = [answer for one in work for answer in one.result()]

    assert {status for _, status in answers} <= {202, 503}
    with lonely.database.reading() as session:
        there = set(session.scalars(text("SELECT email_key FROM accounts")))
    assert {address for address, status in answers if status == 202} <= there
    assert together(lonely, range(6000, 6004)) == {202}


@pytest.mark.slow
@pytest.mark.services
def test_a_connection_that_was_idle_for_long_is_asked_before_it_is_used(
    lonely: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    dialect = lonely.database.engine.dialect
    ping = dialect.do_ping
    monkeypatch.setattr(dialect, "do_ping", lambda connection: asked.append(connection) or ping(connection))

    sign_up(lonely, 1)
    before = len(asked)
    monkeypatch.setattr(db, "LONGEST_UNTESTED", 0.0)
    sign_up(lonely, 2)

    assert (before, len(asked)) == (0, 1)
