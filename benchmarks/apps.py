"""The two applications that are compared, each as a handful of real processes on PostgreSQL and Redis."""

import json
import secrets
import subprocess
import sys
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from benchmarks.mail_sink import MailSink, mail_sink
from benchmarks.plain.models import create_tables
from benchmarks.processes import ROOT, Program, environment, free_port, running
from benchmarks.servers import Servers
from benchmarks.sign_ups import FORM
from demo.procfile import read_procfile

WEB_PROCESSES = 2
PLAIN_WEB = "gunicorn --workers {workers} --worker-class gthread --threads {threads} --bind 127.0.0.1:{port} {app}"
PLAIN_THREADS = 2
WARM_UP_MAILS = 20


@dataclass
class Place:
    """What one application runs with for a while."""

    database: str
    broker: str
    sink: MailSink
    folder: Path
    port: int


class App(ABC):
    """One of the two, running or not."""

    name: str
    web: Program

    def __init__(self, place: Place) -> None:
        self.place = place
        self.sink = place.sink

    @abstractmethod
    def web_tier(self) -> AbstractContextManager[Program]:
        """Whatever answers requests."""

    @abstractmethod
    def relay_tier(self) -> AbstractContextManager[Program | None]:
        """Whatever stands between web and worker."""

    @abstractmethod
    def worker_tier(self, *, single: bool) -> AbstractContextManager[Program]:
        """Whatever sends mails; ``single`` for one process that does the work."""

    def load(self, **options: Any) -> dict[str, Any]:
        """Run the load generator against the web tier and return its answer."""
        return run_load(self.place.port, **options)

    def queue(self, count: int) -> list[str]:
        """Sign up so many people, whose mails wait while no worker runs; returns their addresses."""
        answer = self.load(kind="api", clients=8, count=count)
        if len(answer["accepted"]) != count:
            raise RuntimeError(f"{self.name} accepted {len(answer['accepted'])} of {count}: {answer['refused']}")
        return list(answer["accepted"])

    def warm_up(self) -> None:
        """Let every process do its work once: connections, templates, caches."""
        self.load(kind="form", clients=8, count=WARM_UP_MAILS)
        self.load(kind="api", clients=8, count=WARM_UP_MAILS)
        if not self.sink.wait_for(2 * WARM_UP_MAILS, within=30):
            raise RuntimeError(f"{self.name} sent {self.sink.count()} of {2 * WARM_UP_MAILS} mails")
        self.sink.clear()

    def _answers(self, path: str) -> Callable[[], bool]:
        def ask() -> bool:
            try:
                return httpx.get(f"http://127.0.0.1:{self.place.port}{path}", timeout=1).is_success
            except httpx.HTTPError:
                return False

        return ask


class Plain(App):
    """The application of ``benchmarks.plain``."""

    name = "plain"

    @property
    def variables(self) -> dict[str, str]:
        """What the application reads."""
        return {
            "PLAIN_DATABASE_URL": self.place.database,
            "PLAIN_BROKER_URL": self.place.broker,
            "PLAIN_MAIL_PORT": str(self.sink.port),
            "PLAIN_SECRET_KEY": secrets.token_hex(32),
        }

    def web_tier(self) -> AbstractContextManager[Program]:
        words = plain_web("benchmarks.plain.app:create_app()", self.place.port)
        return running("web", words, variables=self.variables, folder=self.place.folder, is_ready=self._answers(FORM))

    @contextmanager
    def relay_tier(self) -> Iterator[None]:
        yield None

    def worker_tier(self, *, single: bool) -> AbstractContextManager[Program]:
        words = plain_worker(single=single)
        ready = self.place.folder / "worker.ready"
        ready.unlink(missing_ok=True)
        variables = {**self.variables, "READY_FILE": str(ready)}
        return running("worker", words, variables=variables, folder=self.place.folder, is_ready=ready.exists)


class Ours(App):
    """The product, by the words of its Procfile."""

    name = "ours"

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.variables = our_variables(place.database, place.folder) | {
            "BROKER_URL": place.broker,
            "PORT": str(place.port),
            "WEB_CONCURRENCY": str(WEB_PROCESSES),
            "MAIL_SERVER": "127.0.0.1",
            "MAIL_PORT": str(self.sink.port),
        }

    def web_tier(self) -> AbstractContextManager[Program]:
        return self._running("web", self._answers("/readyz"))

    def relay_tier(self) -> AbstractContextManager[Program]:
        return self._running("relay")

    def worker_tier(self, *, single: bool) -> AbstractContextManager[Program]:  # noqa: ARG002 - ours always is
        return self._running("worker")

    def _running(self, name: str, is_ready: Callable[[], bool] | None = None) -> AbstractContextManager[Program]:
        words = read_procfile(ROOT / "Procfile", self.variables)[name]
        ready = self.place.folder / f"{name}.ready"
        ready.unlink(missing_ok=True)
        variables = {**self.variables, "READY_FILE": str(ready)}
        return running(name, words, variables=variables, folder=self.place.folder, is_ready=is_ready or ready.exists)


def plain_web(app: str, port: int) -> list[str]:
    """The words that start the plain application's web server."""
    return PLAIN_WEB.format(workers=WEB_PROCESSES, threads=PLAIN_THREADS, port=port, app=app).split()


def plain_worker(*, single: bool) -> list[str]:
    """The words that start the plain application's worker; Celery's default is a process per core."""
    words = ["celery", "--app", "benchmarks.plain.worker", "worker"]
    return [*words, "--concurrency", "1"] if single else words


def our_variables(database: str, folder: Path) -> dict[str, str]:
    """What every process and command of the product needs; memory settings as in its image."""
    return {
        "DATABASE_URL": database,
        "VAR_DIR": str(folder / "var"),
        "SECRET_KEYS": secrets.token_urlsafe(40),
        "DEPLOYMENT": "demo",
        "CAPTCHA": "off",
        "RATE_LIMITS": "off",
        "MALLOC_ARENA_MAX": "2",
        "MALLOC_MMAP_THRESHOLD_": str(4 * 1024 * 1024),
    }


def run_load(port: int, **options: Any) -> dict[str, Any]:
    """Run the load generator in a process of its own and return its answer."""
    words = [f"--{name.replace('_', '-')}={value}" for name, value in options.items()]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.load", f"--port={port}", *words],
        cwd=ROOT,
        env=environment({}),
        stdout=subprocess.PIPE,
        check=True,
        timeout=900,
        start_new_session=True,
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


class Hall:
    """Where the applications run, one after the other, each time on a new database and an empty broker."""

    KINDS = (Plain, Ours)

    def __init__(self, servers: Servers, templates: dict[str, str], folder: Path) -> None:
        self._servers = servers
        self._templates = templates
        self._folder = folder

    @contextmanager
    def place(self, kind: type[App]) -> Iterator[App]:
        """One application, nothing of it started."""
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=self._folder)))
            place = Place(
                database=stack.enter_context(self._servers.new_database(kind.name, like=self._templates[kind.name])),
                broker=stack.enter_context(self._servers.empty_broker()),
                sink=stack.enter_context(mail_sink()),
                folder=folder,
                port=free_port(),
            )
            yield kind(place)


@contextmanager
def hall(servers: Servers) -> Iterator[Hall]:
    """Prepare the tables of both once; every new database is a copy."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gatehouse-bench-")))
        templates = {kind.name: stack.enter_context(servers.new_database(f"{kind.name}_empty")) for kind in Hall.KINDS}
        create_tables(templates["plain"])
        subprocess.run(
            ["flask", "--app", "gateway", "database", "upgrade"],
            cwd=ROOT,
            env=environment(our_variables(templates["ours"], folder)),
            check=True,
            timeout=120,
            start_new_session=True,
        )
        yield Hall(servers, templates, folder)
