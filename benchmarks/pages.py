"""The pages people read: milliseconds from request to the whole answer, one reader, over kept connections.

Every page of a round is asked for in turn, so that whatever else the machine does meets all of them.
"""

import tempfile
import time
from collections import defaultdict
from pathlib import Path

import httpx

from benchmarks.embedded.profiles import profiles
from benchmarks.figures import print_table, quantiles
from benchmarks.servers import Servers
from tests.e2e.api import PASSWORD, joined
from tests.e2e.installation import Installation, installation
from tests.e2e.person import Person, link_in

GOAL = "p50 < 60"
APPROVER = "approver@commission.example"
OPEN = {
    "home": "/",
    "welcome": "/training/",
    "create account": "/account/create",
    "log in": "/account/log-in",
    "help": "/account/help",
}
OF_AN_APPLICANT = {
    "role choice": "/training/roles",
    "search for an operator": "/training/operators?name=bio&country=BE",
    "search for an authority": "/training/authorities?country=IT",
    "search for control bodies, tick all": "/training/control-bodies?country=NL&name=Control+Union+Certifications",
    "create operator": "/training/operators/new?name=Quite+New",
    "profile with a request": "/training/profile",
    "account": "/account/profile",
}
OF_AN_APPROVER = {"inbox": "/training/decisions"}


def run(servers: Servers | None, *, rounds: int, quick: bool) -> None:
    """Read every page on each profile and print."""
    waiting, reads = (5, 10) if quick else (30, 40)
    samples: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for _ in range(rounds):
        for name, variables in profiles(servers):
            with (
                variables as settings,
                tempfile.TemporaryDirectory() as folder,
                installation(Path(folder) / "one", **settings) as one,
            ):
                _read(one, samples[name], waiting=waiting, reads=reads)
    for name, pages in samples.items():
        rows = [(page, {"n": str(len(found)), **quantiles(found), "goal": GOAL}) for page, found in pages.items()]
        print_table(f"{name}: ms to a whole page, {waiting} requests wait in the inbox", rows)


def _read(one: Installation, samples: dict[str, list[float]], *, waiting: int, reads: int) -> None:
    joined(one, APPROVER).leave()
    one.command("commission", "add", APPROVER, "--environment", "training")
    for number in range(waiting):
        _ask(one, f"person{number}@people.example")
    anybody = httpx.Client()
    applicant, approver = _logged_in(one, "person0@people.example"), _logged_in(one, APPROVER)
    office = Person(one.web)
    office.open(link_in(one.wait_for_mail(APPROVER, template="decide")))
    pages = [
        *((name, anybody, one.web + path) for name, path in OPEN.items()),
        *((name, applicant, one.web + path) for name, path in OF_AN_APPLICANT.items()),
        *((name, approver, one.web + path) for name, path in OF_AN_APPROVER.items()),
        ("decide, from the mail", office.browser, office.address),
    ]
    for reading in range(reads + 1):
        for name, reader, address in pages:
            began = time.perf_counter()
            answer = reader.get(address)
            taken = (time.perf_counter() - began) * 1000
            if answer.status_code != httpx.codes.OK:
                raise RuntimeError(f"{name}: {answer.status_code}")
            if reading:  # the first of each is the warm-up
                samples[name].append(taken)


def _ask(one: Installation, email: str) -> None:
    client = joined(one, email)
    found = client.http.get("/training/authorities", params={"country": "BE", "role": "CCA"}).json()["items"]
    client.http.post("/training/role-requests", json={"post_ids": [found[0]["post_id"]]}).raise_for_status()
    client.leave()


def _logged_in(one: Installation, email: str) -> httpx.Client:
    person = Person(one.web)
    person.open(f"{one.web}/account/log-in")
    person.press("Log in", email=email, password=PASSWORD)
    return person.browser
