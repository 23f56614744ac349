import itertools
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from shared.models import Assignment, AssignmentItem, Email, Link, Organisation
from shared.services.role_request_route import route
from shared.settings import Settings
from tests.builders import a_membership, an_account, an_administrator, an_organisation
from tests.builders_decisions import (
    a_cca,
    a_commission,
    a_member,
    a_routed_request,
    assignments_of,
    events,
    mails,
    one_in_charge,
    open_assignment_of,
)
from tests.builders_role_requests import a_control_body, a_role_request
from tests.conftest import NOW


def an_office_for(session: Session, case: str) -> Organisation:
    if case.startswith("control body"):
        seat = {"control body in the Union": "NL", "control body outside": "TR", "control body without seat": None}[
            case
        ]
        return a_control_body(session, "AE-BIO-149", country=seat)
    if case == "authority CCA":
        return a_cca(session, country="NL", name="Own")
    if case == "authority BCP":
        return an_organisation(session, kind="authority", country="NL")
    return an_organisation(session, kind="operator", country="NL", status="new" if case == "new operator" else "valid")


CASES = {
    # Who is asked in the first step; who joins where nobody is there.
    "operator": (("own", "national"), ("commission",)),
    "new operator": (("national",), ("commission",)),
    "control body in the Union": (("own", "national"), ("commission",)),
    "control body outside": (("own", "commission"), ()),
    "control body without seat": (("own", "commission"), ()),
    "authority BCP": (("own", "national"), ("commission",)),
    "authority CCA": (("own", "commission"), ()),
}


@pytest.mark.req("R67", "R68", "R69", "R70", "S34")
@pytest.mark.parametrize("lives", list(itertools.product([True, False], repeat=3)))
@pytest.mark.parametrize("case", CASES)
def test_a_request_goes_to_the_offices_of_the_letter_and_further_up_where_nobody_lives(
    session: Session, settings: Settings, case: str, lives: tuple[bool, bool, bool]
) -> None:
    own_lives, national_lives, commission_lives = lives
    offices = {
        "own": an_office_for(session, case),
        # For a central authority this is another one of its country, which must not be asked.
        "national": a_cca(session, country="NL"),
        "commission": a_commission(session, mailbox_email=None),
    }
    people = {"own": one_in_charge(session, offices["own"])} if own_lives else {}
    if national_lives:
        people["national"] = a_member(session, offices["national"])
    if commission_lives:
        people["commission"] = a_member(session, offices["commission"])
    # Offices that must never be asked: another country's, a border control post, another
    # organisation, another environment's.
    a_member(session, a_cca(session, country="BE"))
    a_member(session, an_organisation(session, kind="authority", country="NL"))
    one_in_charge(session, an_organisation(session, country="NL"))
    a_member(session, a_cca(session, country="NL", environment="training"))

    role_request = a_routed_request(session, settings, offices["own"].posts[0])

    first, later = CASES[case]
    expected = [name for name in first if name in people] or [name for name in later if name in people]
    asked = {(assignment.office_id, assignment.account_id) for assignment in assignments_of(session, role_request)}
    assert asked == {(offices[name].id, people[name].id) for name in expected}
    assert mails(session, "decide") == sorted(people[name].email for name in expected)
    assert role_request.items[0].status == ("waiting" if expected else "submitted")
    assert (role_request.nobody_since is None) == bool(expected)


@pytest.mark.req("R67")
def test_the_national_authority_is_every_central_authority_of_the_country_that_takes_requests(
    session: Session, settings: Settings
) -> None:
    for number in range(3):
        a_cca(session, mailbox_email=f"region{number}@authority.example", takes_requests=number != 2)

    a_routed_request(session, settings, an_organisation(session).posts[0])

    assert mails(session, "decide") == ["region0@authority.example", "region1@authority.example"]


@pytest.mark.req("R73")
def test_ticking_all_countries_is_one_assignment_and_one_mail_for_each_recipient(
    session: Session, settings: Settings
) -> None:
    body = a_control_body(session, *[f"{country}-BIO-149" for country in ("AE", "AF", "AL", "AM", "AZ")])
    chief = one_in_charge(session, body, email="chief@body.example")
    a_cca(session, country="NL", mailbox_email="office@authority.example")

    role_request = a_routed_request(session, settings, *body.posts)

    assert mails(session, "decide") == ["chief@body.example", "office@authority.example"]
    for assignment in (open_assignment_of(session, role_request, chief), open_assignment_of(session, role_request)):
        assert len(assignment.items) == 5
    (mail, *_) = session.scalars(select(Email).where(Email.template == "decide"))
    link = session.get_one(Link, mail.link_id)
    assert (link.purpose, link.assignment_id, link.account_id, link.expires_at) == (
        "decide",
        mail.assignment_id,
        None,
        None,
    )
    assert (mail.role_request_id, mail.environment) == (role_request.id, "production")


@pytest.mark.req("R31", "R70")
def test_each_office_gets_only_the_items_it_may_decide(session: Session, settings: Settings) -> None:
    belgian, dutch = an_organisation(session, country="BE"), an_organisation(session, country="NL")
    offices = {country: a_cca(session, country=country) for country in ("BE", "NL")}
    people = {country: a_member(session, office) for country, office in offices.items()}

    role_request = a_routed_request(session, settings, belgian.posts[0], dutch.posts[0])

    for country, position in (("BE", 0), ("NL", 1)):
        assignment = open_assignment_of(session, role_request, people[country])
        assert [row.item_id for row in assignment.items] == [role_request.items[position].id]


@pytest.mark.req("R73")
def test_somebody_who_speaks_for_two_offices_gets_one_mail(session: Session, settings: Settings) -> None:
    office = an_organisation(session, kind="authority")
    both = one_in_charge(session, office)
    a_membership(session, both, a_cca(session).posts[0])

    role_request = a_routed_request(session, settings, office.posts[0])

    assert mails(session, "decide") == [both.email]
    assert open_assignment_of(session, role_request, both).office_id == office.id


@pytest.mark.req("R73")
def test_items_that_come_to_one_recipient_by_two_rules_are_one_mail(session: Session, settings: Settings) -> None:
    cca = a_cca(session)
    person = one_in_charge(session, cca)
    post_of_bcp = an_organisation(session, kind="authority").posts[0]

    role_request = a_routed_request(session, settings, post_of_bcp, cca.posts[0])

    assignment = open_assignment_of(session, role_request, person)
    assert mails(session, "decide") == [person.email]
    assert (len(assignment.items), assignment.rule) == (2, "own_organisation")


@pytest.mark.req("S27")
def test_the_applicant_is_not_asked_even_as_the_only_administrator(session: Session, settings: Settings) -> None:
    body = a_control_body(session, "AE-BIO-149", "AF-BIO-149", mailbox_email="office@body.example")
    applicant = one_in_charge(session, body)
    a_commission(session)

    a_routed_request(session, settings, body.posts[1], applicant=applicant)

    assert mails(session, "decide") == ["commission@commission.example"]


@pytest.mark.req("S30")
def test_nothing_that_was_typed_becomes_a_recipient(session: Session, settings: Settings) -> None:
    operator = an_organisation(session, status="new")
    role_request = a_role_request(
        session, an_account(session), operator.posts[0], status="submitted", contact_email="me@people.example"
    )

    route(session, role_request.id, settings=settings, now=NOW)

    assert mails(session, "decide") == []


@pytest.mark.req("R73")
def test_routing_twice_adds_nothing(session: Session, settings: Settings) -> None:
    a_cca(session, mailbox_email="office@authority.example")
    operator = an_organisation(session)
    one_in_charge(session, operator)
    role_request = a_routed_request(session, settings, operator.posts[0])
    before = everything(session)

    again = route(session, role_request.id, settings=settings, now=NOW)

    assert again == []
    assert everything(session) == before


def everything(session: Session) -> list[int]:
    return [
        session.scalars(select(func.count()).select_from(table)).one()
        for table in (Assignment, AssignmentItem, Email, Link)
    ]


def test_a_closed_or_unknown_request_is_not_routed(session: Session, settings: Settings) -> None:
    a_cca(session, mailbox_email="office@authority.example")
    closed = a_role_request(session, an_account(session), an_organisation(session).posts[0], status="withdrawn")

    assert route(session, closed.id, settings=settings, now=NOW) == []
    assert route(session, closed.account_id, settings=settings, now=NOW) == []
    assert mails(session, "decide") == []


def test_an_assignment_tells_its_rule_and_until_when(session: Session, settings: Settings) -> None:
    a_cca(session, mailbox_email="office@authority.example")
    role_request = a_role_request(
        session, an_account(session), an_organisation(session).posts[0], status="submitted", next_step_at=None
    )

    route(session, role_request.id, settings=settings, now=NOW)

    assignment = open_assignment_of(session, role_request)
    assert (assignment.rule, assignment.step, assignment.since) == ("operator_country", 0, NOW)
    assert (assignment.due - NOW).days == 14
    assert role_request.next_step_at is not None
    assert (role_request.next_step_at - NOW).days == 7


def test_whoever_is_asked_late_has_until_the_request_expires(session: Session, settings: Settings) -> None:
    a_cca(session, mailbox_email="office@authority.example")
    role_request = a_role_request(session, an_account(session), an_organisation(session).posts[0], status="submitted")

    (late,) = route(session, role_request.id, settings=settings, now=NOW + timedelta(days=20))

    assert late.due == NOW + timedelta(days=30)


def test_who_is_asked_is_written_down(session: Session, settings: Settings) -> None:
    a_cca(session, mailbox_email="office@authority.example")

    role_request = a_routed_request(session, settings, an_organisation(session).posts[0])

    (event,) = events(session, "role_request.routed")
    assert (event.actor, event.subject_id, event.environment) == ("system", role_request.id, "production")
    (asked,) = event.details["assignments"]
    assert asked["rule"] == "operator_country"
    assert "@" not in str(event.details)


def test_a_recipient_who_is_asked_about_further_items_holds_them_in_the_same_assignment(
    session: Session, settings: Settings
) -> None:
    # The Commission holds the item of the country without anybody; then the other country loses its only person.
    belgian, dutch = an_organisation(session, country="BE"), an_organisation(session, country="NL")
    person = a_member(session, a_cca(session, country="BE"))
    a_commission(session)
    role_request = a_routed_request(session, settings, belgian.posts[0], dutch.posts[0])
    version = role_request.version
    person.disabled_at = NOW
    session.flush()

    assert route(session, role_request.id, settings=settings, now=NOW) == []

    assert len(open_assignment_of(session, role_request).items) == 2
    assert mails(session, "decide") == [*["commission@commission.example"] * 2, person.email]
    assert role_request.version == version + 1


@pytest.mark.req("R7")
def test_an_administrator_of_the_other_environment_is_not_asked(session: Session, settings: Settings) -> None:
    twins = [an_organisation(session, environment=name, name="Twin") for name in ("production", "training")]
    an_administrator(session, an_account(session), twins[1])

    a_routed_request(session, settings, twins[0].posts[0])

    assert mails(session, "decide") == []
