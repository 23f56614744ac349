"""The whole letter through the pages, on real processes: only links and forms that were served, and mails that came."""

from pathlib import Path

import pytest

from tests.e2e.installation import Installation, installation
from tests.e2e.person import Person, code_in, link_in

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
PASSWORD = "a long walk to the sea"
FLANDERS = "be0023@authorities.example"
WALLONIA = "be0024@authorities.example"
DUTCH = "nl-cca-rvo@authorities.example"
COMMISSION = "commission@commission.example"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, backend: dict[str, str]):
    with installation(Path(tmp_path_factory.mktemp("walk")), **backend) as one:
        yield one


@pytest.fixture
def office(running: Installation):
    person = Person(running.web)
    yield person
    person.leave()


@pytest.fixture
def applicant(running: Installation, request: pytest.FixtureRequest):
    """Somebody who has signed up, set a password, and logged in to Production."""
    person = Person(running.web)
    email = f"{request.node.name[5:30].replace('_', '-')}@people.example"
    person.go_home()
    person.follow("Sign up for TRACES")
    names = {"first_name": "Ann", "last_name": "Peeters", "accept_privacy": True}
    person.press("Create an account", email=email, confirm_email=email, **names)
    person.open(link_in(running.wait_for_mail(email, template="password")))
    person.press("Set password", password=PASSWORD, confirm_password=PASSWORD)
    person.go_home()
    person.follow("Go to Production")
    person.follow("Login into TRACES")
    person.press("Log in", email=email, password=PASSWORD)
    person.email = email
    yield person
    person.leave()


@pytest.mark.req("R25", "R28", "R33", "R34", "R35", "R57", "R59", "R61", "R62", "R67", "R72", "R73")
def test_operator(running: Installation, applicant: Person, office: Person):
    applicant.follow("Select Operator")
    applicant.press("Search", country="BE", name="alpro")
    applicant.press("Request Authorisation", post_ids=[applicant.tick_of("TRACES Number: BE-ORG-OP-5")])
    assert applicant.reads("Confirm authorisation request for ALPRO Comm.V.A.")
    contact = {"contact_email": "name@domain.com", "contact_phone": "+32 02 123456"}
    applicant.press("Send authorisation request", message="Test demonstration", **contact)
    assert applicant.reads("has been sent")

    office.open(link_in(newest(running, FLANDERS)))
    assert office.reads("Test demonstration")
    accept(running, office, FLANDERS)

    running.wait_for_mail(applicant.email, template="outcome")
    running.wait_for_mail(WALLONIA, template="closed")
    applicant.open(f"{running.web}/production/profile")
    assert applicant.reads("Memberships (1)")
    applicant.follow("Go to Training")
    applicant.follow("Your profile")
    assert applicant.reads("You hold no post in Training.")
    assert not applicant.reads("ALPRO")


@pytest.mark.req("R47", "R48", "R50", "R51", "R69")
def test_authority(running: Installation, applicant: Person, office: Person):
    applicant.follow("Select Authority")
    applicant.press("Search", country="BE", role="CCA")
    assert applicant.reads("Endorsing Authority for Organic Certification")
    applicant.press("Request authorisation", post_ids=[applicant.tick_of("BE0024")])
    applicant.press("Send authorisation request")

    office.open(link_in(newest(running, COMMISSION)))
    accept(running, office, COMMISSION)

    outcome = running.wait_for_mail(applicant.email, template="outcome")
    assert "Région wallonne" in outcome["text"]


@pytest.mark.req("R52", "R53", "R54", "R56", "R68")
def test_control_body(running: Installation, applicant: Person, office: Person):
    applicant.follow("Select Organic Control Body")
    applicant.press("Search", country="NL", name="Control Union Certifications")
    assert applicant.reads("AE-BIO-149")
    one = applicant.tick_of("AF-BIO-149")
    other = applicant.tick_of("AL-BIO-149")
    applicant.press("Request authorisation", post_ids=[one, other])
    assert applicant.reads("and 1 more")
    applicant.press("Send authorisation request")

    office.open(link_in(newest(running, DUTCH)))
    office.press("English (en)")
    accept(running, office, DUTCH)

    running.wait_for_mail(applicant.email, template="outcome")
    applicant.open(f"{running.web}/production/profile")
    assert applicant.reads("Memberships (2)")


@pytest.mark.req("R37", "R38", "R41", "R45", "R46")
def test_new_operator(running: Installation, applicant: Person, office: Person):
    applicant.follow("Select Operator")
    applicant.press("Search", name="Test Importer")
    applicant.follow("Create new Operator")
    assert applicant.reads("Create operator to request being attached to")
    typed = {
        "name": "Test Importer",
        "country": "BE",
        "city": "1000 Bruxelles",
        "address": "Street 1",
        "phone": "+32123456",
        "eori": "BE0123456789",
        "section": "Organic Importer (ORGANIC IMPORTER)",
        "activity": "Organic Importer",
        "control_body_search": "Control Union Certifications",
    }
    applicant.press("Search", **choosing(applicant, typed))
    body = applicant.page.find("input", {"name": "control_body_id", "type": "radio"})
    applicant.press("Create a new operator", control_body_id=str(body["value"]))
    assert applicant.reads("Your authorisation request for Test Importer has been sent.")

    office.open(link_in(newest(running, FLANDERS)))
    assert office.reads("Street 1")
    accept(running, office, FLANDERS, button="Accept operator and person")

    running.wait_for_mail(applicant.email, template="outcome")
    applicant.open(f"{running.web}/production/profile")
    assert applicant.reads("Memberships (1)")
    assert applicant.reads("BE-ORG-OP-8")


def newest(running: Installation, office: str) -> dict[str, object]:
    """The newest request that came to an office; each test's is the only one under way."""
    known = _OPENED.get((running.web, office), 0)
    mail = running.wait_for_mail(office, template="decide", after=known)
    _OPENED[running.web, office] = known + 1
    return mail


_OPENED: dict[tuple[str, str], int] = {}
"""By installation, too: a test run may leave this module and come back to it with another one."""


def accept(running: Installation, office: Person, mailbox: str, button: str = "Accept") -> None:
    """Press, and type the code that comes in a second mail."""
    before = len([one for one in running.mails(mailbox) if one["headers"]["X-Gatehouse-Template"] == "code"])
    office.press(button, decider_name="Jan Janssens")
    office.press("Confirm: accept", code=code_in(running.wait_for_mail(mailbox, template="code", after=before)))
    assert office.status == 200, office.page.get_text(" ", strip=True)[:800]


def choosing(person: Person, typed: dict[str, str]) -> dict[str, str]:
    """Turn words into the values of the lists they are chosen from."""
    found = {}
    for name, value in typed.items():
        field = person.page.find(attrs={"name": name})
        if field is not None and field.name == "select":
            options = {option.get_text(strip=True): str(option["value"]) for option in field.find_all("option")}
            found[name] = options.get(value, value)
        elif field is not None:
            found[name] = value
    return found
