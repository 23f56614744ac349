"""``Idempotency-Key``: a request that comes twice is carried out once (contract)."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from gateway.application import Gateway
from shared.db import Database
from shared.models import Account, DecisionChallenge, Email, IdempotencyKey, RoleKindHold, RoleRequest
from shared.settings import Settings
from tests.builders import a_membership
from tests.gateway.api.client import Api, codes_of, fields_of, log_in
from tests.gateway.api.conftest import REQUESTS, Offices, Worker

Rows = Callable[[type[Any]], Sequence[Any]]
Ask = Callable[..., dict[str, Any]]


@pytest.fixture
def body(offices: Offices) -> dict[str, Any]:
    return {"post_ids": [str(offices.post.id)], "message": "Test demonstration"}


def test_the_same_key_and_body_get_the_first_answer_again(api: Api, body: dict[str, Any], rows: Rows) -> None:
    first = api.post(REQUESTS, body, key="one")
    again = api.post(REQUESTS, body, key="one")

    assert first.status_code == again.status_code == 201
    assert again.data == first.data
    assert (len(rows(RoleRequest)), len(rows(Email))) == (1, 1)


def test_the_order_of_fields_makes_no_other_body(api: Api, body: dict[str, Any]) -> None:
    first = api.post(REQUESTS, body, key="one")

    assert api.post(REQUESTS, dict(reversed(body.items())), key="one").data == first.data


def test_without_a_key_every_request_counts(api: Api, body: dict[str, Any]) -> None:
    assert api.post(REQUESTS, body).status_code == 201
    assert codes_of(api.post(REQUESTS, body)) == (409, "already_requested")


def test_the_same_key_with_another_body_is_refused(api: Api, body: dict[str, Any], rows: Rows) -> None:
    api.post(REQUESTS, body, key="one")

    answer = api.post(REQUESTS, body | {"message": "Something else"}, key="one")

    assert codes_of(answer) == (422, "idempotency_key_reused")
    assert len(rows(RoleRequest)) == 1


def test_keys_of_different_people_are_different_keys(
    api: Api, other_api: Api, body: dict[str, Any], rows: Rows
) -> None:
    mine, theirs = (caller.post(REQUESTS, body, key="one") for caller in (api, other_api))

    assert mine.status_code == theirs.status_code == 201
    assert mine.get_json()["id"] != theirs.get_json()["id"]


def test_keys_of_the_two_environments_are_different_keys(api: Api, body: dict[str, Any]) -> None:
    assert api.post(REQUESTS, body, key="one").status_code == 201

    assert fields_of(api.post("/training/role-requests", body, key="one")) == {"post_ids"}


def test_a_refusal_by_the_rules_is_given_again_although_it_would_now_be_granted(
    ask: Ask, api: Api, offices: Offices, body: dict[str, Any]
) -> None:
    in_the_way = ask(offices.bcp.posts[0])["id"]
    first = api.post(REQUESTS, body, key="one")
    api.post(f"{REQUESTS}/{in_the_way}/actions/withdraw")

    again = api.post(REQUESTS, body, key="one")

    assert codes_of(first) == codes_of(again) == (409, "other_kind")
    assert (again.data, again.mimetype) == (first.data, first.mimetype)
    assert api.post(REQUESTS, body, key="two").status_code == 201


def test_a_refusal_takes_back_what_was_written_before_it_but_not_the_key(
    api: Api, applicant: Account, body: dict[str, Any], offices: Offices, database: Database, rows: Rows
) -> None:
    with database.transaction() as session:
        a_membership(session, applicant, offices.post)

    assert codes_of(api.post(REQUESTS, body, key="one")) == (409, "already_held")

    assert [row.status for row in rows(IdempotencyKey)] == [409]
    # The kind of role is held before anything else is looked at.
    assert rows(RoleKindHold) == []


def test_a_wrong_field_is_not_kept(api: Api, body: dict[str, Any], rows: Rows) -> None:
    unknown = {"post_ids": ["00000000-0000-4000-8000-000000000000"]}

    assert fields_of(api.post(REQUESTS, unknown, key="one")) == {"post_ids"}
    assert fields_of(api.post(REQUESTS, {"post_ids": []}, key="one")) == {"post_ids"}

    assert rows(IdempotencyKey) == []
    assert api.post(REQUESTS, body, key="one").status_code == 201


@pytest.mark.req("S12")
@pytest.mark.usefixtures("limits_on")
def test_a_limit_is_not_kept(
    *, ask: Ask, app: Gateway, api: Api, applicant: Account, body: dict[str, Any], offices: Offices, standing_clock: Any
) -> None:
    request_id = ask(offices.post)["id"]
    api.post(f"{REQUESTS}/{request_id}/actions/withdraw")
    assert codes_of(api.post(REQUESTS, body, key="one")) == (429, "too_many_requests")
    standing_clock.advance(timedelta(hours=1))

    assert log_in(app, applicant).post(REQUESTS, body, key="one").status_code == 201


def test_after_a_day_the_key_is_as_good_as_new(
    *, app: Gateway, api: Api, applicant: Account, body: dict[str, Any], standing_clock: Any, rows: Rows
) -> None:
    api.post(REQUESTS, body, key="one")

    standing_clock.advance(timedelta(hours=24, seconds=-1))
    assert log_in(app, applicant).post(REQUESTS, body, key="one").status_code == 201
    standing_clock.advance(timedelta(seconds=1))
    assert codes_of(log_in(app, applicant).post(REQUESTS, body, key="one")) == (409, "already_requested")
    assert [row.status for row in rows(IdempotencyKey)] == [409]


@pytest.mark.parametrize("key", ["", "x" * 256, "a b", "é"])
def test_a_key_of_a_wrong_shape_is_named(api: Api, body: dict[str, Any], rows: Rows, key: str) -> None:
    assert fields_of(api.post(REQUESTS, body, key=key)) == {"Idempotency-Key"}
    assert rows(RoleRequest) == []


def test_the_longest_key_works(api: Api, body: dict[str, Any]) -> None:
    assert api.post(REQUESTS, body, key="~" * 255).status_code == 201


@pytest.mark.req("S46")
def test_a_rotation_of_the_keys_makes_no_other_body(
    api: Api, body: dict[str, Any], app: Gateway, environment: pytest.MonkeyPatch
) -> None:
    first = api.post(REQUESTS, body, key="one")
    old = app.settings.keyring
    app.settings = _rotated(app)

    again = api.post(REQUESTS, body, key="one")

    assert app.settings.keyring != old
    assert again.data == first.data


def _rotated(app: Gateway) -> Settings:
    keyring = app.settings.keyring
    return replace(app.settings, keyring=replace(keyring, keys=(b"a-newer-key-for-tests-0002", *keyring.keys)))


@pytest.mark.req("S25")
def test_a_decision_that_comes_again_is_told_again_but_its_secret_is_not(
    ask: Ask, stranger: Api, offices: Offices, worker: Worker, rows: Rows
) -> None:
    decision = {"token": worker.token(ask(offices.post)["id"]), "decision": "accept", "decider_name": "A. Clerk"}
    first = stranger.post("/decisions", decision, key="one")
    again = stranger.post("/decisions", decision, key="one")
    assert codes_of(first) == codes_of(again) == (401, "code_required")
    assert first.data == again.data
    assert len(rows(DecisionChallenge)) == 1

    decided = decision | {"code": worker.code()}
    assert codes_of(stranger.post("/decisions", decided, key="one")) == (422, "idempotency_key_reused")
    first, again = (stranger.post("/decisions", decided, key="two").get_json() for _ in range(2))

    assert first.pop("decider_token")
    assert again == first
    assert codes_of(stranger.post("/decisions", decided, key="three")) == (409, "already_decided")
    assert [mail.template for mail in rows(Email)].count("outcome") == 1


@pytest.mark.req("S25")
def test_wrong_tries_count_once_for_each_key(
    ask: Ask, stranger: Api, offices: Offices, worker: Worker, rows: Rows
) -> None:
    decision = {"token": worker.token(ask(offices.post)["id"]), "decision": "accept", "decider_name": "A. Clerk"}
    stranger.post("/decisions", decision)
    wrong = decision | {"code": "000000" if worker.code() != "000000" else "111111"}

    for key in ("one", "one", "two"):
        assert codes_of(stranger.post("/decisions", wrong, key=key)) == (401, "code_wrong")

    assert [challenge.wrong_tries for challenge in rows(DecisionChallenge)] == [2]


@pytest.mark.req("S27")
def test_the_event_of_an_own_decision_is_kept_with_its_key(
    ask: Ask, api: Api, offices: Offices, worker: Worker, rows: Rows
) -> None:
    decision = {"token": worker.token(ask(offices.post)["id"]), "decision": "accept", "decider_name": "A. Clerk"}

    assert codes_of(api.post("/decisions", decision, key="one")) == (403, "own_request")

    assert [row.status for row in rows(IdempotencyKey)] == [403]


def test_a_request_that_fails_leaves_neither_work_nor_key(
    app: Gateway, api: Api, body: dict[str, Any], rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError("the process is in trouble")

    with monkeypatch.context() as broken:
        broken.setattr("gateway.api.role_requests._told", fail)
        assert api.post(REQUESTS, body, key="one").status_code == 500
    assert rows(IdempotencyKey) == rows(RoleRequest) == []

    assert api.post(REQUESTS, body, key="one").status_code == 201
