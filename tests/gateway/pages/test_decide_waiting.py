"""Requests that wait for a logged-in approver."""

import pytest

from shared.models import Account
from tests.builders import a_membership, an_account, an_administrator
from tests.gateway.pages import scenes
from tests.gateway.pages.scenes import ALPRO


@pytest.mark.req("R73", "S25")
def test_a_logged_in_recipient_finds_the_request_in_a_list_and_needs_no_code(app, visitor, ann, database):
    chief = administrator_of(database, ALPRO)
    role_request = scenes.sent(app, ann, ALPRO)
    browser = visitor(chief).go("/production/decisions")
    assert browser.reads("Ann Peeters")
    assert browser.reads("11:32 (+02:00 CEST), Tuesday 23 June 2026")

    browser.follow("Look and decide")
    assert not browser.page.find(id="decider_name")
    browser.press("Accept")

    assert scenes.statuses(app, role_request) == ["accepted"]
    assert browser.go("/production/decisions").reads("No request in Production waits for your decision.")
    assert browser.go("/training/decisions").reads("No request in Training waits for your decision.")


@pytest.mark.req("S26")
def test_nobody_opens_what_another_was_asked(app, visitor, ann, database):
    chief = administrator_of(database, ALPRO)
    scenes.sent(app, ann, ALPRO)
    browser = visitor(chief).go("/production/decisions")
    address = browser.page.find("a", string="Look and decide")["href"]

    assert visitor(ann).go(address).status == 404
    assert visitor(chief).go(address.replace("production", "training")).status == 404
    assert visitor(chief).go(address).status == 200


def administrator_of(database, name: str) -> Account:
    with database.transaction() as session:
        chief = an_account(session, first_name="Chris", last_name="Chief")
        organisation = scenes.organisation(session, name)
        a_membership(session, chief, organisation.posts[0])
        an_administrator(session, chief, organisation)
        return chief
