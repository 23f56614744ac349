"""What people get when something breaks: their mail, all the same."""

import signal
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.conftest import ON_SERVICES
from tests.e2e.api import Client
from tests.e2e.installation import Installation, installation
from tests.e2e.person import link_in

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, backend: dict[str, str]):
    with installation(Path(tmp_path_factory.mktemp("faults")), SINK_DELAY_MS="250", **backend) as one:
        yield one


@pytest.fixture
def client(running: Installation):
    one = Client(running.web)
    yield one
    one.leave()


@pytest.mark.req("S3")
def test_of_fifty_parallel_uses_of_one_link_one_succeeds(running: Installation, client: Client):
    client.sign_up("fifty@alpro.example")
    token = link_in(running.wait_for_mail("fifty@alpro.example", template="password")).rpartition("/")[2]

    with ThreadPoolExecutor(50) as crowd:
        answers = list(crowd.map(lambda _: client.set_password(token), range(50)))

    codes = Counter(answer.json()["code"] if answer.content else answer.status_code for answer in answers)
    assert codes == {204: 1, "link_used": 49}


@pytest.mark.skipif(ON_SERVICES, reason="the servers under test are not ours to stop")
def test_a_sign_up_while_the_broker_is_frozen_gets_its_mail_when_it_wakes(running: Installation, client: Client):
    (broker,) = running.processes("broker.sock")
    broker.send_signal(signal.SIGSTOP)
    try:
        began = time.monotonic()
        assert client.sign_up("frozen@alpro.example").status_code == 202
        assert time.monotonic() - began < 2
        time.sleep(1)
    finally:
        broker.send_signal(signal.SIGCONT)

    assert running.wait_for_mail("frozen@alpro.example", template="password", within=60)


def test_killing_the_worker_while_mails_wait_loses_none(running: Installation, client: Client):
    addresses = [f"crowd{number}@alpro.example" for number in range(200)]
    for address in addresses:
        assert client.sign_up(address).status_code == 202
    waiting = 200 - _delivered(running, addresses)
    (worker, *_) = running.processes("worker.main worker")
    worker.kill()

    end = time.monotonic() + 120
    while _delivered(running, addresses) < 200 and time.monotonic() < end:
        time.sleep(0.5)
    copies = Counter(mail["to"][0] for mail in _crowd(running, addresses))
    twice = sum(count - 1 for count in copies.values())
    assert waiting >= 20
    assert len(copies) == 200
    assert twice <= 8, "at most one mail in each thread's hands was sent twice"


def _crowd(running: Installation, addresses: list[str]) -> list[dict[str, object]]:
    wanted = set(addresses)
    return [mail for mail in httpx.get(f"{running.inbox}/api/mails").json() if mail["to"][0] in wanted]


def _delivered(running: Installation, addresses: list[str]) -> int:
    return len({mail["to"][0] for mail in _crowd(running, addresses)})
