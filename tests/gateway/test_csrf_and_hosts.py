from collections.abc import Callable, Sequence
from typing import Any
from uuid import uuid4

import pytest

from gateway.application import Gateway
from shared.models import Account, Email, LoginSession
from tests.gateway.browser import Browser, Program
from tests.gateway.conftest import BODY, FORM, PASSWORD

Rows = Callable[[type[Any]], Sequence[Any]]


def posts_of(app: Gateway) -> list[tuple[str, str]]:
    """Every page that changes something: its endpoint and an address of it."""
    found = []
    for rule in app.url_map.iter_rules():
        if {"POST", "PUT", "PATCH", "DELETE"} & (rule.methods or set()) and not rule.rule.startswith("/api/"):
            values = {
                name: "production" if name == "environment" else "x" * 44 if name == "token" else str(uuid4())
                for name in rule.arguments
            }
            with app.test_request_context():
                found.append((rule.endpoint, app.url_map.bind("127.0.0.1").build(rule.endpoint, values, method="POST")))
    return found


@pytest.mark.req("S14")
def test_no_page_takes_a_form_without_the_token_of_this_visit(
    app: Gateway, browser: Browser, another_browser: Browser
) -> None:
    stolen = another_browser.csrf_token()
    browser.get("/account/log-in")
    paths = posts_of(app)
    assert len(paths) >= 8

    answers = {
        (endpoint, token): browser.post(path, {"csrf_token": token} if token else {}).status_code
        for endpoint, path in paths
        for token in (None, "made-up", stolen)
    }

    assert {key: status for key, status in answers.items() if status != 403} == {}


@pytest.mark.req("S14")
def test_a_form_without_its_token_changes_nothing(browser: Browser, person: Account, rows: Rows) -> None:
    assert browser.post("/account/create", FORM).status_code == 403
    assert browser.post("/account/log-in", {"email": person.email, "password": PASSWORD}).status_code == 403
    assert browser.post("/account/password-link", {"email": person.email}).status_code == 403

    assert not rows(Email)
    assert not rows(LoginSession)


@pytest.mark.req("S14")
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "http://127.0.0.1:8000.evil.example"},
        {"Origin": "http://127.0.0.1:8001"},
        {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
    ids=str,
)
def test_a_form_from_another_site_is_refused_even_with_the_token(
    browser: Browser, program: Program, rows: Rows, headers: dict[str, str]
) -> None:
    assert browser.send("/account/create", FORM, headers=headers).status_code == 403
    assert program.post("/accounts", BODY, headers=headers).status_code == 403

    assert not rows(Email)


@pytest.mark.req("S14")
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://127.0.0.1:8000", "Sec-Fetch-Site": "same-origin"},
        # What browsers send from pages that ask for no referrer, as ours do.
        {"Origin": "null", "Sec-Fetch-Site": "same-origin"},
        {"Origin": "null"},
    ],
    ids=str,
)
def test_a_form_of_our_own_page_is_taken(browser: Browser, rows: Rows, headers: dict[str, str]) -> None:
    assert browser.send("/account/create", FORM, headers=headers).status_code == 303

    assert rows(Email)


@pytest.mark.req("S14")
def test_a_page_of_another_site_cannot_even_be_followed_with_a_form_that_has_no_token(browser: Browser) -> None:
    answer = browser.post("/account/log-out", headers={"Origin": "null"})

    assert answer.status_code == 403


@pytest.mark.req("S9")
@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1:8000.evil.example", "127.0.0.1", "localhost:8000,evil.example"]
)
def test_a_request_for_another_host_is_refused(
    browser: Browser, program: Program, person: Account, rows: Rows, host: str
) -> None:
    token = browser.csrf_token()

    by_page = browser.post(
        "/account/password-link", {"email": person.email, "csrf_token": token}, environ_overrides={"HTTP_HOST": host}
    )
    by_api = program.post("/password-links", {"email": person.email}, environ_overrides={"HTTP_HOST": host})

    assert (by_page.status_code, by_api.status_code) == (400, 400)
    assert "evil" not in by_page.text + by_api.text
    assert not rows(Email)


@pytest.mark.req("S9")
@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-Host": "evil.example"},
        {"X-Forwarded-Proto": "https"},
        {"X-Forwarded-Port": "1"},
        {"X-Forwarded-Prefix": "/evil"},
        {"Forwarded": "host=evil.example"},
        {"X-Original-URL": "/evil"},
    ],
    ids=str,
)
@pytest.mark.parametrize("hops", [0, 1])
def test_what_a_stranger_says_about_our_address_is_not_believed(
    environment: pytest.MonkeyPatch, request: pytest.FixtureRequest, headers: dict[str, str], hops: int
) -> None:
    environment.setenv("TRUSTED_PROXIES", str(hops))
    browser: Browser = request.getfixturevalue("browser")

    answer = browser.send("/account/password-link", {"email": "ann@people.example"}, headers=headers)

    assert answer.headers["Location"] == "/account/create/sent"
    assert "evil" not in browser.follow(answer).text


@pytest.mark.req("S9", "S12")
@pytest.mark.usefixtures("limits_on")
@pytest.mark.parametrize(("hops", "is_believed"), [(0, False), (1, True)])
def test_the_machine_of_a_visitor_is_believed_of_declared_proxies_only(
    environment: pytest.MonkeyPatch, request: pytest.FixtureRequest, hops: int, is_believed: bool
) -> None:
    environment.setenv("TRUSTED_PROXIES", str(hops))
    program: Program = request.getfixturevalue("program")

    answers = [
        program.post(
            "/password-links", {"email": "a@a.example"}, headers={"X-Forwarded-For": f"203.0.113.9, 203.0.113.{number}"}
        )
        for number in range(21)
    ]

    assert answers[-1].status_code == (202 if is_believed else 429)


@pytest.mark.req("S9")
@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:8000", "[::1]:8000"])
def test_a_demonstration_answers_to_the_names_of_its_machine(browser: Browser, host: str) -> None:
    assert browser.get("/", base_url=f"http://{host}").status_code == 200


@pytest.mark.req("S9")
@pytest.mark.usefixtures("over_https")
def test_the_host_of_the_public_address_is_the_one_that_counts(browser: Browser) -> None:
    assert browser.get("/", base_url="https://gatehouse.example").status_code == 200
    assert browser.get("/", base_url="https://evil.example").status_code == 400
