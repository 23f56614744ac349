from dataclasses import MISSING, fields
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from shared import reference
from shared.domain.environments import Environment
from shared.domain.errors import FieldErrors
from shared.models import Administrator, AuditEvent, Email, Organisation, OutboxRow, Post
from shared.services.operator_create import NewOperator, create, look_alikes, look_alikes_of
from tests.builders import an_account, an_organisation
from tests.builders_role_requests import a_control_body, new_operator_fields
from tests.conftest import NOW

PRODUCTION, TRAINING = Environment.PRODUCTION, Environment.TRAINING


def made(session: Session, *, environment: Environment = PRODUCTION, **changes: Any) -> Organisation:
    if "control_body_id" not in changes:
        changes["control_body_id"] = a_control_body(session, environment=environment).id
    account = an_account(session)
    post = create(session, new_operator_fields(**changes), account=account, environment=environment, now=NOW)
    return post.organisation


def refused(session: Session, **changes: Any) -> dict[str, list[str]]:
    with pytest.raises(FieldErrors) as error:
        made(session, **changes)
    return error.value.errors


@pytest.mark.req("R38", "R46")
def test_an_operator_of_the_mandatory_fields_alone_is_written_with_its_post(session: Session) -> None:
    operator = made(session)

    session.expire_all()
    assert (operator.name, operator.country, operator.status, operator.kind) == (
        "Test Importer",
        "BE",
        "new",
        "operator",
    )
    assert operator.address == "Street 1 1000 Bruxelles Belgium"
    assert operator.operator is not None
    assert (operator.operator.city, operator.operator.street) == ("1000 Bruxelles", "Street 1")
    assert (operator.operator.phone, operator.operator.eori) == ("+32123456", "BE0123456789")
    assert [activity.activity for activity in operator.activities] == ["ORGANIC_IMPORTER"]
    (post,) = operator.posts
    assert (post.kind, post.country, post.code, post.environment) == ("operator", "BE", None, "production")


@pytest.mark.req("R38")
def test_name_country_city_address_section_and_activity_cannot_be_left_out(session: Session) -> None:
    without_default = {one.name for one in fields(NewOperator) if one.default is MISSING}

    assert without_default == {"name", "country", "city", "address", "section", "activity"}


@pytest.mark.req("R38", "R42", "R43")
def test_every_optional_field_is_kept_as_typed(session: Session) -> None:
    valid_from = datetime(2026, 1, 31, 23, 0, tzinfo=UTC)

    operator = made(
        session,
        region="Brussels-Capital",
        latitude=50.85,
        longitude=-4.35,
        fax="+32 02 1234567",
        email="office@importer.example",
        website="https://importer.example",
        section_chapter="Plants",
        identifier="IMP-7",
        valid_from=valid_from,
        valid_to=valid_from + timedelta(days=365),
        publication_date=date(2026, 1, 15),
        application_date=date(2026, 1, 1),
    )

    session.expire_all()
    details, (activity,) = operator.operator, operator.activities
    assert details is not None
    assert (details.region, details.latitude, details.longitude) == ("Brussels-Capital", 50.85, -4.35)
    assert (details.fax, details.email) == ("+32 02 1234567", "office@importer.example")
    assert (details.website, details.section_chapter) == ("https://importer.example", "Plants")
    assert (activity.identifier, activity.valid_from) == ("IMP-7", valid_from)
    assert activity.valid_to == valid_from + timedelta(days=365)
    assert (activity.publication_date, activity.application_date) == (date(2026, 1, 15), date(2026, 1, 1))


@pytest.mark.req("R44")
def test_the_section_chapter_is_no_section_chapter_unless_another_is_given(session: Session) -> None:
    operator = made(session)

    assert operator.operator is not None
    assert operator.operator.section_chapter == "No section chapter"


@pytest.mark.req("R39")
@pytest.mark.parametrize(
    "contact",
    [
        {"phone": "+32123456"},
        {"fax": "+32123456"},
        {"email": "office@importer.example"},
        {"website": "https://importer.example"},
    ],
    ids=lambda contact: next(iter(contact)),
)
def test_any_one_way_to_reach_the_operator_suffices(session: Session, contact: dict[str, str]) -> None:
    assert made(session, **{"phone": None} | contact).status == "new"


@pytest.mark.req("R39")
def test_no_way_to_reach_the_operator_is_refused(session: Session) -> None:
    assert refused(session, phone="") == {"phone": ["Give at least one of phone, fax, e-mail and website."]}


@pytest.mark.req("R40")
@pytest.mark.parametrize("activity", reference.activities(), ids=lambda activity: activity.code)
def test_an_eori_number_is_demanded_of_organic_importers_only(session: Session, activity: reference.Activity) -> None:
    choice = {"section": activity.section_label, "activity": activity.label_en, "eori": None}

    if activity.code == "ORGANIC_IMPORTER":
        assert refused(session, **choice) == {"eori": ["Give the EORI number: this activity needs one."]}
    else:
        assert made(session, **choice).activities[0].activity == activity.code


@pytest.mark.req("R38", "R41")
@pytest.mark.parametrize("activity", reference.activities(), ids=lambda activity: activity.code)
def test_a_control_body_is_demanded_unless_the_activity_does_without(
    session: Session, activity: reference.Activity
) -> None:
    choice = {"section": activity.code, "activity": activity.code, "control_body_id": None}

    if activity.control_body_mandatory:
        assert refused(session, **choice) == {"control_body_id": ["Choose the control body or control authority."]}
    else:
        assert made(session, **choice).activities[0].control_body_id is None


@pytest.mark.req("R41")
@pytest.mark.parametrize("what", ["unknown", "an operator", "an authority", "of the other environment"])
def test_the_control_body_must_be_one_of_the_environment(session: Session, what: str) -> None:
    ids: dict[str, UUID] = {
        "unknown": uuid4(),
        "an operator": an_organisation(session).id,
        "an authority": an_organisation(session, kind="authority").id,
        "of the other environment": a_control_body(session, environment="training").id,
    }

    assert [*refused(session, control_body_id=ids[what])] == ["control_body_id"]


@pytest.mark.req("R38")
@pytest.mark.parametrize("section", ["Organic Importer (ORGANIC IMPORTER)", "organic importer", "ORGANIC_IMPORTER"])
@pytest.mark.parametrize("activity", ["Organic Importer", "ORGANIC importer", "organic_importer"])
def test_section_and_activity_are_taken_by_code_or_label_in_any_case(
    session: Session, section: str, activity: str
) -> None:
    assert made(session, section=section, activity=activity).activities[0].activity == "ORGANIC_IMPORTER"


@pytest.mark.req("R38")
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"activity": "Astronaut"}, "activity"),
        ({"section": "Astronautics"}, "section"),
        ({"section": "Organic Exporter"}, "section"),
        ({"country": "XX"}, "country"),
    ],
)
def test_a_value_that_is_in_no_list_is_refused_on_its_field(
    session: Session, changes: dict[str, str], field: str
) -> None:
    assert [*refused(session, **changes)] == [field]


@pytest.mark.req("R38", "R39", "R42", "R43")
def test_all_mistakes_are_told_at_once(session: Session) -> None:
    errors = refused(
        session, country="XX", activity="Astronaut", phone="", latitude=1.0, valid_from=NOW, valid_to=NOW - timedelta(1)
    )

    assert errors.keys() == {"country", "activity", "phone", "longitude", "valid_to"}


@pytest.mark.req("R38")
def test_the_country_is_taken_in_any_case(session: Session) -> None:
    assert made(session, country="be").country == "BE"


@pytest.mark.req("R46")
def test_two_operators_of_one_name_can_wait_side_by_side(session: Session) -> None:
    assert made(session).reference != made(session).reference


@pytest.mark.req("S30")
def test_nothing_typed_becomes_a_recipient_and_the_creator_gets_no_right(session: Session) -> None:
    operator = made(session, email="boss@importer.example")

    assert operator.mailbox_email is None
    assert session.scalars(select(Administrator)).all() == []
    assert session.scalars(select(Email)).all() == []
    assert session.scalars(select(OutboxRow)).all() == []


@pytest.mark.req("R46")
def test_the_creation_is_audited_without_anything_typed(session: Session) -> None:
    operator = made(session)

    event = session.scalars(select(AuditEvent)).one()
    assert (event.action, event.subject_id, event.environment) == ("operator.created", operator.id, "production")
    assert event.details == {"country": "BE", "activity": "ORGANIC_IMPORTER"}


@pytest.mark.req("R7")
def test_an_operator_created_in_training_is_in_training_only(session: Session) -> None:
    made(session, environment=TRAINING)

    assert session.scalars(select(Post.environment).where(Post.kind == "operator")).all() == ["training"]


@pytest.mark.req("S30")
@pytest.mark.parametrize(
    ("name", "eori"),
    [("Test-Importer bvba", None), ("TEST IMPORTER", "BE0000000000"), ("Quite Another", "BE0123456789")],
    ids=["name", "case of the name", "EORI"],
)
@pytest.mark.parametrize("status", ["valid", "new"])
def test_whoever_decides_is_shown_the_operators_that_look_alike(
    session: Session, name: str, eori: str | None, status: str
) -> None:
    other = made(session, name=name, eori=eori, activity="First consignee", section="First consignee")
    other.status = status
    made(session, name="Unrelated", eori="BE7777777777")

    assert look_alikes(session, made(session)) == [other]


@pytest.mark.req("S30")
def test_a_rejected_operator_one_of_training_and_a_control_body_are_no_look_alikes(session: Session) -> None:
    made(session).status = "rejected"
    made(session, environment=TRAINING)
    a_control_body(session, name="Test Importer", look_alike_key="testimporter")

    assert look_alikes(session, made(session)) == []


def test_operators_without_eori_are_not_alike_for_that(session: Session) -> None:
    choice = {"activity": "First consignee", "section": "First consignee", "eori": None}
    made(session, name="Quite Another", **choice)

    assert look_alikes(session, made(session, **choice)) == []


def test_an_applicant_is_shown_valid_look_alikes_only(session: Session) -> None:
    valid, _new = made(session), made(session)
    valid.status = "valid"

    found = look_alikes_of(session, environment=PRODUCTION, name="test importer NV")

    assert found == [valid]
