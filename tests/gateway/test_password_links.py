from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from gateway.passwords import matches
from shared.db import Database
from shared.models import Account, Email, Link
from shared.settings import Settings
from tests.conftest import NOW
from tests.gateway.browser import Browser, Program, one, page, words
from tests.gateway.conftest import PASSWORD, StandingClock

Rows = Callable[[type[Any]], Sequence[Any]]
NEW = "Battery-Staple-9"
FIELDS = {"password": NEW, "confirm_password": NEW}
MINUTE = timedelta(minutes=1)


def open_link(browser: Browser, token: str) -> str:
    """Click on the link in the mail; returns the address of the form."""
    answer = browser.get(f"/password/{token}")
    assert answer.status_code == 303
    return answer.headers["Location"]


@pytest.mark.req("R21", "S4")
@pytest.mark.parametrize("way", ["page", "api"])
@pytest.mark.parametrize(
    ("age", "works"),
    [
        (timedelta(0), True),
        (90 * MINUTE - timedelta(seconds=1), True),
        (90 * MINUTE, False),
        (90 * MINUTE + timedelta(seconds=1), False),
        (timedelta(days=3), False),
    ],
    ids=["0:00", "89:59", "90:00", "90:01", "3 days"],
)
def test_the_link_works_until_ninety_minutes_have_passed(
    *,
    browser: Browser,
    program: Program,
    newcomer: Account,
    rows: Rows,
    standing_clock: StandingClock,
    mailed_link: Callable[..., str],
    way: str,
    age: timedelta,
    works: bool,
) -> None:
    token = mailed_link(newcomer)
    form = open_link(browser, token)
    opened = browser.get(form)
    standing_clock.advance(age)

    if way == "page":
        answer = browser.press(opened, FIELDS)
    else:
        answer = program.post("/passwords", {"token": token, "password": NEW})

    assert answer.status_code == (410 if not works else 303 if way == "page" else 204)
    assert (rows(Account)[0].password_hash is not None) is works


@pytest.mark.req("R21", "S4")
def test_the_link_works_for_ninety_real_minutes_over_the_change_to_winter_time(
    *,
    browser: Browser,
    newcomer: Account,
    database: Database,
    settings: Settings,
    standing_clock: StandingClock,
    mailed_link: Callable[..., str],
) -> None:
    # The night in which 02:30 comes twice: 2026-10-25, 00:30 and 01:30 UTC in Brussels.
    begin = NOW.replace(month=10, day=25, hour=0, minute=15)
    standing_clock.advance(begin - NOW)
    form = open_link(browser, mailed_link(newcomer))

    standing_clock.advance(90 * MINUTE - timedelta(seconds=1))
    assert browser.get(form).status_code == 200
    standing_clock.advance(timedelta(seconds=1))
    assert browser.get(form).status_code == 410


@pytest.mark.req("R22")
@pytest.mark.parametrize(
    ("changes", "code", "title"),
    [
        ({"expires_at": NOW}, "link_expired", "This link has expired"),
        ({"used_at": NOW}, "link_used", "This link was used already"),
        ({"superseded_at": NOW}, "link_superseded", "A newer link was sent"),
    ],
)
def test_a_dead_link_has_its_own_page_with_the_way_on(
    *,
    browser: Browser,
    program: Program,
    newcomer: Account,
    rows: Rows,
    standing_clock: StandingClock,
    mailed_link: Callable[..., str],
    changes: dict[str, Any],
    code: str,
    title: str,
) -> None:
    token = mailed_link(newcomer, **changes)
    form = open_link(browser, token)

    shown = browser.get(form)
    assert (shown.status_code, one(shown, "h1").get_text()) == (410, title)
    by_api = program.post("/passwords", {"token": token, "password": NEW})
    assert (by_api.status_code, by_api.json["code"]) == (410, code)  # type: ignore[index]

    sent = browser.press(shown)

    told = browser.follow(sent)
    assert told.request.path == "/account/create/sent"
    assert "On its way" in one(told, "#mail-state").get_text()
    assert newcomer.email not in told.text, "the address may be another one by now"
    assert [email.template for email in rows(Email)] == ["password"]
    assert len(rows(Link)) == 2


@pytest.mark.req("S10")
@pytest.mark.parametrize("agent", ["Mozilla/5.0 (compatible; MailScanner)", "curl/8.0", ""])
def test_following_a_link_changes_nothing_however_often(
    *,
    browser: Browser,
    another_browser: Browser,
    newcomer: Account,
    rows: Rows,
    mailed_link: Callable[..., str],
    agent: str,
) -> None:
    token = mailed_link(newcomer)
    before = [{key: value for key, value in vars(row).items() if key[0] != "_"} for row in rows(Link)]
    for _ in range(20):
        form = another_browser.get(f"/password/{token}", headers={"User-Agent": agent}).headers["Location"]
        another_browser.head(f"/password/{token}", headers={"User-Agent": agent})
        assert another_browser.get(form).status_code == another_browser.head(form).status_code == 200

    assert [{key: value for key, value in vars(row).items() if key[0] != "_"} for row in rows(Link)] == before
    assert browser.send(open_link(browser, token), FIELDS).status_code == 303


@pytest.mark.req("S10", "S12")
@pytest.mark.usefixtures("limits_on")
def test_a_mail_scanner_on_the_same_machine_uses_up_no_limit(
    browser: Browser, newcomer: Account, mailed_link: Callable[..., str]
) -> None:
    token = mailed_link(newcomer)
    for _ in range(20):
        browser.get(f"/password/{token}")
        browser.head(f"/password/{token}")

    assert browser.send(open_link(browser, token), FIELDS).status_code == 303


@pytest.mark.req("S11")
def test_the_token_leaves_the_address_at_once_and_stays_in_a_cookie_of_the_link(
    browser: Browser, newcomer: Account, rows: Rows, mailed_link: Callable[..., str]
) -> None:
    token = mailed_link(newcomer)

    answer = browser.get(f"/password/{token}")

    (link,) = rows(Link)
    assert answer.headers["Location"] == f"/password/link/{link.id}"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    (cookie,) = answer.headers.getlist("Set-Cookie")
    assert cookie.startswith(f"link-{link.id.hex}={token};")
    assert {"HttpOnly", "Path=/", "SameSite=Lax", "Max-Age=5400"} <= {part.strip() for part in cookie.split(";")}
    shown = browser.follow(answer)
    assert token not in shown.text
    outside = [str(part.get("src") or part.get("href")) for part in page(shown).select("[src], link[href], script")]
    assert all(address.startswith("/static/") for address in outside)


@pytest.mark.req("S11")
def test_two_links_in_two_tabs_do_not_mix(
    browser: Browser, newcomer: Account, person: Account, rows: Rows, mailed_link: Callable[..., str]
) -> None:
    first = browser.get(open_link(browser, mailed_link(newcomer)))
    second = browser.get(open_link(browser, mailed_link(person)))
    assert newcomer.email in words(first)
    assert person.email in words(second)

    browser.press(first, FIELDS)

    by_email = {account.email: account for account in rows(Account)}
    assert matches(by_email[newcomer.email].password_hash, NEW)
    assert matches(by_email[person.email].password_hash, PASSWORD)


@pytest.mark.req("S11", "S1")
@pytest.mark.parametrize("cookie", ["none", "of another link", "made up"])
def test_the_clean_address_alone_opens_nothing(
    *,
    browser: Browser,
    another_browser: Browser,
    newcomer: Account,
    person: Account,
    rows: Rows,
    mailed_link: Callable[..., str],
    cookie: str,
) -> None:
    form = open_link(browser, mailed_link(newcomer))
    link_id = UUID(form.rpartition("/")[2])
    if cookie == "of another link":
        another_browser.set_cookie(f"link-{link_id.hex}", mailed_link(person))
    elif cookie == "made up":
        another_browser.set_cookie(f"link-{link_id.hex}", "A" * 44)

    assert another_browser.get(form).status_code == 404
    forged = FIELDS | {"csrf_token": another_browser.csrf_token()}
    assert another_browser.post(form, forged).status_code == 404
    assert another_browser.post(f"{form}/renew", forged).status_code == 404
    assert all(link.used_at is None for link in rows(Link))


@pytest.mark.req("R22")
def test_a_link_of_a_disabled_account_is_not_renewed(
    browser: Browser, newcomer: Account, database: Database, rows: Rows, mailed_link: Callable[..., str]
) -> None:
    shown = browser.get(open_link(browser, mailed_link(newcomer, used_at=NOW)))
    with database.transaction() as session:
        session.get_one(Account, newcomer.id).disabled_at = NOW

    assert browser.press(shown).status_code == 303

    assert not rows(Email)
