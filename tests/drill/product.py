"""The product of a drill: real processes on a PostgreSQL of their own, a mail server to play with, and people."""

import itertools
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil
import psycopg

from tests.chaos.postgres import OwnPostgres
from tests.chaos.servers import running
from tests.drill.mail_server import MailServer
from tests.e2e.api import PASSWORD, Client
from tests.e2e.installation import Installation, installation
from tests.e2e.person import link_in

DATABASE = "gatehouse_g_drill"
CANARY = "canary@ops.example"
COMMANDS = {
    "metrics": "worker.metrics",
    "relay": "worker.relay",
    "worker-mail": "worker.main worker",
    "worker-routing": "worker.main worker",
    "beat": "worker.main beat",
}
"""By which words of its command line each service of the compose file is known; here one worker hears all queues."""
SIGN_UP = "password"
STOPS_WITHIN = 3.0
WITHIN = 60.0


class Product:
    """What a drill can do to it, and ask of it."""

    def __init__(self, one: Installation, database: OwnPostgres, mails: MailServer) -> None:
        self.installation = one
        self.database = database
        self.mails = mails
        self._callers = itertools.count(1)

    def processes(self, service: str) -> list[psutil.Process]:
        """Those of a service, without the shell that began them."""
        return [one for one in self.installation.processes(COMMANDS[service]) if one.name() != "sh"]

    def freeze(self, service: str) -> None:
        """Let it neither work nor end: who watches it sees nothing wrong."""
        for process in self.processes(service):
            process.send_signal(signal.SIGSTOP)

    def restart(self, service: str) -> None:
        """What ``docker compose restart`` does: ask it to end, end it, and have it started again."""
        if service == "db":
            self.database.kill()
            self.database.start()
            return
        old = self.processes(service)
        for process in old:
            process.terminate()
        for process in psutil.wait_procs(old, timeout=STOPS_WITHIN)[1]:
            process.kill()
        wait_until(lambda: bool(self.processes(service)), what=f"{service} is back")

    def sql(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Carry out a statement as the database's administrator."""
        url = f"postgresql://postgres@127.0.0.1:{self.database.port}/{DATABASE}"
        with psycopg.connect(url, autocommit=True) as connection:
            done = connection.execute(statement, values)
            return done.fetchall() if done.description else []

    def sign_up(self, *addresses: str) -> None:
        """Sign up with each address, each from a machine of its own."""
        with self.client() as client:
            for address in addresses:
                number = next(self._callers)
                client.http.headers["X-Forwarded-For"] = f"198.51.{number // 250}.{number % 250 + 1}"
                answer = client.sign_up(address)
                assert answer.status_code == 202, answer.text

    @contextmanager
    def somebody(self, address: str) -> Iterator[httpx.Client]:
        """A person with an account, logged in."""
        self.sign_up(address)
        link = link_in(self.mail(address, SIGN_UP))
        with self.client() as client:
            assert client.set_password(link.rpartition("/")[2], PASSWORD).status_code == 204
            assert client.log_in(address).status_code == 201
            yield client.http

    @contextmanager
    def client(self) -> Iterator[Client]:
        client = Client(self.installation.web)
        client.http.headers["X-Forwarded-For"] = "203.0.113.7"
        yield client
        client.leave()

    def mail(self, address: str, template: str) -> dict[str, Any]:
        """The newest mail of a template to an address, once there is one."""
        wait_until(lambda: bool(self.mails.to(address, template)), what=f"a mail {template} for {address}")
        return self.mails.to(address, template)[-1]


def wait_until(holds: Callable[[], bool], *, what: str, within: float = WITHIN) -> None:
    end = time.monotonic() + within
    while not holds():
        if time.monotonic() > end:
            raise AssertionError(f"{what}: not within {within:g} s")
        time.sleep(0.05)


@contextmanager
def product(folder: Path) -> Iterator[Product]:
    """Start everything in a folder, and leave nothing of it running.

    Raises:
        CannotRun: there is no PostgreSQL.
    """
    with ExitStack() as stack:
        database = OwnPostgres(folder / "database")
        stack.enter_context(running(database))
        database.create(DATABASE)
        mails = MailServer()
        mails.start()
        stack.callback(mails.stop)
        one = stack.enter_context(
            installation(
                folder / "product",
                DATABASE_URL=f"postgresql+psycopg://postgres@127.0.0.1:{database.port}/{DATABASE}",
                MAIL_SERVER="127.0.0.1",
                MAIL_PORT=str(mails.port),
                CANARY_EMAIL=CANARY,
                RATE_LIMITS="on",
                TRUSTED_PROXIES="1",
            )
        )
        yield Product(one, database, mails)
