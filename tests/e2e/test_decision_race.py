"""Two approvers press at the same moment, on two web workers: one decision, one record, one mail to the applicant."""

import json
import os
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import httpx
import pytest

from tests.e2e.api import Client, joined
from tests.e2e.installation import Installation, installation
from tests.e2e.person import code_in, link_in

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
ROUNDS = int(os.environ.get("GATEHOUSE_RACE_ROUNDS", "40"))
"""Forty show it every day; 200 and more on request."""
APPROVERS = ("an@commission.example", "bo@commission.example")
APPLICANT = "eva@controlunion.example"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, backend: dict[str, str]):
    with installation(Path(tmp_path_factory.mktemp("race")), WEB_CONCURRENCY="2", **backend) as one:
        yield one


@pytest.mark.req("S32", "R71")
def test_of_two_decisions_at_the_same_moment_one_counts(running: Installation):
    for approver in APPROVERS:
        joined(running, approver).leave()
        running.command("commission", "add", approver, "--environment", "production")
    eva = joined(running, APPLICANT)
    first, second, *requests = ask_for_posts_that_the_commission_decides(eva, ROUNDS + 2)
    tokens = {approver: tokens_by_request(running, approver, [first, second, *requests]) for approver in APPROVERS}
    proofs = {
        approver: prove(running, approver, tokens[approver][request])
        for approver, request in zip(APPROVERS, (first, second), strict=True)
    }

    answers = [race(running, [tokens[approver][request] for approver in APPROVERS], proofs) for request in requests]

    assert Counter(tuple(sorted(pair)) for pair in answers) == {(200, 409): ROUNDS}
    running.wait_for_mail(APPLICANT, template="outcome", after=ROUNDS + 1, within=60)
    outcomes = [one for one in running.mails(APPLICANT) if one["headers"]["X-Gatehouse-Template"] == "outcome"]
    assert len(outcomes) == ROUNDS + 2
    events = [json.loads(line) for line in running.command("audit", "export").splitlines()]
    decided = [event for event in events if event["action"] in {"role_request.accepted", "role_request.rejected"}]
    assert len(decided) == ROUNDS + 2
    assert "0 problems" in running.command("audit", "verify")
    eva.leave()


def ask_for_posts_that_the_commission_decides(client: Client, count: int) -> list[str]:
    """One request for each of ``count`` posts of control bodies that have no seat in the Union."""
    found, cursor = [], None
    while len(found) < count:
        params = {"limit": 200} | ({"cursor": cursor} if cursor else {})
        page = client.http.get("/production/control-bodies", params=params).json()
        found += [item["post_id"] for item in page["items"] if item["seat_country"] in NOT_IN_THE_UNION]
        cursor = page["next_cursor"]
    answers = [client.http.post("/production/role-requests", json={"post_ids": [post]}) for post in found[:count]]
    return [answer.json()["id"] for answer in answers]


NOT_IN_THE_UNION = {None, "CH", "BO", "IN", "AR", "TH", "PE", "BR", "EG", "AM", "AU", "MX", "JP", "GE", "US", "TR"}


def tokens_by_request(running: Installation, approver: str, requests: list[str]) -> dict[str, str]:
    running.wait_for_mail(approver, template="decide", after=len(requests) - 1, within=120)
    mails = [one for one in running.mails(approver) if one["headers"]["X-Gatehouse-Template"] == "decide"]
    by_thread = {mail["headers"]["References"].strip("<>").partition("@")[0]: mail for mail in mails}
    return {request: link_in(by_thread[request]).rpartition("/")[2] for request in requests}


def prove(running: Installation, approver: str, token: str) -> str:
    """Make the approver's program known, by one decision with the mailed code."""
    client = Client(running.web)
    body = {"token": token, "decision": "reject", "reason": "Not known here."}
    assert client.http.post("/decisions", json=body).json()["code"] == "code_required"
    code = code_in(running.wait_for_mail(approver, template="code"))
    proof = client.http.post("/decisions", json=body | {"code": code}).json()["decider_token"]
    client.leave()
    return str(proof)


def race(running: Installation, tokens: list[str], proofs: dict[str, str]) -> list[int]:
    start = Barrier(len(tokens))

    def press(token: str, approver: str, decision: str) -> int:
        body = {"token": token, "decision": decision, "reason": "Not known here.", "decider_token": proofs[approver]}
        with httpx.Client(base_url=f"{running.web}/api/v1", timeout=30) as client:
            client.get("/openapi.json")
            start.wait()
            return client.post("/decisions", json=body).status_code

    with ThreadPoolExecutor(2) as crowd:
        return list(crowd.map(press, tokens, APPROVERS, ("accept", "reject")))
