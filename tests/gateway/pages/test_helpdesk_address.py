import pytest

from shared.models import Account, Email
from tests.gateway.browser import Browser
from tests.gateway.pages.helpdesk import CORRECTION, LOOK, PASSWORD, rows


def test_an_address_is_corrected_and_the_person_still_has_to_open_the_link(database, helpdesk, nora):
    helpdesk.press(LOOK, who=nora.email)

    helpdesk.press("Correct the address", **CORRECTION)

    assert helpdesk.reads("The address is corrected.")
    assert helpdesk.reads("No password yet: the address is not proved")
    assert helpdesk.reads("nora@alpro.example")
    assert [(mail.template, mail.recipient) for mail in rows(database, Email)] == [("password", "nora@alpro.example")]


@pytest.mark.req("S20")
@pytest.mark.parametrize("password", ["", "Wrong-Horse-777"])
def test_for_that_ones_own_password_is_asked_again(database, helpdesk, nora, password):
    helpdesk.press(LOOK, who=nora.email)

    helpdesk.press("Correct the address", **CORRECTION | {"current_password": password})

    assert (helpdesk.status, list(helpdesk.errors)) == (403 if password else 422, ["current_password"])
    assert helpdesk.page.find(id="email")["value"] == "nora@alpro.example"
    assert helpdesk.page.find(id="current_password")["value"] == ""
    assert rows(database, Email) == []


@pytest.mark.req("S13")
@pytest.mark.usefixtures("limits_on")
def test_ones_own_password_cannot_be_guessed_there_for_ever(app, helga, nora):
    browser = Browser(app)
    browser.send("/account/log-in", {"email": helga.email, "password": PASSWORD})
    page = f"/helpdesk/people/{nora.id}"
    token = browser.csrf_token(page)

    answers = [
        browser.post(f"{page}/address", CORRECTION | {"csrf_token": token, "current_password": f"Wrong-{number}"})
        for number in range(10)
    ]

    assert [answer.status_code for answer in answers] == [403] * 9 + [429]


@pytest.mark.req("S7")
def test_an_address_that_is_taken_cannot_be_used_and_nothing_more_is_told(helpdesk, nora, ann):
    helpdesk.press(LOOK, who=nora.email)

    helpdesk.press("Correct the address", **CORRECTION | {"email": ann.email})

    assert helpdesk.errors == {"email": "Right e-mail address: This address cannot be used."}
    assert not helpdesk.reads("Peeters")


@pytest.mark.req("S51")
@pytest.mark.parametrize(
    "email", ["", "nora", "nora@", "Ünora@alpro.example", "nora@alpro.example\r\nBcc: x@y.example"]
)
def test_an_address_that_no_mail_can_reach_is_refused(database, helpdesk, nora, email):
    helpdesk.press(LOOK, who=nora.email)

    helpdesk.press("Correct the address", **CORRECTION | {"email": email})

    assert (helpdesk.status, list(helpdesk.errors)) == (422, ["email"])
    assert rows(database, Email) == []


def test_whoever_has_a_password_has_no_form_for_the_address_and_sending_it_helps_nothing(app, database, helpdesk, ann):
    helpdesk.press(LOOK, who=ann.email)
    assert "email" not in helpdesk.labels
    token = helpdesk.page.find(attrs={"name": "csrf_token"})["value"]

    answer = helpdesk.browser.post(f"/helpdesk/people/{ann.id}/address", data=CORRECTION | {"csrf_token": token})

    assert answer.status_code == 422
    assert "has set a password" in answer.text
    assert [account.email for account in rows(database, Account) if account.id == ann.id] == ["ann@alpro.example"]
