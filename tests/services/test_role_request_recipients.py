from datetime import datetime
from typing import Any

import pytest
from sqlalchemy.orm import Session

from shared.models import Account, Organisation
from shared.services.role_request_recipients import living_recipients
from tests.builders import a_membership, an_account, an_administrator, an_organisation
from tests.builders_decisions import a_cca, a_commission, a_member, one_in_charge
from tests.builders_role_requests import a_control_body


def addresses(session: Session, office: Organisation, *, own: bool = False, applicant: Account | None = None) -> Any:
    recipients = living_recipients(session, office=office, as_own_organisation=own, applicant=applicant)
    return [recipient.for_mail.address for recipient in recipients]


@pytest.mark.req("R67", "R68")
@pytest.mark.parametrize("own", [True, False])
@pytest.mark.parametrize("kind", ["operator", "control_body"])
def test_an_operator_or_control_body_is_spoken_for_by_its_administrators_and_by_no_other_member(
    session: Session, kind: str, own: bool
) -> None:
    office = an_organisation(session, kind=kind)
    a_member(session, office)
    one_in_charge(session, office, email="chief@firm.example")

    assert addresses(session, office, own=own) == ["chief@firm.example"]


@pytest.mark.req("R69")
def test_an_authority_whose_own_post_is_asked_for_is_spoken_for_by_its_administrators(session: Session) -> None:
    office = a_cca(session)
    a_member(session, office)
    one_in_charge(session, office, email="chief@authority.example")

    assert addresses(session, office, own=True) == ["chief@authority.example"]


@pytest.mark.req("R67", "R69")
@pytest.mark.parametrize("build", [a_cca, a_commission])
def test_the_national_authority_and_the_commission_are_spoken_for_by_all_valid_members(
    session: Session, build: Any
) -> None:
    office = build(session)
    a_member(session, office, email="member@authority.example")
    one_in_charge(session, office, email="chief@authority.example")
    an_administrator(session, an_account(session, email="named@authority.example"), office)
    for status in ("suspended", "ended"):
        a_membership(session, an_account(session), office.posts[0], status=status)

    assert addresses(session, office) == [
        "chief@authority.example",
        "member@authority.example",
        "named@authority.example",
    ]


@pytest.mark.req("R70")
def test_people_of_another_organisation_or_environment_speak_for_none_but_their_own(session: Session) -> None:
    office = a_cca(session, mailbox_email="office@authority.example")
    one_in_charge(session, a_cca(session))
    one_in_charge(session, a_cca(session, environment="training"))

    assert addresses(session, office) == ["office@authority.example"]


@pytest.mark.req("R73")
@pytest.mark.parametrize("own", [True, False])
def test_the_mailbox_is_asked_only_while_no_such_person_is_there(session: Session, own: bool) -> None:
    office = a_cca(session, mailbox_email="office@authority.example", mailbox_language="nl")

    (mailbox,) = living_recipients(session, office=office, as_own_organisation=own)
    one_in_charge(session, office, email="chief@authority.example")

    assert (mailbox.account, mailbox.for_mail.language) == (None, "nl")
    assert addresses(session, office, own=own) == ["chief@authority.example"]


@pytest.mark.req("S33")
@pytest.mark.parametrize("change", [{"disabled_at": datetime(2026, 6, 9).astimezone()}, {"password_hash": None}])
def test_a_disabled_account_and_one_without_a_password_do_not_live(session: Session, change: Any) -> None:
    office = a_cca(session, mailbox_email="office@authority.example")
    one_in_charge(session, office, **change)

    assert addresses(session, office) == addresses(session, office, own=True) == ["office@authority.example"]


@pytest.mark.req("S33")
def test_an_administrator_all_of_whose_posts_are_suspended_does_not_live(session: Session) -> None:
    body = a_control_body(session, "AE-BIO-149", "AF-BIO-149")
    suspended, half = (an_account(session, email=f"{name}@body.example") for name in ("suspended", "half"))
    for account in (suspended, half):
        an_administrator(session, account, body)
        a_membership(session, account, body.posts[0], status="suspended")
    a_membership(session, half, body.posts[1])

    assert addresses(session, body, own=True) == ["half@body.example"]


@pytest.mark.req("S27")
def test_the_applicant_is_never_a_recipient(session: Session) -> None:
    office = a_cca(session)
    applicant = one_in_charge(session, office)
    one_in_charge(session, office, email="other@authority.example")

    assert addresses(session, office, applicant=applicant) == ["other@authority.example"]


@pytest.mark.req("S27", "S40")
def test_a_mailbox_with_the_address_of_the_applicant_is_never_asked(session: Session) -> None:
    applicant = an_account(session, email="office@authority.example")
    office = a_cca(session, mailbox_email="Office@AUTHORITY.example")

    assert addresses(session, office, applicant=applicant) == []


@pytest.mark.req("S27")
def test_a_mailbox_does_not_let_in_the_only_person_of_its_office(session: Session) -> None:
    office = a_cca(session, mailbox_email="office@authority.example")
    applicant = one_in_charge(session, office)

    assert addresses(session, office, applicant=applicant) == []


@pytest.mark.req("R67")
@pytest.mark.parametrize("change", [{"takes_requests": False}, {"status": "rejected"}])
def test_an_authority_that_takes_no_requests_or_is_not_valid_is_no_national_authority(
    session: Session, change: Any
) -> None:
    office = a_cca(session, mailbox_email="office@authority.example", **change)
    a_member(session, office)

    assert addresses(session, office) == []


def test_the_key_of_a_recipient_names_account_or_office_and_normalised_address(session: Session) -> None:
    office = a_cca(session, mailbox_email="Office@AUTHORITY.example")
    (mailbox,) = living_recipients(session, office=office, as_own_organisation=False)
    chief = one_in_charge(session, office)
    (person,) = living_recipients(session, office=office, as_own_organisation=False)

    assert mailbox.key == f"mailbox:{office.id}:office@authority.example"
    assert person.key == f"account:{chief.id}"
