from collections.abc import Callable, Sequence
from typing import Any

import pytest

from shared.models import Account, AuditEvent, Email, Link
from tests.gateway.browser import Browser, Program, errors_at, one, page, words
from tests.gateway.test_password_links import FIELDS, NEW, open_link

Rows = Callable[[type[Any]], Sequence[Any]]


@pytest.mark.req("R20", "R24", "R26")
def test_the_link_sets_the_password_with_which_one_logs_in_by_address(
    browser: Browser, newcomer: Account, mailed_link: Callable[..., str]
) -> None:
    answer = browser.send(open_link(browser, mailed_link(newcomer)), FIELDS)

    assert answer.status_code == 303
    shown = browser.follow(answer)
    assert shown.request.path == "/account/log-in"
    assert one(shown, "[role=status]").get_text() == "Your password is set. You can log in now."
    assert browser.press(shown, {"email": newcomer.email, "password": NEW}).status_code == 303


@pytest.mark.req("R24")
def test_the_link_sets_the_password_by_api(
    program: Program, newcomer: Account, mailed_link: Callable[..., str]
) -> None:
    answer = program.post("/passwords", {"token": mailed_link(newcomer), "password": NEW})

    assert (answer.status_code, answer.data) == (204, b"")
    assert program.post("/sessions", {"email": newcomer.email, "password": NEW}).status_code == 201


@pytest.mark.req("S3")
def test_the_link_works_once(
    browser: Browser, program: Program, newcomer: Account, mailed_link: Callable[..., str]
) -> None:
    token = mailed_link(newcomer)
    form = open_link(browser, token)
    opened = browser.get(form)
    assert browser.press(opened, FIELDS).status_code == 303

    later = {"password": "Another-Pass-1", "confirm_password": "Another-Pass-1", "csrf_token": browser.csrf_token()}
    again = browser.press(opened, later)

    assert (again.status_code, one(again, "h1").get_text()) == (410, "This link was used already")
    assert one(again, 'main a[href="/account/log-in"]').get_text() == "Log in"
    assert program.post("/sessions", {"email": newcomer.email, "password": NEW}).status_code == 201


@pytest.mark.req("S5", "S21")
def test_setting_a_password_kills_every_other_link_and_every_log_in(
    logged_in: Browser, another_browser: Browser, person: Account, mailed_link: Callable[..., str]
) -> None:
    other, token = mailed_link(person), mailed_link(person)
    assert logged_in.get("/account/password").status_code == 200

    another_browser.send(open_link(another_browser, token), FIELDS)

    killed = another_browser.get(open_link(another_browser, other))
    assert (killed.status_code, one(killed, "h1").get_text()) == (410, "A newer link was sent")
    assert logged_in.get("/account/password").status_code == 302


@pytest.mark.req("R24")
def test_the_owner_is_told_by_mail_when_the_password_was_reset_but_not_when_it_was_first_set(
    browser: Browser, newcomer: Account, person: Account, rows: Rows, mailed_link: Callable[..., str]
) -> None:
    browser.send(open_link(browser, mailed_link(newcomer)), FIELDS)
    assert not rows(Email)

    browser.send(open_link(browser, mailed_link(person)), FIELDS)

    assert [(email.template, email.recipient) for email in rows(Email)] == [("password-changed", person.email)]
    assert [event.action for event in rows(AuditEvent)] == ["password.set", "password.reset"]
    assert all(event.link_id for event in rows(AuditEvent))


@pytest.mark.req("R17")
def test_the_names_are_shown_for_correction_the_first_time(
    browser: Browser, newcomer: Account, rows: Rows, mailed_link: Callable[..., str]
) -> None:
    shown = browser.get(open_link(browser, mailed_link(newcomer)))
    assert one(shown, "#first_name")["value"] == newcomer.first_name

    browser.press(shown, FIELDS | {"first_name": "Anne", "last_name": "Peters"})

    assert [(account.first_name, account.last_name) for account in rows(Account)] == [("Anne", "Peters")]


@pytest.mark.req("R17")
def test_a_name_corrected_to_an_organisation_has_to_be_confirmed(
    browser: Browser, newcomer: Account, rows: Rows, mailed_link: Callable[..., str]
) -> None:
    shown = browser.get(open_link(browser, mailed_link(newcomer)))
    asked = browser.press(shown, FIELDS | {"last_name": "Ministry of Agriculture"})
    assert (asked.status_code, [*errors_at(asked)]) == (422, ["first_name"])
    assert rows(Account)[0].password_hash is None

    browser.press(asked, FIELDS | {"confirm_person": "on"})

    assert rows(Account)[0].last_name == "Ministry of Agriculture"
    assert rows(Account)[0].person_confirmed


@pytest.mark.req("S29")
def test_names_cannot_be_changed_with_a_later_link(
    browser: Browser, person: Account, rows: Rows, mailed_link: Callable[..., str]
) -> None:
    shown = browser.get(open_link(browser, mailed_link(person)))
    assert not page(shown).select("#first_name")

    browser.press(shown, FIELDS | {"first_name": "Eve"})

    assert rows(Account)[0].first_name == person.first_name


@pytest.mark.req("S19")
@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("Short-Pw1", "Use at least 15 characters"),
        ("only small letter"[:14], "Use at least 15 characters"),
        ("Peeters-2026-x", "Leave your name"),
        ("Password1!", "among those that are tried first"),
        ("I-love-Traces-7", "Leave the name of this system"),
        ("x" * 257, "Use at most 256 characters"),
    ],
    ids=["9 characters", "14 of one class", "own name", "common", "system", "257 characters"],
)
def test_a_weak_password_is_refused_and_the_link_still_works(
    *,
    browser: Browser,
    program: Program,
    newcomer: Account,
    rows: Rows,
    mailed_link: Callable[..., str],
    password: str,
    reason: str,
) -> None:
    token = mailed_link(newcomer)
    by_api = program.post("/passwords", {"token": token, "password": password})
    assert by_api.status_code == 422
    assert reason in " ".join(by_api.json["errors"]["password"])  # type: ignore[index]

    shown = browser.send(open_link(browser, token), {"password": password, "confirm_password": password})

    assert reason in errors_at(shown)["password"]
    assert not one(shown, "#password").get("value")
    assert rows(Link)[0].used_at is None
    assert browser.press(shown, FIELDS).status_code == 303


@pytest.mark.req("S19")
@pytest.mark.parametrize(
    "password", ["Aa1!Aa1!Aa", "fifteen letters", "пароль из слов!", "ééééééé 🐄 mucca", "x y" * 85]
)
def test_a_good_password_is_taken_as_it_is_typed(
    program: Program, newcomer: Account, mailed_link: Callable[..., str], password: str
) -> None:
    assert program.post("/passwords", {"token": mailed_link(newcomer), "password": password}).status_code == 204

    assert program.post("/sessions", {"email": newcomer.email, "password": password}).status_code == 201
    assert program.post("/sessions", {"email": newcomer.email, "password": password[:-1]}).status_code == 401


@pytest.mark.req("R10")
def test_two_different_passwords_are_refused(
    browser: Browser, newcomer: Account, mailed_link: Callable[..., str]
) -> None:
    answer = browser.send(open_link(browser, mailed_link(newcomer)), FIELDS | {"confirm_password": "Battery-Staple-8"})

    assert answer.status_code == 422
    assert errors_at(answer) == {"confirm_password": "The two passwords are not the same. Type the second one again."}


@pytest.mark.req("R22", "S3")
def test_the_token_is_checked_before_the_password(program: Program) -> None:
    assert program.post("/passwords", {"token": "A" * 44, "password": "short"}).status_code == 404


@pytest.mark.req("R20")
@pytest.mark.usefixtures("standing_clock")
def test_the_page_says_until_when_the_link_works(
    browser: Browser, newcomer: Account, mailed_link: Callable[..., str]
) -> None:
    shown = browser.get(open_link(browser, mailed_link(newcomer)))

    assert "The link works once, until 13:02 (+02:00 CEST), Tuesday 9 June 2026 (in 90 minutes)" in words(shown)
