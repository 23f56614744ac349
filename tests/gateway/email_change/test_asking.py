"""Another e-mail address is asked for on the account page, shown while it waits, and taken back (C9)."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from shared.db import Database
from shared.domain.email_changes import Side
from shared.models import Account, Email, EmailChange, Link
from tests.builders import an_account
from tests.conftest import NOW
from tests.gateway.browser import Browser, errors_at, one, without_nonces, words
from tests.gateway.conftest import PASSWORD
from tests.gateway.email_change.conftest import ACCOUNT, FIELDS, NEW, PATH

Rows = Callable[[type[Any]], Sequence[Any]]
pytestmark = pytest.mark.usefixtures("standing_clock")


@pytest.mark.req("S20")
def test_whoever_proves_the_password_asks_for_another_address_and_sees_what_is_missing(
    logged_in: Browser, rows: Rows
) -> None:
    asked = logged_in.follow(logged_in.send(PATH, FIELDS))

    assert asked.request.path == ACCOUNT
    assert one(asked, "[role=status]").get_text() == (
        "Two mails are on their way, one to each address. Open the link in both."
    )
    seen = words(asked)
    assert f"New e-mail address {NEW}: missing: open the link in its mail" in seen
    assert "Address so far ann@people.example: missing: open the link in its mail" in seen
    assert "begins when the mails are sent" in seen
    assert {(mail.template, mail.recipient) for mail in rows(Email)} == {
        ("confirm-address", NEW),
        ("approve-address", "ann@people.example"),
    }


def test_the_account_page_leads_to_the_form(logged_in: Browser) -> None:
    link = one(logged_in.get(ACCOUNT), f"main a[href='{PATH}']")

    assert link.get_text() == "Change your e-mail address"
    assert one(logged_in.get(PATH), "h1").get_text() == "Change your e-mail address"


@pytest.mark.req("S20")
def test_a_wrong_password_asks_for_nothing(logged_in: Browser, rows: Rows) -> None:
    answer = logged_in.send(PATH, FIELDS | {"current_password": "Wrong-Horse-777"})

    assert (answer.status_code, errors_at(answer)) == (403, {"current_password": "This is not your current password."})
    assert one(answer, "#email")["value"] == NEW
    assert "Wrong-Horse-777" not in answer.text
    assert not rows(Email)


@pytest.mark.req("S13", "S20")
@pytest.mark.usefixtures("limits_on")
def test_the_password_cannot_be_guessed_for_ever_here_or_where_it_is_changed(logged_in: Browser) -> None:
    wrong = {"current_password": "Wrong-Horse-777"}
    answers = [logged_in.send(PATH, FIELDS | wrong) for _ in range(9)]
    elsewhere = logged_in.send("/account/password", wrong | {"password": "x", "confirm_password": "x"})

    assert [answer.status_code for answer in answers] == [403] * 9
    assert elsewhere.status_code == 429


@pytest.mark.req("R10", "S51")
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"email": None}, "email"),
        ({"confirm_email": None}, "confirm_email"),
        ({"current_password": None}, "current_password"),
        ({"confirm_email": "ann@other.example"}, "confirm_email"),
        ({"email": "ann at colzagro", "confirm_email": "ann at colzagro"}, "email"),
        ({"email": "änn@colzagro.example", "confirm_email": "änn@colzagro.example"}, "email"),
        ({"email": "ANN@people.example", "confirm_email": "ann@people.example"}, "email"),
    ],
)
def test_an_address_passes_the_checks_of_signing_up(
    logged_in: Browser, rows: Rows, changes: dict[str, Any], field: str
) -> None:
    answer = logged_in.send(PATH, FIELDS | changes)

    assert (answer.status_code, [*errors_at(answer)]) == (422, [field])
    assert not rows(Email)


@pytest.mark.req("S7", "R5")
def test_an_address_that_has_an_account_is_answered_as_any_other(
    logged_in: Browser, another_browser: Browser, database: Database
) -> None:
    with database.transaction() as session:
        known = an_account(session, email="eve@people.example").email
        other = session.scalars(select(Account).where(Account.email_key == "ann@people.example")).one()
        bob = an_account(session, email="bob@people.example", password_hash=other.password_hash)
    another_browser.send("/account/log-in", {"email": bob.email, "password": PASSWORD})
    seen = []
    for browser, email, own in ((logged_in, known, other), (another_browser, "nobody@people.example", bob)):
        answer = browser.send(PATH, FIELDS | {"email": email, "confirm_email": email})
        with database.transaction() as session:
            for mail in session.scalars(select(Email).where(Email.link_id.is_not(None))):
                session.get_one(Link, mail.link_id).expires_at = NOW + timedelta(minutes=90)
        pages = [answer, browser.get(ACCOUNT), browser.get(PATH), browser.get("/production/profile")]
        texts = (email, own.email, own.username, own.full_name)
        seen.append([without_nonces(shown, *texts) for shown in pages])

    assert seen[0] == seen[1]


def test_a_change_can_be_taken_back_on_the_account_page(
    waiting: Browser, another_browser: Browser, mailed: Callable[[Side], str], rows: Rows
) -> None:
    path = mailed(Side.NEW)
    served = waiting.get(ACCOUNT)
    form = one(served, "form[action='/account/email/cancel']")
    token = form.select_one("[name=csrf_token]")["value"]  # type: ignore[index]

    taken_back = waiting.follow(waiting.post("/account/email/cancel", {"csrf_token": token}))

    assert one(taken_back, "[role=status]").get_text() == (
        "Your address stays as it is. The links in the two mails are dead."
    )
    assert "about to change" not in words(taken_back)
    dead = another_browser.follow(another_browser.get(path))
    assert (dead.status_code, one(dead, "h1").get_text()) == (410, "This link was replaced or taken back")


@pytest.mark.req("S14")
@pytest.mark.parametrize("path", [PATH, "/account/email/cancel"])
def test_nothing_is_asked_for_or_taken_back_from_another_site(waiting: Browser, rows: Rows, path: str) -> None:
    assert waiting.post(path, FIELDS).status_code == 403
    assert len(rows(EmailChange)) == 1


@pytest.mark.req("S20")
def test_a_stranger_is_sent_to_log_in(browser: Browser, person: Account) -> None:
    assert browser.get(PATH).headers["Location"] == "/account/log-in?next=/account/email"
    for path in (PATH, "/account/email/cancel"):
        forged = FIELDS | {"csrf_token": browser.csrf_token()}
        assert browser.post(path, forged).headers["Location"].startswith("/account/log-in")


@pytest.mark.req("S12")
@pytest.mark.usefixtures("limits_on")
def test_the_sixth_change_of_a_day_is_refused_beside_the_field(logged_in: Browser) -> None:
    answers = [
        logged_in.send(PATH, FIELDS | {"email": f"a{n}@b.example", "confirm_email": f"a{n}@b.example"})
        for n in range(6)
    ]

    assert [answer.status_code for answer in answers] == [303] * 5 + [429]
    assert errors_at(answers[-1]) == {"email": "You asked for five changes within a day. Try again in 24 hours."}
    assert answers[-1].headers["Retry-After"] == "86400"


@pytest.mark.req("S12")
def test_a_mail_that_did_not_arrive_is_told_beside_the_mailbox(waiting: Browser, database: Database) -> None:
    with database.transaction() as session:
        session.scalars(select(Email).where(Email.template == "confirm-address")).one().state = "refused"

    assert f"{NEW}: its mail did not arrive No mail server took it." in words(waiting.get(ACCOUNT))
