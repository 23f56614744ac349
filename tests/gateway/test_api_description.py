from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest

from gateway.application import Gateway
from shared.models import Account
from tests.gateway.browser import Browser, Program, page
from tests.gateway.conftest import BODY, PASSWORD

STEP_1 = {
    ("post", "/api/v1/captchas", "201", False),
    ("post", "/api/v1/accounts", "202", False),
    ("post", "/api/v1/password-links", "202", False),
    ("post", "/api/v1/passwords", "204", False),
    ("post", "/api/v1/sessions", "201", False),
    ("delete", "/api/v1/sessions/current", "204", True),
}


@pytest.fixture
def description(program: Program) -> dict[str, Any]:
    found: dict[str, Any] = program.call("GET", "/openapi.json").json  # type: ignore[assignment]
    return found


def test_the_description_is_openapi_3_1_and_holds_the_calls_of_step_1(description: dict[str, Any]) -> None:
    assert description["openapi"] == "3.1.0"
    described = {
        (method, path, min(call["responses"]), bool(call["security"]))
        for path, calls in description["paths"].items()
        for method, call in calls.items()
    }
    assert described >= STEP_1


def test_every_call_of_the_api_is_described(app: Gateway, description: dict[str, Any]) -> None:
    routes = {
        (rule.rule.replace("<uuid:", "{").replace("<", "{").replace(">", "}"), method.lower())
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/v1/") and not rule.rule.endswith("openapi.json")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }

    counted = sum(len(calls) for calls in description["paths"].values())
    assert counted == len(routes)


def test_every_reference_in_the_description_leads_somewhere(description: dict[str, Any]) -> None:
    def references(node: Any) -> set[str]:
        if isinstance(node, dict):
            own = {str(node["$ref"])} if "$ref" in node else set()
            return own.union(*(references(value) for value in node.values()))
        return set().union(*map(references, node)) if isinstance(node, list) else set()

    known = {f"#/components/schemas/{name}" for name in description["components"]["schemas"]}
    assert references(description) <= known
    ids = [call["operationId"] for calls in description["paths"].values() for call in calls.values()]
    assert len(ids) == len(set(ids))


@pytest.mark.req("S29")
def test_the_body_of_an_account_is_described_field_by_field(description: dict[str, Any]) -> None:
    body = description["components"]["schemas"]["SignUp"]

    assert {*body["properties"]} == {
        *("username", "first_name", "last_name", "email", "confirm_email", "email_language"),
        *("captcha_id", "captcha_answer", "captcha_solution", "accept_privacy", "confirm_person"),
    }
    assert {"first_name", "last_name", "email", "confirm_email", "email_language"} <= {*body["required"]}
    assert body["additionalProperties"] is False


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/accounts", BODY),
        ("/accounts", {}),
        ("/captchas", None),
        ("/password-links", {"email": "ann@people.example"}),
        ("/password-links", {"email": "ann"}),
        ("/passwords", {"token": "A" * 44, "password": PASSWORD}),
        ("/sessions", {"email": "ann@people.example", "password": PASSWORD}),
        ("/sessions", {"email": "ann@people.example", "password": "Wrong-Horse-777"}),
    ],
)
def test_answers_are_as_described(
    description: dict[str, Any], program: Program, person: Account, path: str, body: Any
) -> None:
    answer = program.post(path, body)

    described = description["paths"][f"/api/v1{path}"]["post"]["responses"][str(answer.status_code)]
    (kind,) = described["content"]
    assert answer.mimetype == kind
    schema = described["content"][kind]["schema"]
    jsonschema.validate(answer.json, schema | {"components": description["components"]})


def test_people_can_read_the_description_without_javascript(browser: Browser, description: dict[str, Any]) -> None:
    shown = page(browser.get("/api/docs"))

    headings = {heading.get_text() for heading in shown.select("main section h2")}
    assert {"POST /api/v1/accounts", "DELETE /api/v1/sessions/current"} <= headings
    assert len(headings) == sum(len(calls) for calls in description["paths"].values())
    assert not shown.select("main script")


def test_what_a_value_may_be_stands_behind_a_colon(browser: Browser) -> None:
    shown = page(browser.get("/api/docs"))

    kinds = [" ".join(kind.get_text().split()) for kind in shown.select("dl.properties dd")]
    assert "string: production, training" in kinds
    assert "string or null (date-time)" in kinds
    assert "list of string: submitted, waiting, accepted, rejected, withdrawn, expired" in kinds
    assert not [kind for kind in kinds if " :" in kind or " ," in kind]
