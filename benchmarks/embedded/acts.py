"""What is done to one whole installation, and how long it takes."""

import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import httpx
import psutil

from tests.e2e.api import Client
from tests.e2e.installation import Installation
from tests.e2e.person import link_in

KNOWN = "known@bench.example"


def sign_up_answers(one: Installation, count: int) -> list[float]:
    """Milliseconds from request to answer, one after the other."""
    with httpx.Client(base_url=one.web) as client:
        _sign_up(client)
        return [_timed(lambda: _sign_up(client)) for _ in range(count)]


def sign_ups_per_second(one: Installation, count: int, *, clients: int) -> float:
    """Accepted sign-ups per second of a few clients that never pause."""

    def work(share: int) -> None:
        with httpx.Client(base_url=one.web, timeout=30) as client:
            for _ in range(share):
                _sign_up(client)

    began = time.perf_counter()
    with ThreadPoolExecutor(clients) as crowd:
        list(crowd.map(work, [count // clients] * clients))
    return count // clients * clients / (time.perf_counter() - began)


def accepted_to_inbox(one: Installation, count: int) -> list[float]:
    """Milliseconds from the answer to the moment the mail server has the mail, at five sign-ups a second."""
    accepted: dict[str, float] = {}
    with httpx.Client(base_url=one.web) as client:
        for _ in range(count):
            address = _sign_up(client)
            accepted[address] = time.time()
            time.sleep(0.2)
    let_drain(one)
    found = httpx.get(f"{one.inbox}/api/mails", timeout=30).json()
    received = {mail["to"][0]: datetime.fromisoformat(mail["received_at"]).timestamp() for mail in found}
    return [(received[address] - moment) * 1000 for address, moment in accepted.items()]


def known_and_unknown(one: Installation, count: int) -> dict[str, list[float]]:
    """Milliseconds of the three acts that take an address, for one that has an account and for ones that have none."""
    client = Client(one.web)
    client.sign_up(KNOWN)
    client.set_password(link_in(one.wait_for_mail(KNOWN, template="password")).rpartition("/")[2])
    acts: dict[str, Callable[[str], object]] = {
        "sign-up": client.sign_up,
        "password link": lambda email: client.http.post("/password-links", json={"email": email}),
        "log-in": lambda email: client.log_in(email, "not the password"),
    }
    found: dict[str, list[float]] = {}
    for name, act in acts.items():
        for _ in range(count):
            stranger = f"{uuid.uuid4().hex}@bench.example"
            for who, email in (("known", KNOWN), ("unknown", stranger)):
                found.setdefault(f"{name}, {who}", []).append(_timed(lambda act=act, email=email: act(email)))
    client.leave()
    return found


def memory_mib(one: Installation) -> float:
    """Proportional set size of every process of the installation, in MiB."""
    assert one.supervisor is not None
    family = [psutil.Process(one.supervisor.pid), *psutil.Process(one.supervisor.pid).children(recursive=True)]
    return sum(process.memory_full_info().pss for process in family) / 2**20


def let_drain(one: Installation) -> None:
    """Wait until nothing waits any more."""
    before = -1
    while True:
        time.sleep(1)
        count = len(httpx.get(f"{one.inbox}/api/mails", timeout=30).json())
        if count == before:
            return
        before = count


def _sign_up(client: httpx.Client) -> str:
    address = f"{uuid.uuid4().hex}@bench.example"
    body = {
        "first_name": "Ann",
        "last_name": "Peeters",
        "email": address,
        "confirm_email": address,
        "email_language": "en",
        "accept_privacy": True,
    }
    response = client.post("/api/v1/accounts", json=body)
    assert response.status_code == 202, response.text
    return address


def _timed(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return (time.perf_counter() - began) * 1000
