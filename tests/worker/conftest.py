"""The worker under test: a real mail server, a real database, a real broker."""

import base64
import json
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID, uuid4

import pytest
import redis
from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from demo.broker import answers_ping, broker_command
from shared import clock
from shared.db import Database
from shared.messages import Queue, Task
from shared.models import Account, Base, Email, OutboxRow
from shared.services import audit
from shared.services.emails import Recipient, queue_email
from shared.services.passwords import ask_for_link
from shared.settings import Settings, load_settings
from tests.builders import an_account
from tests.builders_mails import CAUSES, written
from tests.worker.mail_parts import Mails, in_a_town
from tests.worker.mail_server import MailServer, free_port
from worker import mailer as mailer_module
from worker import relay
from worker.app import create_celery
from worker.letters import Parts
from worker.mailer import Mailer
from worker.relay import Relay

Row = TypeVar("Row", bound=Base)
Messages = Callable[[str], list[tuple[str, list[str]]]]


@pytest.fixture
def limits_on(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("RATE_LIMITS", "on")


@pytest.fixture
def mail_server(environment: pytest.MonkeyPatch) -> Iterator[MailServer]:
    """A mail server that takes everything, and the settings to find it."""
    server = MailServer()
    server.start()
    environment.setenv("MAIL_SERVER", "127.0.0.1")
    environment.setenv("MAIL_PORT", str(server.port))
    yield server
    server.stop()


@pytest.fixture
def mailer(mail_server: MailServer, settings: Settings, database: Database) -> Iterator[Mailer]:
    """The mailer of worker number 1."""
    mailer = Mailer(settings, database, worker=1)
    yield mailer
    hang_up(mailer)


def hang_up(mailer: Mailer) -> None:
    connection = getattr(mailer._postbox._own, "connection", None)
    if connection is not None:
        connection.close()


@pytest.fixture
def rows(database: Database) -> Callable[[type[Row]], Sequence[Row]]:
    """All rows of a table, as they are now."""

    def read(model: type[Row]) -> Sequence[Row]:
        with database.reading() as session:
            return session.scalars(select(model)).all()

    return read


class Office:
    """Whoever makes mails: queues them as the gateway does."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self.database = database
        self.settings = settings

    def account(self, **changes: Any) -> Account:
        with self.database.transaction() as session:
            return an_account(session, **changes)

    def notice(self, account: Account, **more: Any) -> UUID:
        """Queue a mail without a link; returns its outbox row."""
        with self.database.transaction() as session:
            now = clock.now(session)
            email = queue_email(session, template="password-changed", to=Recipient.of(account), now=now, **more)
            return self._row(session, email)

    def ask(self, account: Account) -> None:
        """Ask for a password link."""
        with self.database.transaction() as session:
            ask_for_link(session, account.email, settings=self.settings, now=clock.now(session))

    def password_mail(self, account: Account) -> UUID:
        """Queue a mail with a password link; returns its outbox row."""
        self.ask(account)
        with self.database.transaction() as session:
            newest = select(Email).where(Email.account_id == account.id).order_by(Email.created_at.desc()).limit(1)
            return self._row(session, session.scalars(newest).one())

    def make_due(self) -> None:
        """Let the waiting time of every row be over."""
        with self.database.transaction() as session:
            past = clock.database_time(session) - timedelta(seconds=1)
            session.execute(update(OutboxRow).values(next_attempt_at=past, announce_at=past))

    @staticmethod
    def _row(session: Any, email: Email) -> UUID:
        row_id: UUID = session.scalars(select(OutboxRow.id).where(OutboxRow.subject_id == email.id)).one()
        return row_id


@pytest.fixture
def office(database: Database, settings: Settings) -> Office:
    return Office(database, settings)


@pytest.fixture
def ann(office: Office) -> Account:
    return office.account(email="ann@people.example", email_language="en")


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Recording is tried again without a pause, and given up in a moment."""
    monkeypatch.setattr(mailer_module, "RECORD_AGAIN", 0.0)
    monkeypatch.setattr(mailer_module, "RECORD_FOR", 0.2)


class Broker:
    """A real Valkey or Redis server on a socket of its own; it keeps its data over a restart."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "broker.sock"
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(broker_command(self.path, self._folder), stdout=subprocess.DEVNULL)
        until(lambda: answers_ping(self.path))

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


@pytest.fixture
def broker(tmp_path_factory: pytest.TempPathFactory, environment: pytest.MonkeyPatch) -> Iterator[Broker]:
    broker = Broker(tmp_path_factory.mktemp("b"))
    environment.setenv("BROKER_URL", f"redis+socket://{broker.path}")
    broker.start()
    yield broker
    broker.stop()


def until(question: Callable[[], Any], *, patience: float = 20.0) -> Any:
    """Ask until the answer is true, and return it."""
    end = time.monotonic() + patience
    while not (answer := question()):
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.01)
    return answer


def nowhere() -> int:
    """A port on which nobody listens."""
    return free_port()


@pytest.fixture
def relays(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], Relay]]:
    """Start relays with the settings of the moment, which do everything in each pass."""
    monkeypatch.setattr(relay, "BACKOFF", (0.05,))
    monkeypatch.setattr(relay, "SEAL_EVERY", 0.0)
    monkeypatch.setattr(relay, "LOOK_EVERY", 0.0)
    made: list[Relay] = []

    def make() -> Relay:
        settings = load_settings()
        made.append(Relay(settings, create_celery(settings)))
        return made[-1]

    yield make
    for one in made:
        one._celery.close()
        one._database.dispose()


@pytest.fixture
def messages(broker: Broker) -> Messages:
    """Task and row ids of every message that waits in a queue, oldest first."""

    def read(queue: str) -> list[tuple[str, list[str]]]:
        with redis.Redis(unix_socket_path=str(broker.path)) as client:
            waiting: Any = client.lrange(f"gatehouse:{queue}", 0, -1)
        found = [json.loads(message) for message in reversed(waiting)]
        return [(message["headers"]["task"], json.loads(base64.b64decode(message["body"]))[0][0]) for message in found]

    return read


def many_rows(database: Database, count: int, queue: Queue = Queue.MAIL_NOTICE) -> None:
    with database.transaction() as session:
        at = clock.database_time(session)
        session.execute(
            insert(OutboxRow),
            [
                {
                    "id": uuid4(),
                    "task": Task.DELIVER_EMAILS,
                    "queue": queue,
                    "subject_id": uuid4(),
                    "created_at": at,
                    "next_attempt_at": at,
                    "announce_at": at,
                    "announcements": 0,
                    "attempts": 0,
                    "crashes": 0,
                }
                for _ in range(count)
            ],
        )


def happened(database: Database, account: Account, *, times: int = 1) -> None:
    """Events about an account, which wait to be sealed."""
    with database.transaction() as session:
        now, subject = clock.now(session), account.id
        for _ in range(times):
            audit.record(
                session,
                action="account.created",
                actor=audit.SYSTEM,
                subject_type="account",
                subject_id=subject,
                now=now,
            )


@pytest.fixture
def mails(session: Session, settings: Settings) -> Mails:
    """Writes the mails of some templates (of all without any), each in a town of its own."""

    def write(*templates: str, **town: Any) -> dict[str, Parts]:
        chosen = templates or sorted(CAUSES)
        return {
            one: in_a_town(session, settings, lambda t, one=one: written(t, CAUSES[one](t)), **town) for one in chosen
        }

    return write
