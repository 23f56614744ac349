"""POST /decisions/lookup and POST /decisions: who may decide, on what, and what everybody sees of it."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from gateway.application import Gateway
from shared.db import Database
from shared.models import Account, Administrator, AuditEvent, Email, Link, Membership, RoleRequestItem
from tests.conftest import NOW
from tests.gateway.api.client import Api, codes_of, fields_of, log_in
from tests.gateway.api.conftest import REQUESTS, Offices, Worker

Rows = Callable[[type[Any]], Sequence[Any]]
Ask = Callable[..., dict[str, Any]]
ACCEPT = {"decision": "accept", "decider_name": "A. Clerk"}
REJECT = {"decision": "reject", "decider_name": "A. Clerk", "reason": "Unknown to us."}


@pytest.mark.req("R73", "S10")
def test_the_recipient_sees_who_asks_for_what_and_why_it_came(
    ask: Ask, stranger: Api, offices: Offices, worker: Worker, rows: Rows
) -> None:
    request = ask(
        offices.post, message="Test demonstration", contact_email="name@domain.com", contact_phone="+32 02 123456"
    )
    before = [(link.id, link.used_at) for link in rows(Link)]

    for _ in range(3):
        answer = stranger.post("/decisions/lookup", {"token": worker.token(request["id"])})

    shown = answer.get_json()
    assert shown["environment"] == "production"
    assert (shown["applicant"]["first_name"], shown["applicant"]["last_name"]) == ("Ann", "Peeters")
    assert [item["id"] for item in shown["items"]] == [item["id"] for item in request["items"]]
    assert shown["message"] == "Test demonstration"
    assert (shown["contact_email"], shown["contact_phone"]) == ("name@domain.com", "+32 02 123456")
    assert "ALPRO Comm.V.A." in shown["reasons"][0]
    assert isinstance(shown["version"], int)
    assert shown["asks_decider_name"] is True
    assert [(link.id, link.used_at) for link in rows(Link)] == before


@pytest.mark.req("R67", "R72")
@pytest.mark.usefixtures("without_codes")
def test_acceptance_lets_the_applicant_in_and_tells_them(
    *, ask: Ask, api: Api, stranger: Api, offices: Offices, worker: Worker, rows: Rows
) -> None:
    request = ask(offices.post)

    answer = stranger.post("/decisions", {"token": worker.token(request["id"]), **ACCEPT})

    assert answer.get_json() == {
        "items": [
            {
                "id": request["items"][0]["id"],
                "post_id": str(offices.post.id),
                "name": "ALPRO Comm.V.A.",
                "status": "accepted",
            }
        ]
    }
    (membership,) = api.get("/profile").get_json()["environments"]["production"]["memberships"]
    assert (membership["post_id"], membership["is_administrator"]) == (str(offices.post.id), True)
    assert [mail.recipient for mail in rows(Email) if mail.template == "outcome"] == ["ann@people.example"]


@pytest.mark.req("R68")
@pytest.mark.usefixtures("without_codes")
def test_some_items_can_be_accepted_and_others_rejected(
    ask: Ask, api: Api, stranger: Api, offices: Offices, worker: Worker
) -> None:
    request = ask(*offices.control_body.posts)
    first, second = (item["id"] for item in request["items"])
    token = worker.token(request["id"])

    accepted = stranger.post(
        "/decisions", {"token": token, **ACCEPT, "item_ids": [first], "grant_administrator": False}
    )
    rejected = stranger.post("/decisions", {"token": token, **REJECT})

    assert [item["id"] for item in accepted.get_json()["items"]] == [first]
    assert [item["id"] for item in rejected.get_json()["items"]] == [second]
    told = api.get(f"{REQUESTS}/{request['id']}").get_json()
    assert [(item["status"], item.get("reason")) for item in told["items"]] == [
        ("accepted", None),
        ("rejected", "Unknown to us."),
    ]
    lookup = stranger.post("/decisions/lookup", {"token": token}).get_json()
    assert lookup["outcome"] == ["accepted", "rejected"]


@pytest.mark.parametrize(("tick", "becomes"), [(None, True), (True, True), (False, False)])
@pytest.mark.usefixtures("without_codes")
def test_the_first_person_becomes_administrator_unless_the_tick_says_no(
    *,
    ask: Ask,
    stranger: Api,
    applicant: Account,
    offices: Offices,
    worker: Worker,
    rows: Rows,
    tick: bool | None,
    becomes: bool,
) -> None:
    body = {"token": worker.token(ask(offices.post)["id"]), **ACCEPT, "grant_administrator": tick}

    assert stranger.post("/decisions", body).status_code == 200

    assert (applicant.id in {row.account_id for row in rows(Administrator)}) is becomes


@pytest.mark.req("R71")
@pytest.mark.usefixtures("without_codes")
def test_the_second_learns_which_office_decided_and_when_and_nothing_of_any_person(
    ask: Ask, app: Gateway, stranger: Api, offices: Offices, worker: Worker
) -> None:
    request_id = ask(offices.second_operator.posts[0])["id"]
    mailbox, chief = worker.token(request_id), worker.token(request_id, offices.in_charge)
    assert stranger.post("/decisions", {"token": mailbox, **REJECT}).status_code == 200

    answer = stranger.post("/decisions", {"token": chief, "decision": "accept"})
    looked = stranger.post("/decisions/lookup", {"token": chief})

    assert codes_of(answer) == (409, "already_decided")
    told = answer.get_json()
    assert (told["office"], told["outcome"]) == (offices.cca.name, ["rejected"])
    assert datetime.fromisoformat(told["decided_at"]) == NOW
    assert looked.get_json() == {
        "environment": "production",
        "office": offices.cca.name,
        "decided_at": told["decided_at"],
        "outcome": ["rejected"],
    }
    for text in (answer.text, looked.text):
        assert not any(word in text for word in ("Peeters", "ann@", "Clerk", "Unknown to us"))


@pytest.mark.req("R71")
@pytest.mark.usefixtures("without_codes")
def test_a_request_that_was_taken_back_cannot_be_decided(
    ask: Ask, api: Api, stranger: Api, offices: Offices, worker: Worker
) -> None:
    request_id = ask(offices.post)["id"]
    token = worker.token(request_id)
    api.post(f"{REQUESTS}/{request_id}/actions/withdraw")

    assert codes_of(stranger.post("/decisions", {"token": token, **ACCEPT})) == (409, "request_withdrawn")
    shown = stranger.post("/decisions/lookup", {"token": token}).get_json()
    assert (shown["office"], shown["outcome"]) == (None, ["withdrawn"])


@pytest.mark.req("S27", "R70")
@pytest.mark.usefixtures("without_codes")
def test_the_applicant_who_was_forwarded_the_mail_cannot_accept_himself(
    ask: Ask, api: Api, offices: Offices, worker: Worker, rows: Rows
) -> None:
    token = worker.token(ask(offices.post)["id"])

    answer = api.post("/decisions", {"token": token, **ACCEPT})

    assert codes_of(answer) == (403, "own_request")
    assert codes_of(api.post("/decisions/lookup", {"token": token})) == (403, "own_request")
    assert [event.action for event in rows(AuditEvent)].count("role_request.own_decision_refused") == 1
    assert {row.account_id for row in rows(Membership)} == {offices.in_charge.id}


@pytest.mark.req("S33", "R70")
@pytest.mark.usefixtures("without_codes")
def test_whoever_lost_the_right_after_the_mail_cannot_decide(
    ask: Ask, stranger: Api, offices: Offices, worker: Worker, database: Database
) -> None:
    token = worker.token(ask(offices.second_operator.posts[0])["id"], offices.in_charge)
    with database.transaction() as session:
        session.delete(session.get_one(Administrator, (offices.in_charge.id, offices.second_operator.id)))

    assert codes_of(stranger.post("/decisions", {"token": token, "decision": "accept"})) == (403, "not_an_approver")
    assert codes_of(stranger.post("/decisions/lookup", {"token": token})) == (403, "not_an_approver")


@pytest.mark.req("S1", "S6")
def test_a_token_that_is_none_is_unknown(stranger: Api) -> None:
    for token in ("", "x", "A" * 44, "A" * 65, "../../etc", "é" * 44):
        for path, more in (("/decisions", ACCEPT), ("/decisions/lookup", {})):
            assert codes_of(stranger.post(path, {"token": token, **more})) == (404, "link_unknown"), token


@pytest.mark.req("S6")
def test_a_password_token_is_as_unknown_here_as_none(
    stranger: Api, applicant: Account, mailed_link: Callable[..., str]
) -> None:
    answer = stranger.post("/decisions", {"token": mailed_link(applicant), **ACCEPT})

    assert answer.get_json() == stranger.post("/decisions", {"token": "A" * 44, **ACCEPT}).get_json()


@pytest.mark.req("S4")
@pytest.mark.usefixtures("without_codes")
def test_a_decide_link_dies_after_thirty_days(
    *, ask: Ask, stranger: Api, offices: Offices, worker: Worker, database: Database, standing_clock: Any
) -> None:
    token = worker.token(ask(offices.post)["id"])
    with database.transaction() as session:
        for link in session.query(Link):
            link.expires_at = NOW + timedelta(days=30)
    standing_clock.advance(timedelta(days=30))

    assert codes_of(stranger.post("/decisions", {"token": token, **ACCEPT})) == (410, "link_expired")
    assert codes_of(stranger.post("/decisions/lookup", {"token": token})) == (410, "link_expired")


WRONG_FIELDS: list[tuple[dict[str, Any], set[str]]] = [
    ({"decision": "perhaps"}, {"decision"}),
    ({"decision": None}, {"decision"}),
    ({"decision": "reject"}, {"reason"}),
    ({"decision": "reject", "reason": "  "}, {"reason"}),
    ({"decider_name": ""}, {"decider_name"}),
    ({"decider_name": "A\r\nB"}, {"decider_name"}),
    ({"decider_name": "x" * 201}, {"decider_name"}),
    ({"decision": "reject", "reason": "x" * 2001}, {"reason"}),
    ({"reason": 5}, {"reason"}),
    ({"item_ids": []}, {"item_ids"}),
    ({"item_ids": ["x"]}, {"item_ids.0"}),
    ({"item_ids": ["00000000-0000-4000-8000-000000000000"]}, {"item_ids"}),
    ({"grant_administrator": "maybe"}, {"grant_administrator"}),
    ({"version": 99}, {"version"}),
    ({"version": "new"}, {"version"}),
    ({"version": 10**30}, {"version"}),
    ({"code": 123456}, {"code"}),
    ({"code": "1" * 21}, {"code"}),
    ({"decider_token": ["x"]}, {"decider_token"}),
]


@pytest.mark.req("S35", "S51")
@pytest.mark.usefixtures("without_codes")
def test_a_wrong_field_is_named_and_nothing_is_decided(
    *, ask: Ask, stranger: Api, offices: Offices, worker: Worker, rows: Rows, subtests: pytest.Subtests
) -> None:
    token = worker.token(ask(offices.post)["id"])
    for changes, fields in WRONG_FIELDS:
        with subtests.test(changes=changes, fields=fields):
            assert fields_of(stranger.post("/decisions", {"token": token, **ACCEPT} | changes)) == fields
            assert {item.status for item in rows(RoleRequestItem)} == {"waiting"}


@pytest.mark.req("S12")
@pytest.mark.usefixtures("limits_on")
def test_trying_out_tokens_meets_a_limit(app: Gateway) -> None:
    guesser = Api(app, machine="198.51.100.7")

    answers = [guesser.post("/decisions/lookup", {"token": "A" * 44}) for _ in range(21)]

    assert {codes_of(answer) for answer in answers[:20]} == {(404, "link_unknown")}
    assert codes_of(answers[20]) == (429, "too_many_requests")
    assert int(answers[20].headers["Retry-After"]) > 0


@pytest.mark.req("S12")
@pytest.mark.usefixtures("limits_on")
def test_hammering_one_link_meets_a_limit_and_the_other_links_of_the_office_do_not(
    ask: Ask, stranger: Api, offices: Offices, worker: Worker
) -> None:
    hammered, other = (worker.token(ask(post)["id"]) for post in (offices.post, offices.second_operator.posts[0]))

    answers = [stranger.post("/decisions/lookup", {"token": hammered}) for _ in range(61)]

    assert {answer.status_code for answer in answers[:60]} == {200}
    assert codes_of(answers[60]) == (429, "too_many_requests")
    assert stranger.post("/decisions/lookup", {"token": other}).status_code == 200


@pytest.mark.req("R67", "R69")
def test_a_recipient_who_is_logged_in_needs_no_code(
    ask: Ask, app: Gateway, offices: Offices, worker: Worker, database: Database
) -> None:
    token = worker.token(ask(offices.second_operator.posts[0])["id"], offices.in_charge)

    answer = log_in(app, offices.in_charge).post("/decisions", {"token": token, "decision": "accept"})

    assert answer.status_code == 200
    assert "decider_token" not in answer.get_json()
