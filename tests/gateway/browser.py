"""Visitors of the gateway: a browser that fills in the forms it was served, and a program that calls the API."""

import re
from typing import Any

from bs4 import BeautifulSoup, Tag
from werkzeug.test import TestResponse

from gateway.application import Gateway

MACHINE = "192.0.2.1"


def page(response: TestResponse) -> BeautifulSoup:
    """The page of an answer, for looking at."""
    return BeautifulSoup(response.text, "lxml")


def one(response: TestResponse, selector: str) -> Tag:
    """The first part of a page that a selector finds."""
    found = page(response).select_one(selector)
    assert found is not None, f"{selector} is not in {response.text}"
    return found


def words(response: TestResponse) -> str:
    """What a person reads of a page, blanks evened out."""
    return " ".join(page(response).get_text(" ").split())


def errors_at(response: TestResponse) -> dict[str, str]:
    """The error beside each field of a page."""
    return {
        str(found["id"]).removesuffix("-error"): found.get_text(strip=True)
        for found in page(response).select("p.error")
    }


def without_nonces(response: TestResponse, *own: str) -> tuple[int, list[tuple[str, str]], str]:
    """Status, headers and body of an answer, without what differs from visit to visit and one's ``own`` texts."""
    nonces = {str(box["value"]) for box in page(response).select("[name=csrf_token]")}
    text = response.text
    for nonce in (*nonces, *own):
        text = text.replace(nonce, "*")
    headers = [(name, re.sub(r"(session|Expires)=[^;]+", r"\1=*", value)) for name, value in response.headers]
    return response.status_code, [one for one in headers if one[0] not in {"X-Request-Id", "Content-Length"}], text


class Browser:
    """Keeps cookies, and knows of the gateway only what it was served."""

    def __init__(self, app: Gateway, *, machine: str = MACHINE) -> None:
        self.client = app.test_client()
        self.client.environ_base["REMOTE_ADDR"] = machine
        self.address = app.settings.public_url
        self._as_served = {"base_url": self.address, "buffered": True}

    def get(self, path: str, **more: Any) -> TestResponse:
        return self.client.get(path, **(self._as_served | more))

    def head(self, path: str, **more: Any) -> TestResponse:
        return self.client.head(path, **(self._as_served | more))

    def post(self, path: str, fields: Any = None, **more: Any) -> TestResponse:
        """Send fields as they are, without having seen a form."""
        return self.client.post(path, **(self._as_served | {"data": fields or {}} | more))

    def follow(self, response: TestResponse) -> TestResponse:
        """Go where an answer sends us."""
        assert response.status_code in {302, 303}, response.status
        return self.get(response.headers["Location"])

    def send(self, path: str, changes: dict[str, Any] | None = None, **more: Any) -> TestResponse:
        """Open the page, fill in its form and press the button; a value of None leaves a field out."""
        return self.press(self.get(path), changes, path=path, **more)

    def press(
        self, served: TestResponse, changes: dict[str, Any] | None = None, *, path: str = "", **more: Any
    ) -> TestResponse:
        """Fill in the form of a page that was served and press its button."""
        form = one(served, "main form")
        fields = filled(form) | (changes or {})
        sent = {name: value for name, value in fields.items() if value is not None}
        return self.post(str(form.get("action") or path or served.request.path), sent, **more)

    def csrf_token(self, path: str = "/account/log-in") -> str:
        return str(one(self.get(path), "input[name=csrf_token]")["value"])

    def cookie(self, name: str) -> str | None:
        found = self.client.get_cookie(name, domain=self.address.partition("//")[2].partition(":")[0])
        return found.value if found else None

    def set_cookie(self, name: str, value: str) -> None:
        self.client.set_cookie(name, value, domain=self.address.partition("//")[2].partition(":")[0])


def filled(form: Tag) -> dict[str, Any]:
    """The fields of a form with the values it was served with."""
    fields: dict[str, Any] = {}
    for box in form.select("input[name]"):
        if box.has_attr("disabled") or (box.get("type") == "checkbox" and not box.has_attr("checked")):
            continue
        fields[str(box["name"])] = str(box.get("value", ""))
    for choice in form.select("select[name]"):
        chosen = choice.select_one("option[selected]")
        fields[str(choice["name"])] = str(chosen["value"]) if chosen else ""
    for area in form.select("textarea[name]"):
        fields[str(area["name"])] = area.get_text()
    return fields


class Program:
    """Calls the API, with a bearer token when it has one."""

    def __init__(self, app: Gateway, *, machine: str = MACHINE) -> None:
        self._client = app.test_client(use_cookies=False)
        self._client.environ_base["REMOTE_ADDR"] = machine
        self._address = app.settings.public_url
        self.token: str | None = None

    def call(self, method: str, path: str, body: Any = None, **more: Any) -> TestResponse:
        if body is not None:
            more["json"] = body
        if self.token:
            more["headers"] = {"Authorization": f"Bearer {self.token}", **more.get("headers", {})}
        return self._client.open(f"/api/v1{path}", **({"method": method, "base_url": self._address} | more))

    def post(self, path: str, body: Any = None, **more: Any) -> TestResponse:
        return self.call("POST", path, body, **more)
