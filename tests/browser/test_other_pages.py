"""The pages beside the walk, looked through for barriers: searches, forms with errors, the account, staff, refusals."""

from collections.abc import Callable

import pytest

from tests.browser.conftest import PICTURES
from tests.browser.looks import Looks
from tests.browser.visitor import Visitor
from tests.e2e.api import PASSWORD, Client
from tests.e2e.installation import Installation
from tests.e2e.person import link_in

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PUBLIC = {
    "help": "/account/help",
    "privacy": "/account/privacy",
    "accessibility": "/account/accessibility",
    "ask-for-link": "/account/password-link",
    "not-found": "/no-such-page",
    "link-unknown": "/password/" + "A" * 44,
    "api-docs": "/api/docs",
}
OWN = {
    "account": "/account/profile",
    "change-password": "/account/password",
    "change-address": "/account/email",
    "authorities": "/training/authorities?country=BE",
    "control-bodies": "/training/control-bodies?country=NL&name=Control+Union+Certifications",
    "nobody-waits": "/training/decisions",
    "forbidden": "/helpdesk",
    "operations": "/operations",
}


@pytest.fixture
def new_person(running: Installation, new_visitor: Callable[..., Visitor]) -> Callable[..., Visitor]:
    """Makes people who have an account and are logged in."""

    def make(email: str, looks: Looks | None = None) -> Visitor:
        client = Client(running.web)
        client.sign_up(email)
        client.set_password(link_in(running.wait_for_mail(email, template="password")).rpartition("/")[2])
        client.leave()
        visitor = new_visitor(looks)
        visitor.open("/account/log-in")
        visitor.fill(email=email, password=PASSWORD)
        visitor.press("#log-in")
        return visitor

    return make


def test_what_is_open_to_everybody(new_visitor: Callable[..., Visitor]) -> None:
    looks = Looks(PICTURES, "other-")
    visitor = new_visitor(looks)

    for name, address in PUBLIC.items():
        visitor.open(address)
        visitor.look(name)

    assert not looks.found, "\n".join(looks.found)


def test_what_somebody_with_an_account_sees(running: Installation, new_person: Callable[..., Visitor]) -> None:
    looks = Looks(PICTURES, "other-")
    visitor = new_person("other@people.example", looks)
    running.command("staff", "add", "other@people.example", "operations")

    for name, address in OWN.items():
        visitor.open(address)
        visitor.look(name)
    visitor.open("/training/operators?name=Quite+New")
    visitor.open("/training/operators/new?name=Quite+New")
    visitor.look("new-operator")
    visitor.press("#new-operator")
    visitor.look("new-operator-errors")

    assert not looks.found, "\n".join(looks.found)


@pytest.mark.req("R73")
def test_the_inbox_of_an_approver(running: Installation, new_person: Callable[..., Visitor]) -> None:
    looks = Looks(PICTURES, "other-")
    applicant = new_person("applicant@people.example")
    approver = new_person("approver@commission.example", looks)
    running.command("commission", "add", "approver@commission.example", "--environment", "training")
    applicant.open("/training/authorities?country=BE&role=CCA")
    applicant.tick("BE0024")
    applicant.press_request()
    applicant.press("#send")
    running.wait_for_mail("approver@commission.example", template="decide")

    approver.open("/training/decisions")
    approver.look("inbox")
    approver.page.locator("input[name=assignment_ids]").first.check()
    approver.press("#ticks", "button[value=reject]")
    approver.look("inbox-confirm")
    approver.fill(reason="Not of this office.")
    approver.press("#together")
    approver.look("inbox-results")

    assert not looks.found, "\n".join(looks.found)
