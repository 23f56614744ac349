"""A backup is made while people sign up; what was restored from it goes on, and what leaves twice is the same mail."""

import itertools
import shutil
import sqlite3
import subprocess
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Protocol

import pytest
from sqlalchemy import make_url

from tests.chaos.mails import Mails
from tests.chaos.proxies import Proxies
from tests.chaos.servers import listens, wait_until
from tests.conftest import ON_SERVICES
from tests.e2e.api import Client
from tests.e2e.installation import Installation, installation
from tests.ready_made_database import empty_database_url

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
BEFORE = [f"before{number}@alpro.example" for number in range(10)]
LATE = "late@alpro.example"


class Backup(Protocol):
    """How an installation is saved while it runs, and brought back while it does not."""

    variables: dict[str, str]

    def save(self, one: Installation) -> None: ...
    def restore(self, one: Installation) -> None: ...


class OfSqlite:
    """The backup of SQLite itself, which a running writer does not disturb."""

    def __init__(self, folder: Path) -> None:
        self.variables: dict[str, str] = {}
        self._copy = folder / "copy.sqlite3"

    def save(self, one: Installation) -> None:
        with closing(sqlite3.connect(self._live(one))) as live, closing(sqlite3.connect(self._copy)) as copy:
            live.backup(copy)

    def restore(self, one: Installation) -> None:
        for ending in ("", "-wal", "-shm"):
            self._live(one).with_name(self._live(one).name + ending).unlink(missing_ok=True)
        shutil.copy(self._copy, self._live(one))

    def _live(self, one: Installation) -> Path:
        return one.var_dir / "gatehouse.sqlite3"


class OfPostgresql:
    """``pg_dump``, and ``pg_restore`` into another database, with the very words of the page."""

    def __init__(self, folder: Path, live: str, other: str) -> None:
        self.variables = {"DATABASE_URL": live}
        self._copy = folder / "gatehouse.dump"
        self._live, self._other = _without_driver(live), _without_driver(other)
        self._restored = other

    def save(self, one: Installation) -> None:
        self._run("pg_dump", "--format=custom", f"--file={self._copy}", self._live)

    def restore(self, one: Installation) -> None:
        self._run("pg_restore", "--clean", "--if-exists", "--no-owner", f"--dbname={self._other}", str(self._copy))
        one.variables["DATABASE_URL"] = self._restored

    def _run(self, *words: str) -> None:
        done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr


def _without_driver(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


@pytest.fixture
def backup(tmp_path: Path) -> Iterator[Backup]:
    if not ON_SERVICES:
        yield OfSqlite(tmp_path)
        return
    with empty_database_url(tmp_path) as live, empty_database_url(tmp_path) as other:
        yield OfPostgresql(tmp_path, live, other)


@pytest.fixture
def mails(tmp_path: Path) -> Iterator[Mails]:
    server = Mails(tmp_path, seed=1, calm=True)
    wait_until(lambda: listens(server.port), what="the mail server")
    yield server
    server.close()


@pytest.fixture
def proxies(mails: Mails) -> Iterator[Proxies]:
    one = Proxies({"mail": mails.port})
    yield one
    one.close()


def test_what_was_saved_while_people_signed_up_goes_on_and_mails_that_leave_twice_are_the_same(
    tmp_path: Path, backup: Backup, mails: Mails, proxies: Proxies
):
    own = {"MAIL_SERVER": "127.0.0.1", "MAIL_PORT": str(proxies.ports["mail"])}
    with installation(tmp_path / "saved", **own, **backup.variables) as one:
        proxies.do("mail", "refuse")
        sign_up(one, BEFORE)
        with people_signing_up(one):
            backup.save(one)
        proxies.do("mail", "pass")
        assert all(mails.wait_for(address, "password") for address in BEFORE)
        one.stop()
        backup.restore(one)

        one.start()
        left_again = all(mails.wait_for(address, "password", after=1, within=60) for address in BEFORE)
        sign_up(one, [LATE])
        late = mails.wait_for(LATE, "password")
        said = one.command("audit", "verify")

        assert left_again
        assert same_mail_for_each_message_id(mails.all())
        assert late is not None
        assert ", 0 problems" in said
        assert not one.command("emails", "list", "--state", "refused")


def sign_up(one: Installation, people: list[str]) -> None:
    client = Client(one.web)
    assert {client.sign_up(address).status_code for address in people} == {202}
    client.leave()


@contextmanager
def people_signing_up(one: Installation) -> Iterator[None]:
    """People sign up, one after the other, for as long as the block lasts; at least one does before it begins."""
    stop, first = threading.Event(), threading.Event()

    def go_on() -> None:
        for number in itertools.count():
            sign_up(one, [f"during{number}@alpro.example"])
            first.set()
            if stop.is_set():
                return

    thread = threading.Thread(target=go_on)
    thread.start()
    try:
        assert first.wait(30)
        yield
    finally:
        stop.set()
        thread.join()


def same_mail_for_each_message_id(found: list[dict[str, Any]]) -> bool:
    said = defaultdict(set)
    for mail in found:
        said[mail["message_id"]].add((mail["to"], mail["link"]))
    return len(said) < len(found) and all(len(one) == 1 for one in said.values())
