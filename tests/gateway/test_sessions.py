from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest
from werkzeug.test import TestResponse

from shared.db import Database
from shared.models import Account, Captcha, LoginSession
from shared.services.accounts import disable_account, enable_account
from tests.conftest import NOW
from tests.gateway.browser import Browser, Program, one, page, words
from tests.gateway.conftest import PASSWORD, StandingClock

Rows = Callable[[type[Any]], Sequence[Any]]
INSIDE = "/account/password"
"""A page for people who are logged in."""


def is_inside(answer: TestResponse) -> bool:
    if answer.status_code == 200:
        return True
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/account/log-in?")
    return False


@pytest.fixture
def program_inside(program: Program, person: Account) -> Program:
    program.token = program.post("/sessions", {"email": person.email, "password": PASSWORD}).json["token"]  # type: ignore[index]
    return program


def log_out(program: Program) -> int:
    return program.call("DELETE", "/sessions/current").status_code


@pytest.mark.req("R66")
def test_log_out_is_on_every_page_at_the_top_right_beside_the_persons_name(logged_in: Browser) -> None:
    for path in ("/", "/account/help", "/account/privacy", INSIDE, "/account/create", "/api/docs", "/no-such-page"):
        corner = one(logged_in.get(path), "header nav.person")
        assert "Ann Peeters" in corner.get_text()
        assert (
            one(logged_in.get(path), "header nav.person form[action='/account/log-out'] button").get_text() == "Log out"
        )


@pytest.mark.req("R66")
def test_a_stranger_sees_no_log_out(browser: Browser) -> None:
    assert not page(browser.get("/")).select("[action='/account/log-out']")


@pytest.mark.req("S22")
def test_after_log_out_the_old_cookie_is_worth_nothing(logged_in: Browser, another_browser: Browser) -> None:
    stolen = logged_in.cookie("session")
    assert stolen is not None
    another_browser.set_cookie("session", stolen)
    assert is_inside(another_browser.get(INSIDE))

    logged_in.post("/account/log-out", {"csrf_token": logged_in.csrf_token("/")})

    assert not is_inside(logged_in.get(INSIDE))
    another_browser.set_cookie("session", stolen)
    assert not is_inside(another_browser.get(INSIDE))


@pytest.mark.req("S22")
def test_after_log_out_the_old_token_is_worth_nothing(program_inside: Program) -> None:
    assert log_out(program_inside) == 204

    assert log_out(program_inside) == 401


@pytest.mark.req("S21")
def test_logging_in_makes_a_new_session_and_kills_the_one_before(
    logged_in: Browser, another_browser: Browser, person: Account, rows: Rows
) -> None:
    before = logged_in.cookie("session")
    assert before is not None

    logged_in.send("/account/log-in", {"email": person.email, "password": PASSWORD})

    assert logged_in.cookie("session") != before
    assert is_inside(logged_in.get(INSIDE))
    another_browser.set_cookie("session", before)
    assert not is_inside(another_browser.get(INSIDE))
    assert len({login.secret_hash for login in rows(LoginSession)}) == 2


@pytest.mark.req("S21")
def test_a_cookie_planted_before_the_log_in_is_no_use_to_whoever_planted_it(
    browser: Browser, another_browser: Browser, person: Account
) -> None:
    another_browser.get("/account/log-in")
    planted = another_browser.cookie("session")
    assert planted is not None
    browser.set_cookie("session", planted)

    browser.send("/account/log-in", {"email": person.email, "password": PASSWORD})

    assert browser.cookie("session") != planted
    assert not is_inside(another_browser.get(INSIDE))


@pytest.mark.req("S22")
@pytest.mark.parametrize(
    ("idle", "inside"),
    [(timedelta(minutes=29, seconds=59), True), (timedelta(minutes=30), False)],
    ids=["29:59", "30:00"],
)
def test_a_log_in_is_over_after_half_an_hour_without_a_request(
    standing_clock: StandingClock, logged_in: Browser, program_inside: Program, idle: timedelta, inside: bool
) -> None:
    standing_clock.advance(idle)

    assert is_inside(logged_in.get(INSIDE)) is inside
    assert log_out(program_inside) == (204 if inside else 401)


@pytest.mark.req("S22")
def test_a_log_in_is_over_after_twelve_hours_however_busy(standing_clock: StandingClock, logged_in: Browser) -> None:
    for _ in range(35):
        standing_clock.advance(timedelta(minutes=20))
        assert is_inside(logged_in.get(INSIDE))
    standing_clock.advance(timedelta(minutes=19, seconds=59))
    assert is_inside(logged_in.get(INSIDE))

    standing_clock.advance(timedelta(seconds=1))

    assert not is_inside(logged_in.get(INSIDE))


@pytest.mark.req("S23")
def test_the_sessions_of_a_disabled_account_die_at_once_and_do_not_come_back(
    logged_in: Browser, program_inside: Program, person: Account, database: Database
) -> None:
    with database.transaction() as session:
        disable_account(session, person.email, now=NOW)

    assert not is_inside(logged_in.get(INSIDE))
    with database.transaction() as session:
        enable_account(session, person.email, now=NOW)
    assert not is_inside(logged_in.get(INSIDE))
    assert log_out(program_inside) == 401


@pytest.mark.req("S14")
def test_the_cookie_of_a_browser_opens_nothing_in_the_api(logged_in: Browser) -> None:
    answer = logged_in.client.delete("/api/v1/sessions/current", base_url=logged_in.address)

    assert (answer.status_code, answer.json["code"]) == (401, "login_required")  # type: ignore[index]


@pytest.mark.req("S22")
@pytest.mark.parametrize(
    "header", ["Bearer", "Bearer ", "Bearer wrong", "Basic dXNlcjpwYXNz", "bearer\x00", "Bearer ü"]
)
def test_whatever_is_no_bearer_token_of_ours_is_refused(program: Program, person: Account, header: str) -> None:
    answer = program.call("DELETE", "/sessions/current", headers={"Authorization": header})

    assert answer.status_code == 401


@pytest.mark.req("S2")
def test_the_database_cannot_log_anybody_in(logged_in: Browser, program_inside: Program, rows: Rows) -> None:
    kept = repr([vars(login) for login in rows(LoginSession)])

    assert str(program_inside.token) not in kept
    assert len(rows(LoginSession)) == 2
    assert all(len(login.secret_hash) == 32 for login in rows(LoginSession))


@pytest.mark.req("S17")
def test_looking_at_a_page_does_not_wait_for_a_writer(logged_in: Browser, database: Database) -> None:
    with database.transaction() as session:
        session.add(Captcha(visitor_hash=None, created_at=NOW))
        session.flush()
        shown = logged_in.get("/")

    assert "Ann Peeters" in words(shown)


@pytest.mark.req("S22")
@pytest.mark.parametrize("by_itself", [True, False])
def test_whoever_is_asked_to_log_in_again_is_told_why(
    standing_clock: StandingClock, logged_in: Browser, by_itself: bool
) -> None:
    if by_itself:
        standing_clock.advance(timedelta(minutes=30))
    else:
        logged_in.post("/account/log-out", {"csrf_token": logged_in.csrf_token(INSIDE)})

    asked = logged_in.follow(logged_in.get(INSIDE))

    assert ("Your log-in is over. That happens after 30 minutes without a request" in words(asked)) is by_itself
