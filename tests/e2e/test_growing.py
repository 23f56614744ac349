"""More of everything side by side, on two hosts: nothing is lost, nothing happens twice.

PostgreSQL and Redis, since SQLite and the embedded broker are for one host.
"""

import re
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import cycle
from pathlib import Path

import httpx
import pytest

from shared.models import Assignment, AuditEvent, Email, OutboxRow, RoleRequest
from tests.conftest import ON_SERVICES
from tests.e2e.api import Client, joined
from tests.e2e.crash_points import crash_hook
from tests.e2e.hosts import Host, host, lines_of
from tests.e2e.installation import free_ports
from tests.e2e.ledger import Ledger

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.slow,
    pytest.mark.services,
    pytest.mark.skipif(not ON_SERVICES, reason="asks for the servers under test"),
]
SIGN_UPS = 300
REQUESTS = 20


def worker(name: str, queues: str) -> str:
    """The worker's line, for some of the queues and with a name of its own: two of one host must not share one."""
    line = re.sub(r"--queues \S+", f"--queues {queues}", lines_of()["worker"])
    return f"{line} --hostname {name}@%h"


def programs(first: int) -> dict[str, str]:
    lines = lines_of()
    return {
        "web": lines["web"],
        "relay": lines["relay"],
        f"mail-{first}": worker(f"mail-{first}", "mail.urgent,mail.notice"),
        f"rest-{first}": worker(f"rest-{first}", "routing,housekeeping"),
        "beat": lines["beat"],
    }


@pytest.fixture(scope="module")
def hosts(tmp_path_factory: pytest.TempPathFactory, backend: dict[str, str]) -> Iterator[list[Host]]:
    """Two hosts with a gateway, a relay, two workers and a beat each; the second sends through the first one's inbox.

    Beat asks for each chore every two seconds, so that the two of them meet.
    """
    folder = Path(tmp_path_factory.mktemp("growing"))
    (web,) = free_ports(1)
    shared = {
        **backend,
        **crash_hook(folder / "points"),
        "SECRET_KEYS": "a-key-that-both-hosts-of-this-test-know-0001",
        "PUBLIC_URL": f"http://127.0.0.1:{web}",
        "WORKER_CONCURRENCY": "2",
    }
    with ExitStack() as stack:
        one = stack.enter_context(host(folder / "one", programs(1), PORT=str(web), **shared))
        mail = {"MAIL_SERVER": "127.0.0.1", "MAIL_PORT": one.variables["SMTP_PORT"]}
        two = stack.enter_context(host(folder / "two", programs(2), installs=False, **shared, **mail))
        yield [one, two]


@pytest.fixture
def ledger(hosts: list[Host]) -> Iterator[Ledger]:
    one = Ledger(hosts[0])
    yield one
    one.close()


def arrived(one: Host) -> Counter[str]:
    """How often each mail came, by Message-ID."""
    return Counter(mail["headers"]["Message-ID"] for mail in httpx.get(f"{one.inbox}/api/mails").json())


def test_of_three_hundred_sign_ups_at_two_gateways_each_gets_one_mail(hosts: list[Host], ledger: Ledger):
    gateways = cycle(hosts)
    people = [(next(gateways).web, f"person-{number}@alpro.example") for number in range(SIGN_UPS)]

    def sign_up(person: tuple[str, str]) -> int:
        client = Client(person[0])
        status = client.sign_up(person[1]).status_code
        client.leave()
        return status

    with ThreadPoolExecutor(8) as crowd:
        answers = Counter(crowd.map(sign_up, people))

    ledger.wait_until_settled(within=120)
    assert answers == {202: SIGN_UPS}
    rows = ledger.rows(Email, Email.recipient.like("person-%"))
    came = arrived(hosts[0])
    assert {row.state for row in rows} == {"sent"}
    assert [came[f"<{row.id}@gatehouse.example>"] for row in rows] == [1] * SIGN_UPS
    assert "0 problems" in hosts[0].command("audit", "verify")
    assert nobody_ended(hosts)


def test_of_twenty_requests_each_recipient_is_asked_and_reminded_once_though_two_beats_ask(
    hosts: list[Host], ledger: Ledger
):
    gateways = cycle(hosts)
    asked = []
    for number in range(REQUESTS):
        client = joined(hosts[0], f"asker-{number}@alpro.example")
        token = client.http.headers["Authorization"]
        with httpx.Client(base_url=f"{next(gateways).web}/api/v1", headers={"Authorization": token}) as other:
            (post,) = other.get("/production/operators", params={"country": "BE", "name": "ALPRO"}).json()["items"]
            asked.append(other.post("/production/role-requests", json={"post_ids": [post["post_id"]]}).status_code)
        client.leave()
    ledger.wait_until_settled(within=120)

    hosts[0].command("clock", "advance", "7d")
    hosts[0].wait_for_mail("be0023@authorities.example", template="reminder", after=REQUESTS - 1, within=120)
    ledger.wait_until_settled(within=120)

    assert asked == [201] * REQUESTS
    requests = ledger.rows(RoleRequest, RoleRequest.environment == "production")  # the canary walks in the other one
    ids = [row.id for row in requests]
    assignments = {row.id for row in ledger.rows(Assignment, Assignment.role_request_id.in_(ids))}
    came = arrived(hosts[0])
    for template in ("decide", "reminder"):
        rows = ledger.rows(Email, Email.template == template, Email.is_canary.is_(False))
        assert Counter(row.assignment_id for row in rows) == dict.fromkeys(assignments, 1)
        assert {came[f"<{row.id}@gatehouse.example>"] for row in rows} == {1}
    events = ledger.rows(AuditEvent, AuditEvent.action == "role_request.reminded", AuditEvent.subject_id.in_(ids))
    assert Counter(event.subject_id for event in events) == dict.fromkeys(ids, 1)
    assert len(ids) == REQUESTS
    assert {row.outcome for row in ledger.rows(OutboxRow)} <= {"done", "obsolete"}
    assert "0 problems" in hosts[0].command("audit", "verify")
    assert nobody_ended(hosts)


def nobody_ended(hosts: list[Host]) -> bool:
    """True when every process is still the one that was started."""
    return not [one for one in hosts if "ended (exit code" in Path(one.said.name).read_text()]
