"""What every body of the API refuses, whatever it is about; generated from the routes (S28, S29, S51)."""

import json
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import inspect, select

from gateway.application import Gateway
from gateway.passwords import hash_password
from gateway.schemas.organisations import NewOperatorSchema
from gateway.schemas.profiles import NotificationsSchema
from shared.db import Database
from shared.models import Account, Base
from tests.gateway.api.client import PREFIX, Api, codes_of, fields_of
from tests.gateway.api.conftest import REQUESTS, Offices, Worker

PASSWORD = "Correct-Horse-7"
COLUMNS = {column.key for table in Base.metadata.tables.values() for column in table.columns}
"""Every name that a table knows."""


@dataclass
class Call:
    """One operation with a body that it would accept."""

    method: str
    path: str
    body: dict[str, Any]


@pytest.fixture
def calls(api: Api, applicant: Account, offices: Offices, worker: Worker, database: Database) -> list[Call]:
    """Every operation that takes a body."""
    with database.transaction() as session:
        session.get_one(Account, applicant.id).password_hash = hash_password(PASSWORD)
    request_id = api.post(REQUESTS, {"post_ids": [str(offices.second_operator.posts[0].id)]}).get_json()["id"]
    worker.route()
    token = worker.token(request_id)
    return [
        Call(
            "POST",
            "/accounts",
            {
                "first_name": "New",
                "last_name": "Person",
                "email": "new@people.example",
                "confirm_email": "new@people.example",
                "email_language": "en",
                "accept_privacy": True,
            },
        ),
        Call("POST", "/password-links", {"email": applicant.email}),
        Call("POST", "/passwords", {"token": "A" * 44, "password": PASSWORD}),
        Call("POST", "/sessions", {"email": applicant.email, "password": PASSWORD}),
        Call("PATCH", "/profile", {"time_zone": "Europe/Sofia"}),
        Call("POST", "/profile/password", {"current_password": PASSWORD, "password": "Battery-Staple-8"}),
        Call("POST", REQUESTS, {"post_ids": [str(offices.post.id)]}),
        Call("POST", "/decisions/lookup", {"token": token}),
        Call("POST", "/decisions", {"token": token, "decision": "accept", "decider_name": "A. Clerk"}),
    ]


def test_the_calls_below_are_all_that_take_a_body(app: Gateway, calls: list[Call]) -> None:
    routed = {
        (method, rule.rule.removeprefix(PREFIX).replace("<any(production, training):environment>", "production"))
        for rule in app.url_map.iter_rules()
        for method in rule.methods or ()
        if getattr(getattr(app.view_functions[rule.endpoint], "operation", None), "body", None) is not None
    }

    assert {(call.method, call.path) for call in calls} == routed - {("OPTIONS", path) for _, path in routed}


@pytest.mark.req("S28", "S29")
def test_no_column_of_any_table_can_be_set_by_a_body(
    app: Gateway, calls: list[Call], api: Api, database: Database
) -> None:
    before = contents(database)
    for call in calls:
        schema = operation_schema(app, call)
        strange = sorted(COLUMNS - set(schema.fields))
        answer = api.call(call.method, call.path, call.body | dict.fromkeys(strange, "1"))

        assert fields_of(answer) == set(strange), call
        assert {text for texts in answer.get_json()["errors"].values() for text in texts} == {
            "This field is not known."
        }
    assert contents(database) == before


@pytest.mark.req("S28", "S29", "S30")
def test_no_column_can_be_set_one_level_down_either(api: Api, database: Database) -> None:
    operator = {
        "name": "Test Importer",
        "country": "BE",
        "city": "1000 Bruxelles",
        "address": "Street 1",
        "section": "ORGANIC_PRODUCER",
        "activity": "ORGANIC_PRODUCER",
    }
    for_operator = COLUMNS - set(NewOperatorSchema().fields)
    for_notifications = COLUMNS - set(NotificationsSchema().fields)
    before = contents(database)

    by_request = api.post(REQUESTS, {"new_operator": operator | dict.fromkeys(for_operator, "1")})
    by_profile = api.patch("/profile", {"notifications": dict.fromkeys(for_notifications, True)})

    assert fields_of(by_request) == {f"new_operator.{name}" for name in for_operator}
    assert fields_of(by_profile) == {f"notifications.{name}" for name in for_notifications}
    assert contents(database) == before


@pytest.mark.parametrize("more", [{"approver_id": 1}, {"status": "approved"}, {"role": "admin"}, {"country": "BE"}])
@pytest.mark.req("S28")
def test_whoever_asks_cannot_choose_who_decides(api: Api, offices: Offices, more: dict[str, Any]) -> None:
    answer = api.post(REQUESTS, {"post_ids": [str(offices.post.id)]} | more)

    assert fields_of(answer) == set(more)


@pytest.mark.req("S51")
def test_what_is_no_object_of_fields_is_refused(api: Api, calls: list[Call], database: Database) -> None:
    before = contents(database)
    for call in calls:
        for text in ("[]", '"text"', "1", "null"):
            assert raw(api, call, text) == (422, "validation_failed"), (call, text)
        twice = f'{{"token": "a", "token": "b", {json.dumps(call.body)[1:]}'
        for text in ("", "{", "{'a': 1}", '{"a": NaN}', "[" * 30_000, twice):
            assert raw(api, call, text) == (400, "validation_failed"), (call, text[:20])
        assert raw(api, call, json.dumps(call.body), "text/plain") == (415, "validation_failed"), call
        assert raw(api, call, "x" * (64 * 1024 + 1)) == (413, "body_too_large"), call
    assert contents(database) == before


@pytest.mark.req("S51")
def test_a_field_of_another_type_is_named(app: Gateway, api: Api, calls: list[Call], database: Database) -> None:
    before = contents(database)
    for call in calls:
        for field in call.body:
            wrong: list[Any] = [7, {"a": {"a": [[]]}}, "a" if field == "post_ids" else [["a"]]]
            if not operation_schema(app, call).fields[field].allow_none:
                wrong.append(None)
            for sent in wrong:
                assert field in {name.partition(".")[0] for name in fields_of(raw_call(api, call, {field: sent}))}
    assert contents(database) == before


@pytest.mark.req("S51")
def test_a_thousand_fields_are_refused(api: Api, calls: list[Call]) -> None:
    many = {f"field{number}": "1" for number in range(1000)}
    for call in calls:
        assert fields_of(raw_call(api, call, many)) == set(many)


def raw(api: Api, call: Call, text: str, mimetype: str = "application/json") -> tuple[int, str]:
    return codes_of(api.call(call.method, call.path, data=text, content_type=mimetype))


def raw_call(api: Api, call: Call, changes: dict[str, Any]) -> Any:
    return api.call(call.method, call.path, call.body | changes)


def operation_schema(app: Gateway, call: Call) -> Any:
    adapter = app.url_map.bind("localhost")
    endpoint, _ = adapter.match(PREFIX + call.path, method=call.method)
    return app.view_functions[endpoint].operation.body  # type: ignore[attr-defined]


def contents(database: Database) -> dict[str, list[str]]:
    """Every row of every table but the counters of limits."""
    with database.reading() as session:
        names = set(inspect(database.engine).get_table_names()) & set(Base.metadata.tables) - {"throttles"}
        return {
            name: sorted(map(repr, session.execute(select(Base.metadata.tables[name])).all())) for name in sorted(names)
        }
