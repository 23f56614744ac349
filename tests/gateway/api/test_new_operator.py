"""POST /{environment}/role-requests with ``new_operator``: "Create new Operator" by API (R37 to R46, S30)."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import pytest

from shared.db import Database
from shared.models import Administrator, Assignment, Email, Organisation, RoleRequest
from tests.builders_reference import an_operator
from tests.gateway.api.client import Api, codes_of, fields_of
from tests.gateway.api.conftest import REQUESTS, Offices, Worker

Rows = Callable[[type[Any]], Sequence[Any]]


@pytest.fixture
def sample(offices: Offices) -> dict[str, Any]:
    """The letter's sample, with the EORI number that its text demands."""
    return {
        "name": "Test Importer",
        "country": "Belgium (BE)",
        "city": "1000 Bruxelles",
        "address": "Street 1",
        "phone": "+32123456",
        "eori": "be 0123456789",
        "section": "Organic Importer (ORGANIC IMPORTER)",
        "activity": "Organic Importer",
        "control_body_id": str(offices.control_body.id),
    }


def create(api: Api, operator: dict[str, Any]) -> Any:
    return api.post(REQUESTS, {"new_operator": operator})


@pytest.mark.req("R38", "R46")
def test_the_operator_and_the_request_to_join_it_are_registered_together(
    api: Api, sample: dict[str, Any], rows: Rows
) -> None:
    answer = create(api, sample)

    assert answer.status_code == 201, answer.text
    assert [item["name"] for item in answer.get_json()["items"]] == ["Test Importer"]
    new = next(row for row in rows(Organisation) if row.name == "Test Importer")
    assert (new.status, new.address, new.traces_number) == ("new", "Street 1 1000 Bruxelles Belgium", None)
    assert len(rows(RoleRequest)) == 1


@pytest.mark.req("R38", "R42", "R43", "R44")
def test_every_optional_field_is_taken(api: Api, sample: dict[str, Any]) -> None:
    more = {
        "region": "Brussels",
        "latitude": 50.85,
        "longitude": "4.35",
        "fax": "+32 2 123457",
        "email": "office@importer.example",
        "website": "https://importer.example/",
        "section_chapter": "No section chapter",
        "identifier": "X-1",
        "valid_from": "2026-06-09T11:32+02:00",
        "valid_to": "2027-06-09T11:32+02:00",
        "publication_date": "2026-06-01",
        "application_date": "2026-05-01",
    }

    assert create(api, sample | more).status_code == 201


@pytest.mark.req("R38", "R43")
def test_every_optional_field_may_be_null(api: Api, sample: dict[str, Any]) -> None:
    names = "region latitude longitude fax email website section_chapter identifier valid_from valid_to"
    nothing = dict.fromkeys((*names.split(), "publication_date", "application_date"))

    assert create(api, sample | nothing).status_code == 201


MANDATORY = ("name", "country", "city", "address", "section", "activity")


@pytest.mark.req("R38")
def test_a_mandatory_field_that_is_missing_is_named(
    api: Api, sample: dict[str, Any], rows: Rows, subtests: pytest.Subtests
) -> None:
    for missing in MANDATORY:
        with subtests.test(missing=missing):
            without = {name: value for name, value in sample.items() if name != missing}

            assert fields_of(create(api, without)) == {f"new_operator.{missing}"}
            assert fields_of(create(api, sample | {missing: "  "})) == {f"new_operator.{missing}"}
            assert fields_of(create(api, sample | {missing: None})) == {f"new_operator.{missing}"}
            assert "Test Importer" not in {row.name for row in rows(Organisation)}


@pytest.mark.parametrize(
    "contact",
    [{"phone": "+32123456"}, {"fax": "+32123456"}, {"email": "a@b.example"}, {"website": "http://b.example"}],
)
@pytest.mark.req("R39")
def test_any_one_way_to_reach_the_operator_is_enough_but_not_none(
    api: Api, sample: dict[str, Any], contact: dict[str, str]
) -> None:
    del sample["phone"]

    assert fields_of(create(api, sample))
    assert create(api, sample | contact).status_code == 201


@pytest.mark.req("R40", "R41")
def test_importers_give_an_eori_number_and_a_control_body_and_others_need_no_eori(
    api: Api, sample: dict[str, Any]
) -> None:
    without_eori = sample | {"eori": ""}

    assert fields_of(create(api, without_eori)) == {"new_operator.eori"}
    assert fields_of(create(api, sample | {"control_body_id": None})) == {"new_operator.control_body_id"}
    producer = {"section": "Organic Producer", "activity": "organic producer"}
    assert create(api, without_eori | producer).status_code == 201


@pytest.mark.parametrize(
    ("section", "activity"),
    [
        ("ORGANIC_IMPORTER", "ORGANIC_IMPORTER"),
        ("organic importer", "organic importer"),
        ("ORGANIC IMPORTER (ORGANIC IMPORTER)", "Organic IMPORTER"),
    ],
)
@pytest.mark.req("R38")
def test_section_and_activity_are_taken_by_code_or_label_in_any_case(
    api: Api, sample: dict[str, Any], section: str, activity: str
) -> None:
    assert create(api, sample | {"section": section, "activity": activity}).status_code == 201


WRONG_FIELDS: list[tuple[str, object]] = [
    ("name", "x" * 201),
    ("name", "a\u2028b"),
    ("name", 5),
    ("country", "Atlantis"),
    ("city", "x" * 101),
    ("address", "x" * 201),
    ("address", "Street 1\r\nBcc: a@b.example"),
    ("region", "x" * 101),
    ("latitude", 90.1),
    ("latitude", "north"),
    ("latitude", True),
    ("longitude", -180.5),
    ("longitude", "1e999"),
    ("phone", "12345"),
    ("fax", "call"),
    ("email", "nobody"),
    ("website", "javascript:alert(1)"),
    ("website", "http://" + "x" * 200 + ".example"),
    ("eori", "12"),
    ("section", "Fishing"),
    ("activity", "Fishing"),
    ("section_chapter", "x" * 61),
    ("identifier", "x" * 61),
    ("control_body_id", "AE-BIO-149"),
    ("control_body_id", "00000000-0000-4000-8000-000000000000"),
    ("valid_from", "2026-06-09T11:32"),
    ("valid_from", "0001-01-01T00:00+14:00"),
    ("valid_to", "tomorrow"),
    ("valid_to", 5),
    ("publication_date", "09/06/2026"),
    ("application_date", "9999-12-31"),
    ("status", "valid"),
    ("traces_number", "BE-ORG-OP-1"),
    ("mailbox_email", "me@people.example"),
]


@pytest.mark.req("R38", "R43", "S30", "S35", "S51")
def test_a_field_of_a_wrong_shape_is_named_and_nothing_is_stored(
    api: Api, sample: dict[str, Any], rows: Rows, subtests: pytest.Subtests
) -> None:
    for field, value in WRONG_FIELDS:
        with subtests.test(field=field, value=value):
            coordinates = {"latitude": 50.0, "longitude": 4.0} if field in {"latitude", "longitude"} else {}

            assert fields_of(create(api, sample | coordinates | {field: value})) == {f"new_operator.{field}"}

            assert "new" not in {row.status for row in rows(Organisation)}


@pytest.mark.req("R42", "R43")
def test_an_end_before_the_beginning_and_half_a_coordinate_are_refused(api: Api, sample: dict[str, Any]) -> None:
    backwards = {"valid_from": "2026-06-09T11:32+02:00", "valid_to": "2026-06-09T10:31+01:00"}

    assert fields_of(create(api, sample | backwards)) == {"new_operator.valid_to"}
    assert fields_of(create(api, sample | {"latitude": 50.0})) == {"new_operator.longitude"}


@pytest.mark.req("S30")
def test_nothing_that_was_typed_becomes_a_recipient_or_a_right(
    api: Api, offices: Offices, sample: dict[str, Any], worker: Worker, rows: Rows
) -> None:
    typed = {"email": "typed@importer.example"}
    body = {"new_operator": sample | typed, "contact_email": "contact@importer.example"}

    assert api.post(REQUESTS, body).status_code == 201
    worker.route()

    assert {row.account_id for row in rows(Administrator)} == {offices.in_charge.id}
    assert {row.mailbox for row in rows(Assignment)} == {"cca@authority.example"}
    assert {mail.recipient for mail in rows(Email)} == {"ann@people.example", "cca@authority.example"}


@pytest.mark.req("S30", "R46")
def test_an_operator_that_is_new_is_in_no_search_and_takes_no_request(
    api: Api, other_api: Api, sample: dict[str, Any]
) -> None:
    post_id = create(api, sample).get_json()["items"][0]["post_id"]

    assert api.get("/production/operators", name="Test Importer").get_json()["items"] == []
    assert fields_of(other_api.post(REQUESTS, {"post_ids": [post_id]})) == {"post_ids"}


@pytest.mark.req("R46", "S30")
def test_acceptance_gives_a_traces_number_the_membership_and_the_administrators_tick(
    api: Api, stranger: Api, sample: dict[str, Any], worker: Worker, rows: Rows
) -> None:
    request_id = create(api, sample).get_json()["id"]
    worker.route()
    body = {"token": worker.token(request_id), "decision": "accept", "decider_name": "A. Clerk"}
    assert codes_of(stranger.post("/decisions", body)) == (401, "code_required")

    assert stranger.post("/decisions", body | {"code": worker.code()}).status_code == 200

    (membership,) = api.get("/profile").get_json()["environments"]["production"]["memberships"]
    assert membership["name"] == "Test Importer"
    assert membership["traces_number"].startswith("BE-ORG-OP-")
    assert membership["is_administrator"] is True
    found = api.get("/production/operators", name="test importer").get_json()["items"]
    assert [row["traces_number"] for row in found] == [membership["traces_number"]]


@pytest.mark.req("S30")
def test_whoever_decides_is_shown_the_operators_it_may_be_a_copy_of(
    api: Api, stranger: Api, sample: dict[str, Any], worker: Worker, database: Database
) -> None:
    with database.transaction() as session:
        an_operator(session, "TEST-IMPORTER bvba")
    request_id = create(api, sample | {"valid_from": "2026-06-09T11:32+02:00"}).get_json()["id"]
    worker.route()

    shown = stranger.post("/decisions/lookup", {"token": worker.token(request_id)}).get_json()

    assert shown["new_operator"]["eori"] == "BE0123456789"
    (activity,) = shown["new_operator"]["activities"]
    assert datetime.fromisoformat(activity["valid_from"]) == datetime.fromisoformat("2026-06-09T09:32+00:00")
    assert [one["name"] for one in shown["look_alikes"]] == ["TEST-IMPORTER bvba"]


@pytest.mark.req("S12")
@pytest.mark.usefixtures("limits_on")
def test_a_fourth_new_operator_within_a_week_has_to_wait(api: Api, sample: dict[str, Any]) -> None:
    for number in range(3):
        assert create(api, sample | {"name": f"Test Importer {number}"}).status_code == 201

    answer = create(api, sample | {"name": "Test Importer 4"})

    assert codes_of(answer) == (429, "too_many_requests")
    assert answer.headers["Retry-After"] == str(7 * 24 * 60 * 60)


@pytest.mark.req("R37")
def test_a_person_of_another_kind_creates_no_operator(
    api: Api, offices: Offices, sample: dict[str, Any], rows: Rows
) -> None:
    api.post(REQUESTS, {"post_ids": [str(offices.bcp.posts[0].id)]})

    assert codes_of(create(api, sample)) == (409, "other_kind")
    assert "Test Importer" not in {row.name for row in rows(Organisation)}
