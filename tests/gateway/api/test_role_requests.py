"""POST and GET /{environment}/role-requests, and taking one back."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from shared.db import Database
from shared.models import Account, AuditEvent, Email, OutboxRow, RoleRequest
from tests.builders import a_membership
from tests.conftest import NOW
from tests.gateway.api.client import Api, codes_of, fields_of
from tests.gateway.api.conftest import REQUESTS, Offices, Worker

Rows = Callable[[type[Any]], Sequence[Any]]
Ask = Callable[..., dict[str, Any]]


@pytest.mark.req("R35", "R46", "R62", "R72")
def test_a_request_is_written_with_its_work_and_its_mail(api: Api, offices: Offices, rows: Rows) -> None:
    answer = api.post(REQUESTS, {"post_ids": [str(offices.post.id)]})

    assert answer.status_code == 201
    told = answer.get_json()
    assert (told["environment"], told["status"], told["skipped"]) == ("production", "open", [])
    assert [(item["post_id"], item["name"], item["status"]) for item in told["items"]] == [
        (str(offices.post.id), "ALPRO Comm.V.A.", "submitted")
    ]
    assert datetime.fromisoformat(told["since"]) == NOW
    assert [mail.template for mail in rows(Email)] == ["request-received"]
    assert sorted(row.task for row in rows(OutboxRow)) == ["emails.deliver", "role_requests.route"]


@pytest.mark.req("R59")
def test_the_letters_sample_of_added_words_is_taken_as_it_is(api: Api, offices: Offices, rows: Rows) -> None:
    words = {
        "message": "Test demonstration",
        "contact_email": "name@domain.com",
        "contact_phone": "+32 02 123456",
    }

    assert api.post(REQUESTS, {"post_ids": [str(offices.post.id)]} | words).status_code == 201

    (stored,) = rows(RoleRequest)
    assert {name: getattr(stored, name) for name in words} == words


@pytest.mark.parametrize("nothing", [None, "", "   "])
@pytest.mark.req("R59")
def test_added_words_may_be_left_empty(api: Api, offices: Offices, rows: Rows, nothing: str | None) -> None:
    words = dict.fromkeys(("message", "contact_email", "contact_phone"), nothing)

    assert api.post(REQUESTS, {"post_ids": [str(offices.post.id)]} | words).status_code == 201

    (stored,) = rows(RoleRequest)
    assert (stored.message, stored.contact_email, stored.contact_phone) == (None, None, None)


@pytest.mark.req("R31")
def test_several_operators_are_one_request_of_several_items(api: Api, offices: Offices) -> None:
    posts = [offices.post, offices.second_operator.posts[0]]

    told = api.post(REQUESTS, {"post_ids": [str(post.id) for post in posts]}).get_json()

    assert [item["post_id"] for item in told["items"]] == [str(post.id) for post in posts]


@pytest.mark.req("R54")
def test_all_countries_of_a_control_body_are_asked_for_but_those_held_already(
    api: Api, applicant: Account, offices: Offices, database: Database
) -> None:
    held, other = offices.control_body.posts
    with database.transaction() as session:
        a_membership(session, applicant, held)

    told = api.post(REQUESTS, {"control_body_id": str(offices.control_body.id), "all_countries": True}).get_json()

    assert [item["post_id"] for item in told["items"]] == [str(other.id)]
    assert told["skipped"] == [{"post_id": str(held.id), "reason": "already_held"}]


@pytest.mark.req("R30")
def test_another_kind_of_role_is_refused(ask: Ask, api: Api, offices: Offices) -> None:
    ask(offices.post)

    answer = api.post(REQUESTS, {"post_ids": [str(offices.bcp.posts[0].id)]})

    assert codes_of(answer) == (409, "other_kind")
    assert api.post(REQUESTS, {"post_ids": [str(offices.second_operator.posts[0].id)]}).status_code == 201


@pytest.mark.req("R32")
def test_the_same_post_is_refused_while_it_is_asked_for_or_held(
    ask: Ask, api: Api, applicant: Account, offices: Offices, database: Database
) -> None:
    ask(offices.post)
    with database.transaction() as session:
        a_membership(session, applicant, offices.second_operator.posts[0])

    def again(post_id: object) -> tuple[int, str]:
        return codes_of(api.post(REQUESTS, {"post_ids": [str(post_id)]}))

    assert again(offices.post.id) == (409, "already_requested")
    assert again(offices.second_operator.posts[0].id) == (409, "already_held")


@pytest.mark.req("R7")
def test_a_post_of_one_environment_cannot_be_asked_for_in_the_other(api: Api, offices: Offices) -> None:
    answer = api.post("/training/role-requests", {"post_ids": [str(offices.post.id)]})

    assert fields_of(answer) == {"post_ids"}


@pytest.mark.req("R62", "R7")
def test_ones_own_requests_are_listed_newest_first_page_by_page(ask: Ask, api: Api, offices: Offices) -> None:
    both = [ask(offices.post)["id"], ask(offices.second_operator.posts[0])["id"]]

    first = api.get(REQUESTS, limit=1).get_json()
    second = api.get(REQUESTS, limit=1, cursor=first["next_cursor"]).get_json()

    assert {first["items"][0]["id"], second["items"][0]["id"]} == set(both)
    assert second["next_cursor"] is None
    assert api.get("/training/role-requests").get_json() == {"items": [], "next_cursor": None}


@pytest.mark.req("R62")
def test_a_request_tells_which_office_has_it_and_what_happens_next(ask: Ask, api: Api, offices: Offices) -> None:
    told = api.get(f"{REQUESTS}/{ask(offices.post)['id']}").get_json()

    assert told["office"] == offices.cca.name
    assert [item["status"] for item in told["items"]] == ["waiting"]
    assert datetime.fromisoformat(told["due"]) == NOW + timedelta(days=14)
    assert "2026-06-16" in told["next_step"]
    assert "cca@authority.example" not in str(told)


@pytest.mark.req("R30")
def test_a_request_that_is_taken_back_frees_the_kind_of_role(ask: Ask, api: Api, offices: Offices) -> None:
    path = f"{REQUESTS}/{ask(offices.post)['id']}"

    taken_back = api.post(f"{path}/actions/withdraw")

    assert taken_back.status_code == 200
    told = taken_back.get_json()
    assert (told["status"], told["due"], [item["status"] for item in told["items"]]) == ("closed", None, ["withdrawn"])
    assert told == api.get(path).get_json()
    assert codes_of(api.post(f"{path}/actions/withdraw")) == (409, "request_withdrawn")
    assert api.post(REQUESTS, {"post_ids": [str(offices.bcp.posts[0].id)]}).status_code == 201


def test_what_was_decided_cannot_be_taken_back(
    ask: Ask, api: Api, stranger: Api, offices: Offices, worker: Worker
) -> None:
    request_id = ask(offices.post)["id"]
    _decide(stranger, worker, request_id, decision="reject", reason="Unknown to us.")

    assert codes_of(api.post(f"{REQUESTS}/{request_id}/actions/withdraw")) == (409, "already_decided")
    told = api.get(f"{REQUESTS}/{request_id}").get_json()
    assert [(item["status"], item["reason"]) for item in told["items"]] == [("rejected", "Unknown to us.")]
    assert offices.cca.name in told["office"]
    assert "A. Clerk" not in str(told)


def _decide(stranger: Api, worker: Worker, request_id: str, **decision: Any) -> None:
    body = {"token": worker.token(request_id), "decider_name": "A. Clerk", **decision}
    assert codes_of(stranger.post("/decisions", body)) == (401, "code_required")
    assert stranger.post("/decisions", body | {"code": worker.code()}).status_code == 200


WRONG_WAYS: list[tuple[dict[str, Any], set[str]]] = [
    ({}, {"post_ids"}),
    ({"all_countries": True}, {"control_body_id"}),
    ({"post_ids": []}, {"post_ids"}),
    ({"post_ids": "all"}, {"post_ids"}),
    ({"post_ids": None}, {"post_ids"}),
    ({"post_ids": ["not-an-id", 5]}, {"post_ids.0", "post_ids.1"}),
    ({"post_ids": ["00000000-0000-4000-8000-000000000000"]}, {"post_ids"}),
    ({"post_ids": ["00000000-0000-4000-8000-000000000000"] * 301}, {"post_ids"}),
    ({"control_body_id": "00000000-0000-4000-8000-000000000000"}, {"all_countries"}),
    ({"control_body_id": "00000000-0000-4000-8000-000000000000", "all_countries": True}, {"control_body_id"}),
    ({"control_body_id": "AE-BIO-149", "all_countries": True}, {"control_body_id"}),
    ({"new_operator": []}, {"new_operator"}),
    ({"new_operator": None}, {"new_operator"}),
    (
        {"post_ids": ["00000000-0000-4000-8000-000000000000"], "control_body_id": "x"},
        {"post_ids", "control_body_id"},
    ),
]


@pytest.mark.req("S51")
def test_a_request_asks_in_exactly_one_way(api: Api, rows: Rows, subtests: pytest.Subtests) -> None:
    for body, fields in WRONG_WAYS:
        with subtests.test(body=body, fields=fields):
            assert fields_of(api.post(REQUESTS, body)) == fields
            assert rows(RoleRequest) == []


WRONG_WORDS: list[tuple[str, object]] = [
    ("message", "x" * 2001),
    ("message", "a\u0000b"),
    ("message", 7),
    ("contact_email", "nobody"),
    ("contact_email", "a@b.example\r\nBcc: c@d.example"),
    ("contact_email", "jürgen@people.example"),
    ("contact_phone", "call me"),
    ("contact_phone", "+32\n2"),
    ("contact_phone", ["+32 2 123456"]),
]


@pytest.mark.req("S35", "S51")
def test_added_words_of_a_wrong_shape_are_named(
    api: Api, offices: Offices, rows: Rows, subtests: pytest.Subtests
) -> None:
    for field, value in WRONG_WORDS:
        with subtests.test(field=field, value=value):
            answer = api.post(REQUESTS, {"post_ids": [str(offices.post.id)], field: value})

            assert fields_of(answer) == {field}
            assert rows(RoleRequest) == []


@pytest.mark.req("S12")
@pytest.mark.usefixtures("limits_on")
def test_a_twenty_first_request_within_a_day_has_to_wait(
    api: Api, applicant: Account, offices: Offices, database: Database, rows: Rows
) -> None:
    with database.transaction() as session:
        for _ in range(20):
            session.add(
                RoleRequest(
                    environment="production", account_id=applicant.id, kind="operator", status="closed", created_at=NOW
                )
            )

    answer = api.post(REQUESTS, {"post_ids": [str(offices.post.id)]})

    assert codes_of(answer) == (429, "too_many_requests")
    assert answer.headers["Retry-After"] == str(24 * 60 * 60)
    assert len(rows(RoleRequest)) == 20


@pytest.mark.req("S12")
@pytest.mark.usefixtures("limits_on")
def test_a_post_that_was_taken_back_has_to_wait_an_hour(ask: Ask, api: Api, offices: Offices) -> None:
    api.post(f"{REQUESTS}/{ask(offices.post)['id']}/actions/withdraw")

    answer = api.post(REQUESTS, {"post_ids": [str(offices.post.id)]})

    assert codes_of(answer) == (429, "too_many_requests")
    assert answer.headers["Retry-After"] == "3600"


def test_every_change_leaves_its_event(ask: Ask, api: Api, offices: Offices, rows: Rows) -> None:
    api.post(f"{REQUESTS}/{ask(offices.post)['id']}/actions/withdraw")

    assert {"role_request.submitted", "role_request.withdrawn"} <= {event.action for event in rows(AuditEvent)}
