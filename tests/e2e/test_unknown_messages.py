"""A message of a release to come, or of nobody: the worker says so and goes on, and the row it was about stays."""

import time
import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from shared import clock
from shared.models import OutboxRow
from tests.e2e.api import Client
from tests.e2e.hosts import Host, celery_of, host, lines_of
from tests.e2e.ledger import Ledger
from worker.app import Gatehouse

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
UNHEARD_OF = "emails.deliver_by_pigeon"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, backend: dict[str, str]) -> Iterator[Host]:
    programs = {name: line for name, line in lines_of().items() if name in {"web", "relay", "worker"}}
    with host(Path(tmp_path_factory.mktemp("unknown")) / "host", programs, **backend) as one:
        yield one


@pytest.fixture
def ledger(running: Host) -> Iterator[Ledger]:
    one = Ledger(running)
    yield one
    one.close()


@pytest.fixture
def celery(running: Host, monkeypatch: pytest.MonkeyPatch) -> Iterator[Gatehouse]:
    """Whoever can reach the broker."""
    with celery_of(running, monkeypatch) as one:
        yield one


def said(running: Host, text: str) -> str:
    end = time.monotonic() + 20
    while text not in (log := Path(running.said.name).read_text()):
        assert time.monotonic() < end, f"nobody said {text!r}"
        time.sleep(0.05)
    return log


def still_works(running: Host, email: str) -> None:
    client = Client(running.web)
    assert client.sign_up(email).status_code == 202
    client.leave()
    assert running.wait_for_mail(email, template="password")
    assert "ended (exit code" not in Path(running.said.name).read_text()


def test_a_row_for_a_task_that_this_release_does_not_know_waits_for_one_that_does(running: Host, ledger: Ledger):
    row_id = uuid.uuid4()
    with Session(ledger.engine) as session, session.begin():
        at = clock.database_time(session)
        session.add(
            OutboxRow(
                id=row_id,
                task=UNHEARD_OF,
                queue="mail.urgent",
                subject_id=uuid.uuid4(),
                created_at=at,
                next_attempt_at=at,
                announce_at=at,
            )
        )

    said(running, f"Received unregistered task of type '{UNHEARD_OF}'")

    (row,) = ledger.rows(OutboxRow, OutboxRow.id == row_id)
    assert (row.finished_at, row.lease_owner, row.crashes, row.announcements) == (None, None, 0, 1)
    with Session(ledger.engine) as session, session.begin():  # as if half a minute had passed
        session.get_one(OutboxRow, row_id).announce_at -= timedelta(seconds=40)
    end = time.monotonic() + 20
    while ledger.rows(OutboxRow, OutboxRow.id == row_id)[0].announcements < 2:
        assert time.monotonic() < end, "it was not announced again"
        time.sleep(0.1)
    still_works(running, "after-the-pigeon@alpro.example")
    with Session(ledger.engine) as session, session.begin():
        session.delete(session.get_one(OutboxRow, row_id))


@pytest.mark.parametrize(
    "args",
    [[], [["not an id"]], [[1, 2]], [7], [{"ids": []}], [[str(uuid.uuid4())], "and more"], [[str(uuid.uuid4())]]],
    ids=["nothing", "no id", "numbers", "a number", "a table", "one thing more", "a row that is not there"],
)
def test_a_message_of_another_shape_harms_nobody(running: Host, celery: Gatehouse, args: list[object]):
    celery.send_task("emails.deliver", args=args, queue="mail.urgent")
    celery.send_task("role_requests.route", args=args, queue="routing")

    still_works(running, f"shape-{uuid.uuid4().hex[:8]}@alpro.example")


def test_a_message_that_is_no_task_at_all_harms_nobody(running: Host, celery: Gatehouse):
    with celery.producer_pool.acquire(block=True) as producer:
        producer.publish({"hello": "worker"}, routing_key="mail.urgent", exchange="", serializer="json")

    said(running, "unknown message")
    still_works(running, "after-hello@alpro.example")


def test_a_message_in_another_notation_is_not_even_read(running: Host, celery: Gatehouse, tmp_path: Path):
    bomb = tmp_path / "went-off"
    pickled = f"cposix\nsystem\n(S'touch {bomb}'\ntR.".encode()
    with celery.producer_pool.acquire(block=True) as producer:
        producer.publish(
            pickled,
            routing_key="mail.urgent",
            exchange="",
            content_type="application/x-python-serialize",
            content_encoding="binary",
            headers={"task": "emails.deliver", "id": str(uuid.uuid4())},
        )

    still_works(running, "after-the-bomb@alpro.example")
    assert not bomb.exists()
