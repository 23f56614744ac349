"""The mailed code and the client that is remembered, by API (S25)."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest

from shared.models import AuditEvent, DecisionChallenge, Email, IdempotencyKey, Link, RememberedBrowser, RoleRequestItem
from tests.gateway.api.client import Api, codes_of
from tests.gateway.api.conftest import Offices, Worker

Rows = Callable[[type[Any]], Sequence[Any]]
Ask = Callable[..., dict[str, Any]]


@pytest.fixture
def acceptance(ask: Ask, offices: Offices, worker: Worker) -> dict[str, Any]:
    """A decision through the office's mailbox, without any proof."""
    token = worker.token(ask(offices.post)["id"])
    return {"token": token, "decision": "accept", "decider_name": "A. Clerk"}


TABLES = (AuditEvent, DecisionChallenge, Email, IdempotencyKey, RememberedBrowser)


def code_mails(rows: Rows) -> list[str]:
    return [mail.recipient for mail in rows(Email) if mail.template == "code"]


@pytest.mark.req("S25")
def test_the_first_decision_mails_a_code_to_the_recipient_of_the_link(
    stranger: Api, acceptance: dict[str, Any], rows: Rows
) -> None:
    answer = stranger.post("/decisions", acceptance)

    assert codes_of(answer) == (401, "code_required")
    assert code_mails(rows) == ["cca@authority.example"]
    assert {item.status for item in rows(RoleRequestItem)} == {"waiting"}


@pytest.mark.req("S25")
def test_the_refusal_is_the_same_from_call_to_call_and_for_every_link(
    stranger: Api, ask: Ask, acceptance: dict[str, Any], offices: Offices, worker: Worker
) -> None:
    other = acceptance | {"token": worker.token(ask(offices.second_operator.posts[0])["id"], offices.in_charge)}

    bodies = {stranger.post("/decisions", body).text for body in (acceptance, acceptance, other)}

    assert len(bodies) == 1


@pytest.mark.req("S25")
def test_the_code_decides_and_the_client_is_remembered(
    *, stranger: Api, ask: Ask, acceptance: dict[str, Any], offices: Offices, worker: Worker, rows: Rows
) -> None:
    stranger.post("/decisions", acceptance)

    decider_token = stranger.post("/decisions", acceptance | {"code": worker.code()}).get_json()["decider_token"]

    second = worker.token(ask(offices.second_operator.posts[0])["id"])
    answer = stranger.post("/decisions", acceptance | {"token": second, "decider_token": decider_token})
    assert answer.status_code == 200
    assert "decider_token" not in answer.get_json()
    assert len(code_mails(rows)) == 1


@pytest.mark.req("S2")
def test_the_secret_of_a_client_is_stored_nowhere(
    stranger: Api, acceptance: dict[str, Any], worker: Worker, rows: Rows
) -> None:
    stranger.post("/decisions", acceptance, key="first")

    answer = stranger.post("/decisions", acceptance | {"code": worker.code()}, key="second")

    secret = answer.get_json()["decider_token"]
    stored = [str(row.__dict__) for model in TABLES for row in rows(model)]
    assert stored
    assert not any(secret in text for text in stored)


@pytest.mark.req("S25")
def test_a_remembered_client_stands_for_one_recipient_only(
    stranger: Api, ask: Ask, acceptance: dict[str, Any], offices: Offices, worker: Worker
) -> None:
    stranger.post("/decisions", acceptance)
    decider_token = stranger.post("/decisions", acceptance | {"code": worker.code()}).get_json()["decider_token"]

    other = worker.token(ask(offices.second_operator.posts[0])["id"], offices.in_charge)
    answer = stranger.post("/decisions", {"token": other, "decision": "accept", "decider_token": decider_token})

    assert codes_of(answer) == (401, "code_required")


@pytest.mark.req("S25")
def test_a_wrong_code_counts_and_the_tenth_locks_the_link(
    stranger: Api, acceptance: dict[str, Any], worker: Worker, rows: Rows
) -> None:
    stranger.post("/decisions", acceptance)
    right = worker.code()
    wrong = acceptance | {"code": "000000" if right != "000000" else "111111"}

    answers = [stranger.post("/decisions", wrong) for _ in range(10)]

    assert [codes_of(answer) for answer in answers[:9]] == [(401, "code_wrong")] * 9
    assert codes_of(answers[9]) == (423, "link_locked")
    assert codes_of(stranger.post("/decisions", acceptance | {"code": right})) == (423, "link_locked")
    assert codes_of(stranger.post("/decisions/lookup", {"token": acceptance["token"]})) == (423, "link_locked")
    assert [event.action for event in rows(AuditEvent)].count("decision.link_locked") == 1
    assert [link.locked_at is not None for link in rows(Link) if link.purpose == "decide"].count(True) == 1


@pytest.mark.parametrize(
    "changes",
    [{"decision": "reject", "reason": "No."}, {"grant_administrator": False}],
)
@pytest.mark.req("S25")
def test_a_code_is_good_for_the_decision_it_was_mailed_for_and_no_other(
    stranger: Api, acceptance: dict[str, Any], worker: Worker, rows: Rows, changes: dict[str, Any]
) -> None:
    stranger.post("/decisions", acceptance)

    answer = stranger.post("/decisions", acceptance | changes | {"code": worker.code()})

    assert codes_of(answer) == (401, "code_wrong")
    assert {item.status for item in rows(RoleRequestItem)} == {"waiting"}


@pytest.mark.req("S25")
def test_a_code_dies_ten_minutes_after_it_was_handed_over(
    stranger: Api, acceptance: dict[str, Any], worker: Worker, standing_clock: Any
) -> None:
    stranger.post("/decisions", acceptance)
    code = worker.code()
    standing_clock.advance(timedelta(minutes=10))

    assert codes_of(stranger.post("/decisions", acceptance | {"code": code})) == (401, "code_wrong")


@pytest.mark.req("S25", "S12")
def test_a_fourth_code_within_the_hour_has_to_wait(
    stranger: Api, acceptance: dict[str, Any], standing_clock: Any, rows: Rows
) -> None:
    for _ in range(3):
        assert codes_of(stranger.post("/decisions", acceptance)) == (401, "code_required")
        standing_clock.advance(timedelta(minutes=1))

    answer = stranger.post("/decisions", acceptance)

    assert codes_of(answer) == (429, "too_many_requests")
    assert answer.headers["Retry-After"] == str(57 * 60)
    assert len(code_mails(rows)) == 3
