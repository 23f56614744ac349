"""The pages beside the walk, looked through for barriers: searches, forms with errors, the account, staff, refusals."""

from collections.abc import Callable, Iterator

import pytest

from tests.browser import walk
from tests.browser.conftest import EMAIL, LOCALES, PICTURES
from tests.browser.looks import Looks
from tests.browser.visitor import Visitor
from tests.e2e.api import PASSWORD, joined
from tests.e2e.installation import Installation
from tests.e2e.person import link_in

pytestmark = [pytest.mark.browser, pytest.mark.slow]
in_three_languages = pytest.mark.parametrize("language", LOCALES)
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

    def make(email: str, looks: Looks | None = None, *, language: str = "en") -> Visitor:
        joined(running, email, language=language).leave()
        visitor = new_visitor(looks, language=language)
        visitor.open("/account/log-in")
        visitor.fill(email=email, password=PASSWORD)
        visitor.press("#log-in")
        return visitor

    return make


@pytest.fixture
def looks(language: str) -> Iterator[Looks]:
    """What is found at all stops of a test fails it at its end."""
    looks = Looks(PICTURES, f"{language}-other-")
    yield looks
    assert not looks.found, "\n".join(looks.found)


@in_three_languages
def test_what_is_open_to_everybody(new_visitor: Callable[..., Visitor], looks: Looks, language: str) -> None:
    visitor = new_visitor(looks, language=language)

    for name, address in PUBLIC.items():
        visitor.open(address)
        assert visitor.page.locator("html").get_attribute("lang") == language
        visitor.look(name)


@in_three_languages
def test_what_somebody_with_an_account_sees(
    running: Installation, new_person: Callable[..., Visitor], looks: Looks, language: str
) -> None:
    visitor = new_person(f"other.{language}@people.example", looks, language=language)
    running.command("staff", "add", f"other.{language}@people.example", "operations")

    for name, address in OWN.items():
        visitor.open(address)
        assert visitor.page.locator("html").get_attribute("lang") == language
        visitor.look(name)
    visitor.open("/training/operators?name=Quite+New")
    visitor.open("/training/operators/new?name=Quite+New")
    visitor.look("new-operator")
    visitor.press("#new-operator")
    visitor.look("new-operator-errors")


@pytest.mark.req("R73")
@in_three_languages
def test_the_inbox_of_an_approver(
    running: Installation, new_person: Callable[..., Visitor], looks: Looks, language: str
) -> None:
    applicant = new_person(f"applicant.{language}@people.example")
    approver = new_person(f"approver.{language}@commission.example", looks, language=language)
    running.command("commission", "add", f"approver.{language}@commission.example", "--environment", "training")
    applicant.open("/training/authorities?country=BE&role=CCA")
    applicant.tick("BE0024")
    applicant.press_request()
    applicant.press("#send")
    running.wait_for_mail(f"approver.{language}@commission.example", template="decide")

    approver.open("/training/decisions")
    approver.look("inbox")
    approver.page.locator("input[name=assignment_ids]").first.check()
    approver.press("#ticks", "button[value=reject]")
    approver.look("inbox-confirm")
    approver.fill(reason="Not of this office.")
    approver.press("#together")
    approver.look("inbox-results")


@pytest.mark.req("R62")
@in_three_languages
def test_taking_a_request_back(new_person: Callable[..., Visitor], looks: Looks, language: str) -> None:
    visitor = new_person(f"back.{language}@people.example", looks, language=language)
    visitor.open("/training/authorities?country=BE&role=CCA")
    visitor.tick("BE0024")
    visitor.press_request()
    visitor.press("#send")

    visitor.page.locator("main a.danger").click()
    visitor.look("withdraw")
    visitor.press("form[method=post]")
    visitor.look("withdrawn")


@in_three_languages
def test_another_address(
    running: Installation, new_person: Callable[..., Visitor], looks: Looks, language: str
) -> None:
    old, new = f"old.{language}@people.example", f"new.{language}@people.example"
    visitor = new_person(old, looks, language=language)
    visitor.open("/account/email")
    visitor.press("#change-email")
    visitor.look("change-address-errors")
    visitor.fill(email=new, confirm_email=new, current_password=PASSWORD)
    visitor.press("#change-email")
    visitor.look("address-waits")

    for mailbox, template in ((new, "confirm-address"), (old, "approve-address")):
        visitor.open_mailed(link_in(running.wait_for_mail(mailbox, template=template)))
        visitor.look(template)
        visitor.press("#confirm-email")
        visitor.look(f"{template}-done")


@in_three_languages
def test_what_the_helpdesk_sees_of_a_person(
    running: Installation, new_person: Callable[..., Visitor], looks: Looks, language: str
) -> None:
    helper = new_person(f"helper.{language}@staff.example", looks, language=language)
    running.command("staff", "add", f"helper.{language}@staff.example", "helpdesk")
    helper.open("/helpdesk")
    helper.look("helpdesk")
    helper.press("#look")
    helper.look("helpdesk-errors")
    helper.fill(who=EMAIL)
    helper.press("#look")
    helper.look("helpdesk-person")


@pytest.mark.req("R38", "R46")
@in_three_languages
def test_deciding_on_a_new_operator_whose_name_is_like_another(
    running: Installation, new_visitor: Callable[..., Visitor], looks: Looks, language: str
) -> None:
    client = joined(running, f"importer.{language}@people.example")
    found = client.http.get("/production/control-bodies", params={"name": "Control Union", "country": "NL"}).json()
    operator = {
        "name": "Coffee-Team",
        "country": "BE",
        "city": "1000 Bruxelles",
        "address": "Street 1",
        "phone": "+32123456",
        "eori": "BE0123456789",
        "activity": "Organic Importer",
        "section": "Organic Importer (ORGANIC IMPORTER)",
        "control_body_id": found["items"][0]["control_body_id"],
    }
    before = walk.decide_mails(running, walk.FLANDERS)
    client.http.post("/production/role-requests", json={"new_operator": operator}).raise_for_status()
    client.leave()
    office = new_visitor(looks, language=language)

    office.open_mailed(link_in(running.wait_for_mail(walk.FLANDERS, template="decide", after=before)))
    assert office.reads("BE-ORG-OP-6")
    office.look("decide-new-operator")


@in_three_languages
def test_one_mail_as_operations_see_it(
    running: Installation, new_person: Callable[..., Visitor], looks: Looks, language: str
) -> None:
    email = f"on.call.{language}@staff.example"
    visitor = new_person(email, looks, language=language)
    running.command("staff", "add", email, "operations")
    (mail,) = running.mails(email)

    visitor.open(f"/operations/subjects/{mail['headers']['Message-ID'].strip('<>').partition('@')[0]}")
    visitor.look("operations-mail")
