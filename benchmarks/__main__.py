"""``make bench``: what people wait for, and what the whole takes. Prints tables; asserts nothing.

Absolute figures move from machine to machine: say which, and compare what was measured in one run.
"""

import argparse
import os
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from pathlib import Path

import httpx
import psutil
from sqlalchemy import create_engine, make_url, text

from benchmarks.figures import print_table, quantiles
from tests.e2e.api import Client
from tests.e2e.installation import Installation, installation
from tests.e2e.person import link_in


def main() -> None:
    """Measure each profile in turn."""
    options = argparse.ArgumentParser(prog="make bench")
    options.add_argument("--rounds", type=int, default=3, help="interleaved rounds")
    options.add_argument("--posts", type=int, default=300, help="sign-ups per round")
    options.add_argument("--mails", type=int, default=50, help="mails per round for the time to the inbox")
    chosen = options.parse_args()
    answers: dict[str, list[float]] = {}
    crowds: dict[str, list[float]] = {}
    mails: dict[str, list[float]] = {}
    memory: dict[str, list[float]] = {}
    starts: dict[str, list[float]] = {}
    tells: dict[str, list[float]] = {}
    for _ in range(chosen.rounds):
        for name, variables in profiles():
            with variables as settings, tempfile.TemporaryDirectory() as folder:
                began = time.perf_counter()
                with installation(Path(folder) / "one", **settings) as one:
                    starts.setdefault(name, []).append((time.perf_counter() - began) * 1000)
                    answers.setdefault(name, []).extend(sign_up_answers(one, chosen.posts))
                    crowds.setdefault(name, []).append(sign_ups_per_second(one, chosen.posts * 3, clients=8))
                    for act, found in known_and_unknown(one, chosen.posts // 5).items():
                        tells.setdefault(f"{name}: {act}", []).extend(found)
                    _let_drain(one)
                    mails.setdefault(name, []).extend(accepted_to_inbox(one, chosen.mails))
                    memory.setdefault(name, []).append(memory_mib(one))
    _print("Sign-up by API, one client: answer in ms", answers)
    print_table(
        "Sign-up by API, 8 clients: accepted per second, median (lowest to highest round)",
        [
            (name, {"per second": sorted(rates)[len(rates) // 2], "lowest": min(rates), "highest": max(rates)})
            for name, rates in crowds.items()
        ],
    )
    _print("What the time could tell of an address: answer in ms (S8)", tells)
    _print("Accepted to inbox at 5 sign-ups a second: ms", mails)
    _print("Start of all processes to ready: ms", starts)
    print_table(
        "Memory of all processes (proportional share), MiB",
        [(name, {"median": sorted(found)[len(found) // 2], "highest": max(found)}) for name, found in memory.items()],
    )


def profiles() -> Iterator[tuple[str, AbstractContextManager[dict[str, str]]]]:
    """The embedded default and, where they answer, PostgreSQL with Redis."""
    yield "SQLite + embedded broker", _embedded()
    if "TEST_DATABASE_URL" in os.environ:
        yield "PostgreSQL + Redis, 2 web workers", _services()


@contextmanager
def _embedded() -> Iterator[dict[str, str]]:
    yield {}


@contextmanager
def _services() -> Iterator[dict[str, str]]:
    server = make_url(os.environ["TEST_DATABASE_URL"])
    name = f"gatehouse_bench_{uuid.uuid4().hex[:8]}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield {
        "DATABASE_URL": server.set(database=name).render_as_string(hide_password=False),
        "BROKER_URL": os.environ["TEST_REDIS_URL"].rpartition("/")[0] + "/14",
        "WEB_CONCURRENCY": "2",
    }
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()


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
    _let_drain(one)
    found = httpx.get(f"{one.inbox}/api/mails", timeout=30).json()
    received = {mail["to"][0]: datetime.fromisoformat(mail["received_at"]).timestamp() for mail in found}
    return [(received[address] - moment) * 1000 for address, moment in accepted.items()]


def known_and_unknown(one: Installation, count: int) -> dict[str, list[float]]:
    """Milliseconds of the three acts that take an address, for one that has an account and for ones that have none."""
    client = Client(one.web)
    client.sign_up("known@bench.example")
    client.set_password(link_in(one.wait_for_mail("known@bench.example", template="password")).rpartition("/")[2])
    acts: dict[str, Callable[[str], object]] = {
        "sign-up": client.sign_up,
        "password link": lambda email: client.http.post("/password-links", json={"email": email}),
        "log-in": lambda email: client.log_in(email, "not the password"),
    }
    found: dict[str, list[float]] = {}
    for name, act in acts.items():
        for _ in range(count):
            stranger = f"{uuid.uuid4().hex}@bench.example"
            for who, email in (("known", "known@bench.example"), ("unknown", stranger)):
                found.setdefault(f"{name}, {who}", []).append(_timed(lambda act=act, email=email: act(email)))
    client.leave()
    return found


def memory_mib(one: Installation) -> float:
    """Proportional set size of every process of the installation, in MiB."""
    assert one.supervisor is not None
    family = [psutil.Process(one.supervisor.pid), *psutil.Process(one.supervisor.pid).children(recursive=True)]
    return sum(process.memory_full_info().pss for process in family) / 2**20


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


def _let_drain(one: Installation) -> None:
    """Wait until nothing waits any more."""
    before = -1
    while True:
        time.sleep(1)
        count = len(httpx.get(f"{one.inbox}/api/mails", timeout=30).json())
        if count == before:
            return
        before = count


def _print(title: str, samples: dict[str, list[float]]) -> None:
    print_table(title, [(name, {"n": str(len(found)), **quantiles(found)}) for name, found in samples.items()])


if __name__ == "__main__":
    main()
