"""The same product on RabbitMQ: another broker is a setting, not another program."""

import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.messages import Queue, Task
from tests.conftest import ON_SERVICES
from tests.e2e.api import Client
from tests.e2e.hosts import Host, celery_of, host, lines_of
from tests.e2e.installation import installation
from tests.rabbitmq import QUORUM, declare, delete_queues, own_rabbitmq

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.services,
    pytest.mark.slow,
    pytest.mark.skipif(not ON_SERVICES, reason="asks for the servers under test"),
]


@pytest.fixture
def rabbitmq() -> Iterator[str]:
    with own_rabbitmq() as url:
        yield url


def sign_up(running: Host, email: str) -> int:
    client = Client(running.web)
    status = client.sign_up(email).status_code
    client.leave()
    return status


def said(running: Host, text: str, *, times: int = 1) -> list[str]:
    """Wait until the processes have said something that often; returns the lines."""
    end = time.monotonic() + 30
    while len(lines := [line for line in Path(running.said.name).read_text().splitlines() if text in line]) < times:
        assert time.monotonic() < end, f"nobody said {text!r}"
        time.sleep(0.1)
    return lines


def test_a_sign_up_gets_its_mail_through_quorum_queues(tmp_path: Path, rabbitmq: str):
    with installation(tmp_path / "rabbit", BROKER_URL=rabbitmq) as one:
        client = Client(one.web)
        assert client.sign_up("ann@alpro.example").status_code == 202
        client.leave()

        assert one.wait_for_mail("ann@alpro.example", template="password")
        declare(QUORUM)  # fails when one of them is anything else


def test_classic_queues_of_a_release_before_are_told_of_and_deleting_them_loses_nothing(tmp_path: Path, rabbitmq: str):
    declare({})
    lines = lines_of()
    # "worker-1" is not asked whether it is up: it is not, and says why.
    programs = {"web": lines["web"], "relay": lines["relay"], "worker-1": lines["worker"]}

    with host(tmp_path / "rabbit", programs, BROKER_URL=rabbitmq) as one:
        assert sign_up(one, "ann@alpro.example") == 202
        words = said(one, "of another kind than BROKER_QUEUE_TYPE says", times=4)
        assert {line.split()[0] for line in words} == {"relay", "worker-1"}
        assert "inequivalent arg 'x-queue-type' for queue 'mail.urgent'" in words[0]

        delete_queues()

        assert one.wait_for_mail("ann@alpro.example", template="password", within=60)
        assert "ended (exit code" not in Path(one.said.name).read_text()
        declare(QUORUM)


def test_classic_queues_go_on_working_with_the_setting(tmp_path: Path, rabbitmq: str):
    declare({})
    lines = lines_of()
    programs = {name: lines[name] for name in ("web", "relay", "worker")}

    with host(tmp_path / "rabbit", programs, BROKER_URL=rabbitmq, BROKER_QUEUE_TYPE="classic") as one:
        assert sign_up(one, "ann@alpro.example") == 202

        assert one.wait_for_mail("ann@alpro.example", template="password")


def test_two_workers_of_one_name_both_live(tmp_path: Path, rabbitmq: str):
    lines = lines_of()
    programs = {name: lines[name] for name in ("web", "relay", "worker")} | {"worker-2": lines["worker"]}

    with host(tmp_path / "rabbit", programs, BROKER_URL=rabbitmq) as one:
        said(one, " ready.", times=2)
        assert sign_up(one, "ann@alpro.example") == 202

        assert one.wait_for_mail("ann@alpro.example", template="password")
        assert "ended (exit code" not in Path(one.said.name).read_text()


def test_a_worker_with_many_messages_a_second_goes_on_listening(
    tmp_path: Path, rabbitmq: str, monkeypatch: pytest.MonkeyPatch
):
    lines = lines_of()
    programs = {name: lines[name] for name in ("web", "relay", "worker")}

    with host(tmp_path / "rabbit", programs, BROKER_URL=rabbitmq) as one:
        with celery_of(one, monkeypatch) as celery:
            for _ in range(1_000):
                celery.send_task(Task.DELIVER_EMAILS, args=[[str(uuid.uuid4())]], queue=Queue.MAIL_URGENT)

        assert sign_up(one, "ann@alpro.example") == 202
        assert one.wait_for_mail("ann@alpro.example", template="password", within=20)
        assert "Connection to broker lost" not in Path(one.said.name).read_text()
