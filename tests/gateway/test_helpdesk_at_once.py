"""The helpdesk and others at the same moment, on real threads and a real database."""

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from gateway.application import Gateway
from shared.db import Database
from shared.models import Account, Email, Link, Staff
from tests.conftest import NOW
from tests.gateway.browser import Browser, Program
from tests.gateway.conftest import BODY, PASSWORD

pytestmark = pytest.mark.slow
Rows = Callable[[type[Any]], Sequence[Any]]
RIGHT = "right@people.example"


@pytest.fixture
def helga(app: Gateway, database: Database, person: Account) -> Browser:
    """The browser of somebody of the helpdesk."""
    with database.transaction() as session:
        session.add(Staff(account_id=person.id, duty="helpdesk", since=NOW))
    browser = Browser(app)
    browser.send("/account/log-in", {"email": person.email, "password": PASSWORD})
    return browser


@pytest.fixture
def copies(app: Gateway, helga: Browser) -> Callable[[], Browser]:
    """Further windows of the same browser, each for a thread of its own."""

    def copy() -> Browser:
        browser, cookie = Browser(app), helga.cookie("session")
        assert cookie is not None
        browser.set_cookie("session", cookie)
        return browser

    return copy


def together(*acts: Callable[[], int]) -> list[int]:
    start = threading.Barrier(len(acts))

    def go(act: Callable[[], int]) -> int:
        start.wait()
        return act()

    with ThreadPoolExecutor(len(acts)) as people:
        return list(people.map(go, acts))


def correction(browser: Browser, newcomer: Account, token: str, email: str = RIGHT) -> Callable[[], int]:
    fields = {"email": email, "address_ground": "call 4711", "current_password": PASSWORD, "csrf_token": token}
    return lambda: browser.post(f"/helpdesk/people/{newcomer.id}/address", fields).status_code


@pytest.mark.req("S12")
def test_of_eight_new_links_asked_for_at_once_three_are_sent(
    helga: Browser, copies: Callable[[], Browser], newcomer: Account, rows: Rows
) -> None:
    page = f"/helpdesk/people/{newcomer.id}"
    fields = {"ground": "call 4711", "csrf_token": helga.csrf_token(page)}
    browsers = [copies() for _ in range(8)]

    answers = together(*(lambda one=one: one.post(f"{page}/resend", fields).status_code for one in browsers))

    assert Counter(answers) == {303: 3, 429: 5}
    assert len(rows(Email)) == 3


@pytest.mark.req("S3", "S5")
def test_a_password_is_set_or_the_address_corrected_but_never_both(
    *, app: Gateway, helga: Browser, newcomer: Account, mailed_link: Callable[..., str], rows: Rows
) -> None:
    token = mailed_link(newcomer)
    correct = correction(helga, newcomer, helga.csrf_token(f"/helpdesk/people/{newcomer.id}"))
    body = {"token": token, "password": "Battery-Staple-9"}

    answers = together(lambda: Program(app).post("/passwords", body).status_code, correct)

    (account,) = (one for one in rows(Account) if one.id == newcomer.id)
    assert answers in ([204, 422], [410, 303])
    was_set = answers[0] == 204
    assert (account.password_hash is not None) is was_set
    assert account.email == (newcomer.email if was_set else RIGHT)
    assert sum(link.used_at is not None for link in rows(Link)) == int(was_set)


@pytest.mark.req("S40")
def test_a_sign_up_and_a_correction_to_one_address_leave_one_account_with_it(
    app: Gateway, helga: Browser, newcomer: Account, rows: Rows
) -> None:
    correct = correction(helga, newcomer, helga.csrf_token(f"/helpdesk/people/{newcomer.id}"))
    body = BODY | {"email": RIGHT, "confirm_email": RIGHT}

    answers = together(lambda: Program(app).post("/accounts", body).status_code, correct)

    assert answers[0] == 202
    assert answers[1] in {303, 422}
    assert [account.email for account in rows(Account)].count(RIGHT) == 1
