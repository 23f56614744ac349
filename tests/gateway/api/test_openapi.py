"""The description at /api/v1/openapi.json; every answer in the other tests is held against it too."""

import re
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from gateway.application import Gateway
from tests.gateway.api.client import PREFIX, description

CONTRACT = """
POST /captchas 201
POST /accounts 202
POST /password-links 202
POST /passwords 204
POST /sessions 201
DELETE /sessions/current 204 bearer
GET /profile 200 bearer
PATCH /profile 200 bearer
POST /profile/password 204 bearer
GET /{environment}/operators 200 bearer
GET /{environment}/authorities 200 bearer
GET /{environment}/control-bodies 200 bearer
POST /{environment}/role-requests 201 bearer
GET /{environment}/role-requests 200 bearer
GET /{environment}/role-requests/{role_request_id} 200 bearer
POST /{environment}/role-requests/{role_request_id}/actions/withdraw 200 bearer
POST /decisions/lookup 200
POST /decisions 200
"""
OBJECT_SCHEMA_KEYS = {"type", "properties", "required", "additionalProperties", "description"}


@pytest.fixture
def described(app: Gateway) -> dict[str, Any]:
    return description(app)


def operations(described: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (method.upper(), path, operation)
        for path, methods in described["paths"].items()
        for method, operation in methods.items()
    ]


def test_the_calls_are_those_of_the_contract(described: dict[str, Any]) -> None:
    found = {
        " ".join(
            [
                method,
                path.removeprefix(PREFIX),
                *(status for status in operation["responses"] if status.startswith("2")),
                *(["bearer"] if operation["security"] else []),
            ]
        )
        for method, path, operation in operations(described)
    }

    assert found == set(CONTRACT.strip().splitlines())


def test_every_schema_is_json_schema_of_2020_12(described: dict[str, Any]) -> None:
    for name, schema in described["components"]["schemas"].items():
        Draft202012Validator.check_schema(schema)
        assert schema["type"] == "object", name
        assert set(schema) <= OBJECT_SCHEMA_KEYS, name
        assert set(schema.get("required", ())) <= set(schema["properties"]), name


def test_every_gap_of_a_path_is_a_described_parameter(described: dict[str, Any]) -> None:
    for method, path, operation in operations(described):
        gaps = set(re.findall(r"\{(\w+)\}", path))
        parameters = [one for one in operation["parameters"] if one["in"] == "path"]
        assert {one["name"] for one in parameters} == gaps, (method, path)
        assert all(one["required"] for one in parameters)


def test_lists_say_how_many_a_page_holds(described: dict[str, Any]) -> None:
    lists = [
        operation
        for _, _, operation in operations(described)
        if any(one["name"] == "cursor" for one in operation["parameters"])
    ]

    assert len(lists) == 4
    for operation in lists:
        (limit,) = (one["schema"] for one in operation["parameters"] if one["name"] == "limit")
        assert (limit["type"], limit["minimum"], limit["maximum"], limit["default"]) == ("integer", 1, 200, 50)


def test_only_two_calls_take_an_idempotency_key(described: dict[str, Any]) -> None:
    taking = {
        path.removeprefix(PREFIX)
        for _, path, operation in operations(described)
        if any(one["name"] == "Idempotency-Key" for one in operation["parameters"])
    }

    assert taking == {"/{environment}/role-requests", "/decisions"}


def test_every_error_is_a_problem_and_limits_say_when_to_come_back(described: dict[str, Any]) -> None:
    for _, _, operation in operations(described):
        for status, answer in operation["responses"].items():
            if not status.startswith("2"):
                assert list(answer["content"]) == ["application/problem+json"]
                assert ("Retry-After" in answer.get("headers", {})) is (status in {"429", "503"})


def test_all_problem_codes_of_the_contract_are_described_somewhere(described: dict[str, Any]) -> None:
    codes = {
        code
        for _, _, operation in operations(described)
        for status, answer in operation["responses"].items()
        if not status.startswith("2")
        for code in answer["description"].split(", ")
    }

    assert codes == {
        *("validation_failed", "captcha_wrong", "credentials_wrong", "login_required", "other_kind", "already_held"),
        *("already_requested", "already_decided", "request_withdrawn", "not_an_approver", "own_request"),
        *("code_required", "code_wrong", "link_expired", "link_used", "link_superseded", "link_unknown"),
        *("link_locked", "idempotency_key_reused", "too_many_requests", "body_too_large", "unavailable", "not_found"),
    }
