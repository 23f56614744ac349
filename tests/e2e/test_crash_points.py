"""Any process may be killed at any moment: each named place once, and the state comes right by itself.

What a crash costs is at most the one mail that the server had taken when nobody had recorded it yet: it comes twice,
with the same Message-ID and the same link.
"""

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from uuid import UUID

import httpx
import pytest

from shared.domain.deliveries import CRASHES_TO_PARK
from shared.messages import Chore, Queue
from shared.models import Assignment, AuditEvent, Email, Link
from tests.e2e.api import Client, joined
from tests.e2e.crash_points import POINTS, crash_hook
from tests.e2e.crash_stage import Stage
from tests.e2e.hosts import Host, celery_of, host, lines_of
from tests.e2e.person import link_in
from tests.e2e.test_role_walk_api import FLANDERS, decide_by_mail
from worker.app import Gatehouse

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
MAILER = [name for name in POINTS if name.startswith("mailer")]
ROUTER = [name for name in POINTS if name.startswith("router")]


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory, backend: dict[str, str]) -> Iterator[Stage]:
    """One thread in the worker, and nobody who asks for chores: whoever comes to a point is whom the test means."""
    folder = Path(tmp_path_factory.mktemp("crash"))
    programs = {name: line for name, line in lines_of().items() if name in {"web", "relay", "worker"}}
    with host(folder / "host", programs, WORKER_CONCURRENCY="1", **crash_hook(folder / "points"), **backend) as running:
        one = Stage(running, folder / "points")
        yield one
        one.leave()


@pytest.fixture
def person(stage: Stage) -> Iterator[Callable[[str], Client]]:
    """Somebody who has an account and is logged in."""
    with ExitStack() as stack:

        def make(email: str) -> Client:
            client = joined(stage.running, email)
            stack.callback(client.leave)
            return client

        yield make


@pytest.fixture
def celery(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Iterator[Gatehouse]:
    with celery_of(stage.running, monkeypatch) as one:
        yield one


def one_account_one_mail_one_link(stage: Stage, email: str) -> None:
    """What is to be there in the end, whoever died on the way."""
    (account,) = stage.ledger.accounts(email)
    (mail,) = stage.ledger.mails_to(email)
    (row,) = stage.ledger.work(mail.id)
    (link,) = stage.ledger.rows(Link, Link.account_id == account.id)
    assert (mail.state, row.outcome, row.crashes, mail.link_id) == ("sent", "done", 0, link.id)
    token = link_in(stage.mails(email, "password")[0]).rpartition("/")[2]
    assert stage.client.set_password(token).status_code == 204
    assert stage.client.set_password(token).status_code == 410


def test_a_gateway_that_dies_before_its_commit_has_promised_and_kept_nothing(stage: Stage):
    point, email = "gateway, sign-up not committed", "before@alpro.example"
    stage.kill_next(point)

    with pytest.raises(httpx.TransportError):
        stage.client.sign_up(email)
    stage.wait_for_death(point)

    assert stage.ledger.accounts(email) == []
    sign_up_until_answered(stage, email)
    stage.running.wait_for_mail(email, template="password")
    stage.ledger.wait_until_settled()
    assert len(stage.mails(email, "password")) == 1
    one_account_one_mail_one_link(stage, email)


def test_a_gateway_that_dies_after_its_commit_has_the_mail_sent_though_nobody_rang(stage: Stage):
    point, email = "gateway, sign-up committed, relay not rung", "after@alpro.example"
    stage.kill_next(point)

    with pytest.raises(httpx.TransportError):
        stage.client.sign_up(email)
    stage.wait_for_death(point)

    stage.running.wait_for_mail(email, template="password")
    stage.ledger.wait_until_settled()
    assert len(stage.mails(email, "password")) == 1
    wait_for_the_gateway(stage)
    one_account_one_mail_one_link(stage, email)


@pytest.mark.parametrize("point", ["relay, announced, nothing published", *MAILER])
def test_a_mail_comes_though_a_process_died_and_twice_only_when_the_server_had_it(stage: Stage, point: str):
    email = f"{point.replace(', ', '-').replace(' ', '-')}@alpro.example"
    stage.kill_next(point)

    assert stage.client.sign_up(email).status_code == 202
    stage.wait_for_death(point)

    stage.running.wait_for_mail(email, template="password", within=60)
    stage.ledger.wait_until_settled()
    copies = stage.mails(email, "password")
    assert len(copies) == (2 if point == "mailer, after DATA" else 1)
    assert len({(mail["headers"]["Message-ID"], link_in(mail)) for mail in copies}) == 1
    one_account_one_mail_one_link(stage, email)


def test_a_relay_that_dies_between_two_messages_has_both_kinds_of_work_done(
    stage: Stage, person: Callable[[str], Client]
):
    ann = person("between@alpro.example")
    point = "relay, one of several batches published"
    stage.kill_next(point)

    sent = ask(ann, "Colzagro")
    stage.wait_for_death(point)

    one_request_asked_once(stage, sent, "between@alpro.example")


@pytest.mark.req("S45")
@pytest.mark.parametrize("point", ["relay, seals not committed", "relay, sealed"])
def test_a_relay_that_dies_while_sealing_leaves_a_chain_without_gap_or_double(stage: Stage, point: str):
    email = f"{point.replace(', ', '-').replace(' ', '-')}@alpro.example"
    stage.kill_next(point)

    assert stage.client.sign_up(email).status_code == 202
    stage.wait_for_death(point)

    stage.running.wait_for_mail(email, template="password")
    stage.ledger.wait_until_settled()
    assert "0 problems" in stage.running.command("audit", "verify")
    one_account_one_mail_one_link(stage, email)


@pytest.mark.req("R67")
@pytest.mark.parametrize("point", ROUTER)
def test_a_request_is_asked_of_each_recipient_once_though_its_router_died(
    stage: Stage, person: Callable[[str], Client], point: str
):
    email = f"{point.replace(', ', '-').replace(' ', '-')}@alpro.example"
    ann = person(email)
    stage.kill_next(point)

    sent = ask(ann, "ALPRO")
    stage.wait_for_death(point)

    one_request_asked_once(stage, sent, email)
    decide_by_mail(stage.running, FLANDERS, str(sent))
    stage.running.wait_for_mail(email, template="outcome")
    stage.ledger.wait_until_settled()
    assert len(stage.mails(email, "outcome")) == 1


def test_a_ladder_that_stops_halfway_reminds_each_recipient_once(
    stage: Stage, person: Callable[[str], Client], celery: Gatehouse
):
    email, point = "ladder@alpro.example", "ladder, in the middle"
    ann = person(email)
    sent = ask(ann, "ALPRO")
    stage.running.wait_for_mail(FLANDERS, template="decide")
    stage.kill_next(point)

    stage.running.command("clock", "advance", "7d")
    celery.send_task(Chore.ADVANCE_ROLE_REQUESTS, queue=Queue.HOUSEKEEPING)
    stage.wait_for_death(point)
    assert stage.ledger.rows(Email, Email.role_request_id == sent, Email.template == "reminder") == []

    celery.send_task(Chore.ADVANCE_ROLE_REQUESTS, queue=Queue.HOUSEKEEPING)  # as beat does every minute
    celery.send_task(Chore.ADVANCE_ROLE_REQUESTS, queue=Queue.HOUSEKEEPING)
    stage.running.wait_for_mail(FLANDERS, template="reminder", within=60)
    stage.ledger.wait_until_settled()
    each_recipient_has_one(stage, "reminder", sent)
    of_this = AuditEvent.action == "role_request.reminded", AuditEvent.subject_id == sent
    assert len(stage.ledger.rows(AuditEvent, *of_this)) == 1


def test_a_mail_that_kills_whoever_sends_it_is_parked_and_shown_and_a_hundred_others_go(
    stage: Stage, capsys: pytest.CaptureFixture[str]
):
    poison, point = "poison@alpro.example", "mailer, before DATA"
    good = [f"good-{number}@alpro.example" for number in range(100)]
    (stage.folder / point).write_text(poison)

    for email in (poison, *good):
        assert stage.client.sign_up(email).status_code == 202
    began = time.monotonic()
    stage.ledger.wait_until_settled(within=120)
    took = time.monotonic() - began
    (stage.folder / point).unlink()

    (mail,) = stage.ledger.mails_to(poison)
    (row,) = stage.ledger.work(mail.id)
    assert (row.outcome, row.crashes, mail.state) == ("parked", CRASHES_TO_PARK, "refused")
    assert poison in stage.running.command("emails", "list", "--state", "refused")
    assert stage.mails(poison, "password") == []
    sent = [max(one.sent_at for one in stage.ledger.mails_to(email)) for email in good]
    came = Counter(mail["to"][0] for mail in httpx.get(f"{stage.running.inbox}/api/mails").json())
    assert {email: came[email] for email in good} == dict.fromkeys(good, 1)
    spread = (max(sent) - min(stage.ledger.mails_to(email)[0].created_at for email in good)).total_seconds()
    idle = cpu_of(stage.running)
    with capsys.disabled():
        sys.stdout.write(f"\nthe good were sent after {spread:.1f} s, the poison parked after {took:.1f} s; {idle}\n")


def cpu_of(running: Host) -> str:
    """Share of a processor that relay and worker use while there is nothing to do."""
    found = {name: running.processes(f"worker.{name}")[0] for name in ("relay", "main worker")}
    for process in found.values():
        process.cpu_percent()
    time.sleep(3)
    return ", ".join(f"{name} {process.cpu_percent():.1f} % CPU" for name, process in found.items())


def ask(client: Client, operator: str) -> UUID:
    """Ask for the post at an operator; returns the id of the request."""
    (found,) = client.http.get("/production/operators", params={"country": "BE", "name": operator}).json()["items"]
    answer = client.http.post("/production/role-requests", json={"post_ids": [found["post_id"]]})
    assert answer.status_code == 201, answer.text
    return UUID(answer.json()["id"])


def one_request_asked_once(stage: Stage, request_id: UUID, email: str) -> None:
    stage.running.wait_for_mail(email, template="request-received", within=60)
    stage.ledger.wait_until_settled()
    (routing,) = stage.ledger.work(request_id)
    assert (routing.outcome, routing.crashes) == ("done", 0)
    each_recipient_has_one(stage, "decide", request_id)
    assert len(stage.mails(email, "request-received")) == 1


def each_recipient_has_one(stage: Stage, template: str, request_id: UUID) -> None:
    """Belgium's three competent authorities and, once there is one, the operator's administrator: each once."""
    assignments = stage.ledger.rows(Assignment, Assignment.role_request_id == request_id)
    rows = stage.ledger.rows(Email, Email.role_request_id == request_id, Email.template == template)
    ids = {f"<{row.id}@gatehouse.example>" for row in rows}
    came = (mail["headers"]["Message-ID"] for mail in httpx.get(f"{stage.running.inbox}/api/mails").json())
    arrived = Counter(message_id for message_id in came if message_id in ids)
    assert len({row.recipient for row in rows}) == len(assignments) == len(rows) >= 3
    assert {row.assignment_id for row in rows} == {assignment.id for assignment in assignments}
    assert arrived == dict.fromkeys(ids, 1)


def sign_up_until_answered(stage: Stage, email: str) -> None:
    wait_for_the_gateway(stage)
    assert stage.client.sign_up(email).status_code == 202


def wait_for_the_gateway(stage: Stage) -> None:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        try:
            if httpx.get(f"{stage.running.web}/readyz").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError("the gateway did not come back")
