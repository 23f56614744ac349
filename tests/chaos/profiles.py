"""On what the product stands in a run: the servers of each profile, and the proxies in front of them."""

import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import redis

from demo.broker import answers_ping
from shared.sockets import socket_path
from tests.chaos.brokers import Broker, OwnRabbit, OwnRedis
from tests.chaos.mails import Mails
from tests.chaos.plan import Menu
from tests.chaos.postgres import OwnPostgres
from tests.chaos.proxies import Proxies
from tests.chaos.servers import listens, running, wait_until
from tests.e2e.installation import Installation, installation

MAIL = [("away", 8.0), ("away", 8.0), ("reset", 0.0), ("reset", 0.0), ("cut", 0.0), ("cut", 0.0), ("delay", 5.0)]
DATABASE = [("restart", 0.0), ("restart", 0.0), ("restart", 0.0), ("reset", 0.0), ("silence", 5.0)]
MENUS = {
    "embedded": Menu(
        broker=[("kill", 1.0), ("kill", 1.0), ("stop", 1.0), ("stop", 1.0), ("freeze", 20.0), ("flush", 0.0)],
        database=[],
        mail=MAIL,
    ),
    "postgresql-redis": Menu(
        broker=[
            *[("kill", 2.0), ("kill", 2.0), ("stop", 2.0), ("stop", 2.0), ("refuse", 5.0)],
            *[("freeze", 20.0), ("flush", 0.0), ("silence", 0.0), ("silence", 0.0)],
        ],
        database=DATABASE,
        mail=MAIL,
    ),
    "postgresql-rabbitmq": Menu(
        broker=[
            *[("kill", 1.0), ("stop", 1.0), ("refuse", 5.0), ("freeze", 20.0), ("flush", 0.0)],
            *[("silence", 0.0), ("reset", 0.0)],
        ],
        database=DATABASE,
        mail=MAIL,
    ),
}
PROFILES = tuple(MENUS)
SMALL = Menu(broker=[("kill", 0.5), ("stop", 0.5)], database=[], mail=[("away", 3.0), ("cut", 0.0)])
"""What fits into a minute."""


@dataclass(slots=True, kw_only=True)
class Stand:
    """A running product with everything around it."""

    installation: Installation
    database_url: str
    """Past the proxy."""
    broker: Broker
    database: OwnPostgres | None
    proxies: Proxies
    mails: Mails


class EmbeddedBroker:
    """The broker of ``make run``, which the supervisor starts again whenever it ends."""

    def __init__(self, one: Installation) -> None:
        self._installation = one
        self._socket = socket_path(one.var_dir, "broker")

    def kill(self) -> None:
        self._signal(signal.SIGKILL)

    def stop(self) -> None:
        self._signal(signal.SIGTERM)

    def start(self) -> None:
        """Wait for the supervisor."""
        wait_until(lambda: answers_ping(self._socket), what="the embedded broker")

    def freeze(self) -> None:
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def flush(self) -> None:
        with self._client() as client:
            client.flushall()

    def keys(self) -> int:
        with self._client() as client:
            return int(client.dbsize())

    def _client(self) -> redis.Redis:
        return redis.Redis(unix_socket_path=str(self._socket), socket_timeout=5)

    def _signal(self, number: signal.Signals) -> None:
        for process in self._installation.processes(str(self._socket)):
            try:
                process.send_signal(number)
            except psutil.NoSuchProcess:
                continue


@contextmanager
def stand(profile: str, folder: Path, *, seed: int, calm: bool = False) -> Iterator[Stand]:
    """Start the product as a profile has it; ``calm`` without faults of the mail server.

    Raises:
        CannotRun: the machine has not what the profile needs.
    """
    with ExitStack() as stack:
        mails = Mails(folder, seed=seed, calm=calm)
        stack.callback(mails.close)
        wait_until(lambda: listens(mails.port), what="the mail server")
        targets, variables = {"mail": mails.port}, {}
        broker: Broker | None = None
        database = None
        if profile != "embedded":
            kind = OwnRabbit if profile.endswith("rabbitmq") else OwnRedis
            server = stack.enter_context(running(kind(folder / "broker")))
            database = OwnPostgres(folder / "database")
            stack.enter_context(running(database))
            database.create("gatehouse_chaos")
            broker = server
            targets |= {"broker": server.port, "database": database.port}
        proxies = Proxies(targets)
        stack.callback(proxies.close)
        if database is not None:
            variables = {
                "DATABASE_URL": _postgresql(proxies.ports["database"]),
                "BROKER_URL": _broker_url(profile, proxies.ports["broker"]),
            }
        variables |= {
            "MAIL_SERVER": "127.0.0.1",
            "MAIL_PORT": str(proxies.ports["mail"]),
            "WEB_CONCURRENCY": "3",
            # One mail in fifty takes seven seconds: four threads would carry thirty mails a second and no more.
            "WORKER_CONCURRENCY": "16",
        }
        one = stack.enter_context(installation(folder / "product", **variables))
        yield Stand(
            installation=one,
            database_url=_postgresql(database.port)
            if database
            else f"sqlite+pysqlite:///{one.var_dir / 'gatehouse.sqlite3'}",
            broker=broker or EmbeddedBroker(one),
            database=database,
            proxies=proxies,
            mails=mails,
        )


def _postgresql(port: int) -> str:
    return f"postgresql+psycopg://postgres@127.0.0.1:{port}/gatehouse_chaos"


def _broker_url(profile: str, port: int) -> str:
    if profile.endswith("rabbitmq"):
        return f"amqp://guest:guest@127.0.0.1:{port}//"
    return f"redis://127.0.0.1:{port}/0"
