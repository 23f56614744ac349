import json
import logging
from collections.abc import Iterator

import pytest
from sqlalchemy import text

from gateway.app import create_app
from gateway.application import Gateway
from shared.db import Database
from shared.models import Account
from shared.settings import load_settings
from tests.gateway.browser import Browser, Program, one, words
from tests.gateway.conftest import BODY, FORM, PASSWORD

SECRET = f"ann@people.example could not be stored with {'T' * 44}"


@pytest.fixture
def away(environment: pytest.MonkeyPatch) -> Iterator[Gateway]:
    """A gateway whose database does not answer."""
    environment.setenv("DATABASE_URL", "postgresql+psycopg://nobody@127.0.0.1:1/nowhere")
    app = create_app(load_settings())
    yield app
    app.database.dispose()


@pytest.fixture
def broken(app: Gateway, monkeypatch: pytest.MonkeyPatch) -> Gateway:
    """A gateway with a defect in a service."""

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError(SECRET)

    for module in ("gateway.web.sign_up", "gateway.api.accounts"):
        monkeypatch.setattr(f"{module}.sign_up", fail)
    return app


@pytest.mark.req("S44")
def test_a_defect_is_told_to_nobody_but_the_log(
    broken: Gateway, browser: Browser, program: Program, caplog: pytest.LogCaptureFixture
) -> None:
    by_page = browser.send("/account/create", FORM)
    by_api = program.post("/accounts", BODY)

    assert (by_page.status_code, by_api.status_code) == (500, 500)
    for answer in (by_page, by_api):
        for word in ("RuntimeError", "Traceback", "ann@people", "T" * 44, "stored with", "gateway/"):
            assert word not in answer.text
    assert one(by_page, "h1").get_text() == "Something went wrong on our side"
    assert by_page.headers["X-Request-Id"] in words(by_page)
    errors = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert [record.request_id for record in errors] == [  # type: ignore[attr-defined]
        answer.headers["X-Request-Id"] for answer in (by_page, by_api)
    ]


@pytest.mark.req("R1")
@pytest.mark.parametrize("environment", ["Production", "Training"])
def test_a_page_that_is_not_there_says_in_which_environment(browser: Browser, environment: str) -> None:
    answer = browser.get(f"/{environment.lower()}/no-such-page")

    assert answer.status_code == 404
    assert one(answer, "header .badge").get_text(strip=True) == environment


@pytest.mark.req("S44")
def test_a_problem_says_the_same_from_call_to_call(broken: Gateway, program: Program) -> None:
    answers = [program.post("/accounts", BODY) for _ in range(2)]

    assert answers[0].data == answers[1].data
    assert answers[0].mimetype == "application/problem+json"
    assert {*(answers[0].json or {})} == {"type", "title", "status", "code"}


@pytest.mark.req("S44")
def test_without_a_database_every_page_and_call_is_unavailable_and_never_accepted(away: Gateway) -> None:
    program, browser = Program(away), Browser(away)
    browser.get("/account/log-in")
    calls = [
        program.post("/accounts", BODY),
        program.post("/password-links", {"email": "ann@people.example"}),
        program.post("/sessions", {"email": "ann@people.example", "password": PASSWORD}),
        browser.send("/account/create", FORM),
        browser.send("/account/log-in", {"email": "ann@people.example", "password": PASSWORD}),
    ]

    assert {answer.status_code for answer in calls} == {503}
    assert {answer.headers["Retry-After"] for answer in calls} == {"5"}
    assert calls[0].json["code"] == "unavailable"  # type: ignore[index]
    assert one(calls[3], "h1").get_text() == "We are not available right now"
    assert (browser.get("/healthz").status_code, browser.get("/readyz").status_code) == (200, 503)


@pytest.mark.req("S44")
def test_without_a_database_nobody_is_let_in_and_the_answer_is_still_a_page(logged_in: Browser, away: Gateway) -> None:
    visitor = Browser(away)
    cookie = logged_in.cookie("session")
    assert cookie is not None
    visitor.set_cookie("session", cookie)

    answers = [visitor.get(path) for path in ("/account/password", "/", "/no-such-page")]

    assert {answer.status_code for answer in answers} == {503}
    for answer in answers:
        assert one(answer, "h1").get_text() == "We are not available right now"
        assert "Content-Security-Policy" in answer.headers
    program = Program(away)
    program.token = "any"
    assert program.call("DELETE", "/sessions/current").status_code == 503


@pytest.mark.req("S44")
def test_a_full_or_locked_database_is_unavailable_not_a_defect(
    browser: Browser, app: Gateway, database: Database
) -> None:
    if not database.is_sqlite:
        with database.transaction() as session:
            name = session.scalar(text("SELECT current_database()"))
            session.execute(text(f"ALTER DATABASE {name} SET default_transaction_read_only = on"))
        app.database.dispose()
    else:
        with app.database.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA query_only = ON")

    answer = browser.send("/account/create", FORM)

    assert answer.status_code == 503


@pytest.mark.req("S44")
@pytest.mark.parametrize(
    ("path", "method", "status"),
    [("/no-such-page", "GET", 404), ("/account/log-out", "GET", 405), ("/captcha/x.png", "GET", 404)],
)
def test_an_address_that_is_none_has_a_page_with_the_way_on(
    browser: Browser, path: str, method: str, status: int
) -> None:
    answer = browser.client.open(path, method=method, base_url=browser.address)

    assert (answer.status_code, one(answer, "h1").get_text()) == (status, "There is no such page")
    assert one(answer, 'main a[href="/account/help"]').get_text() == "Help"


@pytest.mark.parametrize(("path", "method", "status"), [("/nothing", "GET", 404), ("/accounts", "GET", 405)])
def test_an_address_that_is_none_is_a_problem_for_programs(
    program: Program, path: str, method: str, status: int
) -> None:
    answer = program.call(method, path)

    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    assert json.loads(answer.data)["code"] == "not_found"


@pytest.mark.req("R22", "R10")
def test_nothing_typed_into_an_address_comes_back_as_markup(browser: Browser, person: Account) -> None:
    answer = browser.get('/<script>alert(1)</script>?"><img src=x>')

    assert "<script>alert" not in answer.text
    assert "<img src=x" not in answer.text
