"""PostgreSQL has no connection left for us: not now, says the gateway; relay and worker wait and go on."""

import os
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine, create_engine, make_url, text

from shared.models import Email
from tests.conftest import ON_SERVICES
from tests.e2e.api import Client
from tests.e2e.conftest import own_redis
from tests.e2e.hosts import Host, host, lines_of
from tests.e2e.ledger import Ledger
from tests.e2e.person import Person

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.slow,
    pytest.mark.services,
    pytest.mark.skipif(not ON_SERVICES, reason="asks for the servers under test"),
]
PASSWORD = "only-for-a-test"


class Server:
    """A database and a role of their own, whose number of connections is in the test's hand."""

    def __init__(self) -> None:
        self.name = f"gatehouse_e2e_{uuid.uuid4().hex[:12]}"
        self._url = make_url(os.environ["TEST_DATABASE_URL"])
        self._engine: Engine = create_engine(self._url, isolation_level="AUTOCOMMIT")
        self._run(f"CREATE ROLE {self.name} LOGIN PASSWORD '{PASSWORD}'")
        self._run(f"CREATE DATABASE {self.name} OWNER {self.name}")

    @property
    def url(self) -> str:
        own = self._url.set(database=self.name, username=self.name, password=PASSWORD)
        return own.render_as_string(hide_password=False)

    @property
    def own_url(self) -> str:
        """The same database for the test, which needs a connection in any case."""
        return self._url.set(database=self.name).render_as_string(hide_password=False)

    def squeeze(self) -> None:
        """Take the connections away, and let nobody have a new one."""
        self._run(f"ALTER ROLE {self.name} CONNECTION LIMIT 0")
        self._run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{self.name}'")

    def relax(self) -> None:
        self._run(f"ALTER ROLE {self.name} CONNECTION LIMIT -1")

    def drop(self) -> None:
        self._run(f"DROP DATABASE {self.name} WITH (FORCE)")
        self._run(f"DROP ROLE {self.name}")
        self._engine.dispose()

    def most_connections(self) -> int:
        with self._engine.connect() as connection:
            query = text("SELECT count(*) FROM pg_stat_activity WHERE usename = :name")
            return int(connection.execute(query, {"name": self.name}).scalar_one())

    def _run(self, statement: str) -> None:
        with self._engine.connect() as connection:
            connection.execute(text(statement))


@pytest.fixture
def server() -> Iterator[Server]:
    one = Server()
    yield one
    one.drop()


@pytest.fixture
def running(server: Server, tmp_path: Path, worker_id: str) -> Iterator[Host]:
    programs = {name: line for name, line in lines_of().items() if name in {"web", "relay", "worker", "beat"}}
    with host(tmp_path / "host", programs, DATABASE_URL=server.url, BROKER_URL=own_redis(worker_id)) as one:
        yield one


@pytest.fixture
def client(running: Host) -> Iterator[Client]:
    one = Client(running.web)
    yield one
    one.leave()


@pytest.fixture
def person(running: Host) -> Iterator[Person]:
    one = Person(running.web)
    yield one
    one.leave()


@pytest.fixture
def ledger(running: Host, server: Server) -> Iterator[Ledger]:
    one = Ledger(running, url=server.own_url)
    yield one
    one.close()


def test_without_a_connection_the_gateway_says_not_now_and_everybody_else_waits(
    running: Host, server: Server, client: Client, ledger: Ledger, person: Person
):
    person.open(f"{running.web}/account/create")
    before = [client.sign_up(f"before-{number}@alpro.example").status_code for number in range(20)]

    server.squeeze()
    program = client.sign_up("squeezed@alpro.example")
    person.press(
        "Create an account",
        first_name="Ann",
        last_name="Peeters",
        email="squeezed@alpro.example",
        confirm_email="squeezed@alpro.example",
        accept_privacy=True,
    )
    ready = httpx.get(f"{running.web}/readyz").status_code
    time.sleep(5)  # long enough for everybody to meet it, more than once
    server.relax()

    assert before == [202] * 20
    assert (program.status_code, program.json()["code"]) == (503, "unavailable")
    assert program.headers["Retry-After"] == "5"
    assert (person.status, ready) == (503, 503)
    assert sign_up_again(client, "after@alpro.example") == 202
    ledger.wait_until_settled()
    assert ledger.accounts("squeezed@alpro.example") == []
    assert {row.state for row in ledger.rows(Email)} == {"sent"}
    assert len(ledger.rows(Email)) == 21
    came = {mail["to"][0] for mail in httpx.get(f"{running.inbox}/api/mails").json()}
    assert came == {"after@alpro.example", *(f"before-{number}@alpro.example" for number in range(20))}
    assert "ended (exit code" not in Path(running.said.name).read_text()


def test_the_processes_take_no_more_connections_than_the_document_says(running: Host, server: Server, client: Client):
    for number in range(50):
        client.sign_up(f"person-{number}@alpro.example")

    # One gateway process (10), one relay (3), one worker (4 threads and 2); docs/operations.md.
    assert server.most_connections() <= 10 + 3 + 6


def test_a_worker_that_starts_while_there_is_no_connection_works_once_there_is(
    running: Host, server: Server, client: Client
):
    (worker,) = running.processes("worker.main worker")
    worker.kill()
    server.squeeze()
    end = time.monotonic() + 20
    while "dropped work is not asked for" not in Path(running.said.name).read_text():
        assert time.monotonic() < end, "the worker did not come up"
        time.sleep(0.1)

    server.relax()

    assert sign_up_again(client, "ann@alpro.example") == 202
    assert running.wait_for_mail("ann@alpro.example", template="password")


def sign_up_again(client: Client, email: str) -> int:
    """As the answer says: try again a little later."""
    end = time.monotonic() + 20
    while (status := client.sign_up(email).status_code) == 503 and time.monotonic() < end:
        time.sleep(0.5)
    return status
