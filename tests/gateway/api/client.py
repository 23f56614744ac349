"""A program that calls the API, and holds every answer against the description the API gives of itself."""

import re
from http import HTTPStatus
from typing import Any

from jsonschema import Draft202012Validator
from werkzeug.test import TestResponse

from gateway.api.openapi import describe
from gateway.application import Gateway
from gateway.sessions import start_login
from shared import clock
from shared.models import Account
from tests.gateway.browser import MACHINE

PREFIX = "/api/v1"


class Api:
    """One caller: nobody in particular, or the person whose bearer token is sent along."""

    def __init__(self, app: Gateway, *, token: str | None = None, machine: str = MACHINE) -> None:
        self.app = app
        self.token = token
        self.machine = machine

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        key: str | None = None,
        headers: dict[str, str] | None = None,
        **more: Any,
    ) -> TestResponse:
        client = self.app.test_client(use_cookies=False)
        client.environ_base["REMOTE_ADDR"] = self.machine
        sent = dict(headers or {})
        if self.token:
            sent["Authorization"] = f"Bearer {self.token}"
        if key is not None:
            sent["Idempotency-Key"] = key
        if body is not None:
            more["json"] = body
        answer = client.open(PREFIX + path, method=method, base_url=self.app.settings.public_url, headers=sent, **more)
        check_described(self.app, method, PREFIX + path, answer)
        return answer

    def get(self, path: str, **query: Any) -> TestResponse:
        return self.call("GET", path, query_string=query)

    def post(self, path: str, body: Any = None, **more: Any) -> TestResponse:
        return self.call("POST", path, body, **more)

    def patch(self, path: str, body: Any, **more: Any) -> TestResponse:
        return self.call("PATCH", path, body, **more)


def log_in(app: Gateway, account: Account, **more: Any) -> Api:
    """The person logs in now."""
    with app.database.transaction() as session:
        token, _ = start_login(session, account.id, now=clock.now(session))
    return Api(app, token=token, **more)


def description(app: Gateway) -> dict[str, Any]:
    with app.test_request_context("/"):
        return describe()


def check_described(app: Gateway, method: str, path: str, answer: TestResponse) -> None:
    """Fail unless the description knows this status for this operation, and a body of this shape."""
    operation = operation_of(description(app), method, path)
    if operation is None or answer.status_code == HTTPStatus.INTERNAL_SERVER_ERROR:
        return
    status = str(answer.status_code)
    assert status in operation["responses"], f"{method} {path} is not said to answer {status}: {answer.text}"
    content = operation["responses"][status].get("content")
    if content is None:
        assert not answer.data, answer.text
        return
    assert list(content) == [answer.mimetype]
    schema = content[answer.mimetype]["schema"] | {"components": description(app)["components"]}
    Draft202012Validator(schema).validate(answer.get_json())


def operation_of(described: dict[str, Any], method: str, path: str) -> dict[str, Any] | None:
    """The operation that a path belongs to; the path with the fewest gaps counts."""
    for pattern in sorted(described["paths"], key=lambda one: one.count("{")):
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", pattern), path):
            found: dict[str, Any] | None = described["paths"][pattern].get(method.lower())
            if found is not None:
                return found
    return None


def codes_of(answer: TestResponse) -> tuple[int, str]:
    """Status and problem code of a refusal."""
    assert answer.mimetype == "application/problem+json", answer.text
    body = answer.get_json()
    assert body["status"] == answer.status_code
    return answer.status_code, body["code"]


def fields_of(answer: TestResponse) -> set[str]:
    """The fields that an answer of 422 complains of."""
    assert codes_of(answer) == (422, "validation_failed"), answer.text
    return set(answer.get_json()["errors"])
