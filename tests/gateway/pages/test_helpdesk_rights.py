import pytest

from shared.models import Account, Email, LoginSession, Staff
from tests.conftest import NOW
from tests.gateway.pages.helpdesk import CORRECTION, LOOK, rows


def test_for_a_disabled_account_nothing_can_be_done_from_here(database, helpdesk, nora):
    with database.transaction() as session:
        session.get_one(Account, nora.id).disabled_at = NOW

    helpdesk.press(LOOK, who=nora.email)

    assert helpdesk.reads("Disabled since")
    assert helpdesk.page.select("main form") == []


@pytest.mark.req("S29", "S28")
@pytest.mark.parametrize(
    "field", ["password", "password_hash", "verified", "account_id", "username", "first_name", "duty"]
)
def test_no_form_takes_more_than_it_shows(database, helpdesk, nora, field):
    helpdesk.press(LOOK, who=nora.email)
    token = helpdesk.page.find(attrs={"name": "csrf_token"})["value"]
    for path, fields in (("resend", {"ground": "call 4711"}), ("address", CORRECTION)):
        answer = helpdesk.browser.post(
            f"/helpdesk/people/{nora.id}/{path}", data=fields | {"csrf_token": token, field: "changed"}
        )
        assert answer.status_code == 422
    assert rows(database, Email) == []


def test_no_page_of_the_helpdesk_can_set_a_password_or_prove_an_address(app):
    ours = {rule.endpoint for rule in app.url_map.iter_rules() if rule.endpoint.startswith("helpdesk.")}

    assert ours == {"helpdesk.search_form", "helpdesk.search", "helpdesk.person", "helpdesk.resend", "helpdesk.correct"}


def test_nothing_the_helpdesk_does_sets_a_password_or_lets_anybody_in(app, database, helpdesk, nora, helga):
    helpdesk.press(LOOK, who=nora.email)
    helpdesk.press("Send", ground="call 4711")
    helpdesk.press("Correct the address", **CORRECTION)

    (account,) = (one for one in rows(database, Account) if one.id == nora.id)
    assert (account.password_hash, account.password_set_at) == (None, None)
    assert {login.account_id for login in rows(database, LoginSession)} == {helga.id}


@pytest.mark.req("S26")
def test_a_duty_that_was_taken_away_counts_no_more_at_once(database, helpdesk, helga, nora):
    helpdesk.press(LOOK, who=nora.email)
    with database.transaction() as session:
        session.delete(session.get_one(Staff, (helga.id, "helpdesk")))

    helpdesk.press("Send", ground="call 4711")

    assert helpdesk.status == 404
    assert rows(database, Email) == []


def test_the_way_to_the_helpdesk_is_shown_to_whoever_has_the_duty(visitor, helga, ann):
    own = visitor(helga).go("/account/profile")
    own.follow("Helpdesk")
    assert own.heading == "Helpdesk"

    assert not visitor(ann).go("/account/profile").page.select("main a[href='/helpdesk']")
