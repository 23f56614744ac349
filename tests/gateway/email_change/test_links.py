"""The links in the two mails: looked at, confirmed, dead (C9)."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest

from shared.db import Database
from shared.domain.email_changes import Side
from shared.models import Account, AuditEvent, EmailChange, Link
from tests.builders import an_account
from tests.gateway.browser import Browser, Program, one, page, words
from tests.gateway.conftest import PASSWORD, StandingClock
from tests.gateway.email_change.conftest import ACCOUNT, NEW

Rows = Callable[[type[Any]], Sequence[Any]]
pytestmark = pytest.mark.usefixtures("standing_clock")


def confirm(browser: Browser, path: str) -> Any:
    """Click on the link in the mail and press the button."""
    return browser.press(browser.follow(browser.get(path)))


@pytest.mark.req("S10")
@pytest.mark.parametrize("side", list(Side))
def test_opening_a_link_changes_nothing_however_often(
    *, waiting: Browser, another_browser: Browser, mailed: Callable[[Side], str], rows: Rows, side: Side
) -> None:
    path = mailed(side)
    before = [(link.id, link.used_at, link.expires_at) for link in rows(Link)]
    for _ in range(5):
        another_browser.head(path)
        shown = another_browser.follow(another_browser.get(path))
        assert shown.status_code == 200

    assert sorted((link.id, link.used_at, link.expires_at) for link in rows(Link)) == sorted(before)
    assert rows(Account)[0].email == "ann@people.example"


@pytest.mark.req("S11")
def test_the_token_leaves_the_address_at_once(another_browser: Browser, waiting: Browser, mailed: Any) -> None:
    path = mailed(Side.NEW)

    answer = another_browser.get(path)

    assert answer.headers["Location"].startswith("/email/link/")
    token = path.rpartition("/")[2]
    assert token not in answer.headers["Location"]
    assert token not in another_browser.follow(answer).text
    assert Browser(another_browser.client.application).get(answer.headers["Location"]).status_code == 404


@pytest.mark.parametrize(
    ("first", "second", "says"),
    [
        (Side.NEW, Side.OLD, "Now open the link in the other mail, the one to the address the account has so far."),
        (Side.OLD, Side.NEW, f"Now open the link in the other mail, the one to {NEW}."),
    ],
)
def test_the_first_confirmation_says_what_is_missing_and_the_second_changes_the_address(
    *,
    waiting: Browser,
    another_browser: Browser,
    mailed: Callable[[Side], str],
    rows: Rows,
    first: Side,
    second: Side,
    says: str,
) -> None:
    confirmed = another_browser.follow(confirm(another_browser, mailed(first)))
    assert one(confirmed, "h1").get_text() == "Confirmed"
    assert says in words(confirmed)
    assert "confirmed at 11:32" in words(waiting.get(ACCOUNT))
    assert rows(Account)[0].email == "ann@people.example"

    done = another_browser.follow(confirm(another_browser, mailed(second)))

    assert done.request.path == "/account/log-in"
    assert one(done, "[role=status]").get_text() == "Your e-mail address is changed. Log in with the new one."
    assert (rows(Account)[0].email, rows(EmailChange)) == (NEW, [])


@pytest.mark.req("S21")
def test_where_the_person_is_logged_in_it_goes_on_under_a_new_name_and_ends_elsewhere(
    *, waiting: Browser, another_browser: Browser, person: Account, mailed: Callable[[Side], str], program: Program
) -> None:
    another_browser.send("/account/log-in", {"email": person.email, "password": PASSWORD})
    before = waiting.cookie("session")
    assert before is not None
    paths = [mailed(side) for side in Side]
    confirm(waiting, paths[0])

    done = waiting.follow(confirm(waiting, paths[1]))

    assert done.request.path == ACCOUNT
    assert NEW in words(done)
    assert another_browser.get(ACCOUNT).status_code == 302
    another_browser.set_cookie("session", before)
    assert another_browser.get(ACCOUNT).status_code == 302
    log_ins = [program.post("/sessions", {"email": email, "password": PASSWORD}) for email in (NEW, person.email)]
    assert [answer.status_code for answer in log_ins] == [201, 401]


@pytest.mark.req("S21")
def test_a_link_logs_nobody_in(
    *, waiting: Browser, another_browser: Browser, database: Database, mailed: Callable[[Side], str]
) -> None:
    paths = [mailed(side) for side in Side]
    for path in paths:
        confirm(another_browser, path)

    assert another_browser.get(ACCOUNT).status_code == 302


def test_the_new_mailbox_may_be_a_strangers_and_is_told_no_other_address(
    another_browser: Browser, waiting: Browser, mailed: Callable[[Side], str]
) -> None:
    shown = another_browser.follow(another_browser.get(mailed(Side.NEW)))

    assert "Ann Peeters asked to use the address ann@colzagro.example" in words(shown)
    assert "ann@people.example" not in shown.text


@pytest.mark.req("S14")
def test_nothing_is_confirmed_from_another_site(waiting: Browser, mailed: Callable[[Side], str], rows: Rows) -> None:
    shown = waiting.get(mailed(Side.OLD)).headers["Location"]

    assert waiting.post(shown).status_code == 403
    assert all(link.used_at is None for link in rows(Link))


@pytest.mark.req("R22", "S4")
def test_a_link_past_its_time_says_where_to_ask_again(
    waiting: Browser, standing_clock: StandingClock, mailed: Callable[[Side], str]
) -> None:
    shown = waiting.get(mailed(Side.OLD))
    standing_clock.advance(timedelta(minutes=90))

    dead = waiting.follow(shown)

    assert (dead.status_code, one(dead, "h1").get_text()) == (410, "This link has expired")
    assert "Both mailboxes had to confirm within the time that stands in the mails." in words(dead)
    assert page(dead).select("main a")[0]["href"] == ACCOUNT


def test_an_address_that_another_account_took_meanwhile_is_refused_with_a_page_of_its_own(
    *, waiting: Browser, another_browser: Browser, database: Database, mailed: Callable[[Side], str], rows: Rows
) -> None:
    paths = [mailed(side) for side in Side]
    confirm(another_browser, paths[0])
    with database.transaction() as session:
        an_account(session, email=NEW)

    refused = confirm(another_browser, paths[1])

    assert (refused.status_code, one(refused, "h1").get_text()) == (409, "This address belongs to another account")
    assert [link.used_at is None for link in rows(Link)].count(True) == 1
    assert "account.email_changed" not in {event.action for event in rows(AuditEvent)}
