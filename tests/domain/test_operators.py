# ruff: noqa: RUF001  (look-alike letters are the subject)
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.contacts import Unacceptable
from shared.domain.operators import (
    LOOK_ALIKE_KEY_MAX,
    check_eori,
    check_latitude,
    check_longitude,
    check_website,
    look_alike_key,
    new_operator_errors,
    traces_number,
)

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
ACCEPTED: dict[str, Any] = {
    "phone": "+32123456",
    "eori": "BE0123456789",
    "eori_mandatory": True,
    "control_body_id": UUID(int=1),
}


@pytest.mark.req("R38", "R42", "R43")
def test_an_operator_with_what_is_mandatory_only_has_no_errors() -> None:
    assert new_operator_errors(**ACCEPTED) == {}


@pytest.mark.req("R39")
@pytest.mark.parametrize(
    "contact", [{"phone": "+32123456"}, {"fax": "+32123456"}, {"email": "a@b.example"}, {"website": "http://b.example"}]
)
def test_any_one_of_phone_fax_email_and_website_is_enough(contact: dict[str, str]) -> None:
    assert new_operator_errors(**{**ACCEPTED, "phone": None, **contact}) == {}


@pytest.mark.req("R39")
@pytest.mark.parametrize("nothing", [None, "", "  "])
def test_without_any_of_the_four_the_error_sits_on_phone_and_names_all_four(nothing: str | None) -> None:
    contacts = dict.fromkeys(("phone", "fax", "email", "website"), nothing)

    assert new_operator_errors(**{**ACCEPTED, **contacts}) == {
        "phone": ["Give at least one of phone, fax, e-mail and website."]
    }


@pytest.mark.req("R40")
@pytest.mark.parametrize("eori", [None, "", " "])
def test_the_eori_number_is_mandatory_only_where_the_activity_says_so(eori: str | None) -> None:
    with_importer = new_operator_errors(**{**ACCEPTED, "eori": eori, "eori_mandatory": True})
    with_another = new_operator_errors(**{**ACCEPTED, "eori": eori, "eori_mandatory": False})

    assert with_importer == {"eori": ["Give the EORI number: this activity needs one."]}
    assert with_another == {}


@pytest.mark.req("R38")
@pytest.mark.parametrize("nothing", [None, ""])
def test_the_control_body_is_mandatory_unless_the_activity_says_otherwise(nothing: str | None) -> None:
    fields = {**ACCEPTED, "control_body_id": nothing}

    assert new_operator_errors(**fields) == {"control_body_id": ["Choose the control body or control authority."]}
    assert new_operator_errors(**fields, control_body_mandatory=False) == {}


@pytest.mark.req("R43")
@pytest.mark.parametrize(
    ("coordinates", "missing"),
    [({"latitude": 50.85}, "longitude"), ({"latitude": 0.0}, "longitude"), ({"longitude": Decimal(4)}, "latitude")],
)
def test_one_coordinate_alone_asks_for_the_other(coordinates: dict[str, Any], missing: str) -> None:
    assert list(new_operator_errors(**ACCEPTED, **coordinates)) == [missing]


@pytest.mark.req("R43")
def test_both_coordinates_are_accepted_also_where_they_are_zero() -> None:
    assert new_operator_errors(**ACCEPTED, latitude=0.0, longitude=0.0) == {}


@pytest.mark.req("R43")
@pytest.mark.parametrize("check", [check_latitude, check_longitude])
@pytest.mark.parametrize("value", [0.0, -90, 90, Decimal("50.85"), 1e-9])
def test_degrees_on_the_globe_are_accepted(
    check: Callable[[float | Decimal], float | Decimal], value: float | Decimal
) -> None:
    assert check(value) == value


@pytest.mark.req("R43")
@pytest.mark.parametrize("value", [90.0001, -90.0001, Decimal(91), float("nan"), float("inf"), Decimal("NaN")])
def test_a_latitude_off_the_globe_is_refused(value: float | Decimal) -> None:
    with pytest.raises(Unacceptable, match=r"^Give a latitude of -90 to 90 degrees\.$"):
        check_latitude(value)


@pytest.mark.req("R43")
@pytest.mark.parametrize("value", [180.0001, -180.0001, Decimal(181), float("nan"), float("-inf"), Decimal("NaN")])
def test_a_longitude_off_the_globe_is_refused(value: float | Decimal) -> None:
    assert check_longitude(180) == 180
    with pytest.raises(Unacceptable, match=r"^Give a longitude of -180 to 180 degrees\.$"):
        check_longitude(value)


@pytest.mark.req("R42")
def test_an_end_before_the_beginning_is_refused_on_the_end() -> None:
    errors = new_operator_errors(**ACCEPTED, valid_from=NOON, valid_to=NOON - timedelta(seconds=1))

    assert errors == {"valid_to": ["Give an end that is not before the beginning."]}


@pytest.mark.req("R42")
@pytest.mark.parametrize(
    "validity",
    [
        {"valid_from": NOON},
        {"valid_to": NOON},
        {"valid_from": NOON, "valid_to": NOON},
        {"valid_from": NOON, "valid_to": datetime(2026, 6, 1, 14, 0, 1, tzinfo=ZoneInfo("Europe/Brussels"))},
    ],
)
def test_an_open_equal_or_later_end_is_accepted_in_any_time_zone(validity: dict[str, Any]) -> None:
    assert new_operator_errors(**ACCEPTED, **validity) == {}


@pytest.mark.req("R42")
def test_dates_are_compared_as_moments_and_not_as_they_are_written() -> None:
    brussels = datetime(2026, 6, 1, 13, 59, tzinfo=ZoneInfo("Europe/Brussels"))

    assert list(new_operator_errors(**ACCEPTED, valid_from=NOON, valid_to=brussels)) == ["valid_to"]


@pytest.mark.req("R38")
def test_all_errors_are_named_at_once() -> None:
    errors = new_operator_errors(eori_mandatory=True, latitude=1.0, valid_from=NOON, valid_to=NOON - timedelta(days=1))

    assert set(errors) == {"phone", "longitude", "eori", "control_body_id", "valid_to"}


@pytest.mark.req("R40")
@pytest.mark.parametrize(
    ("typed", "eori"),
    [
        ("BE0123456789", "BE0123456789"),
        (" be 0123 456 789 ", "BE0123456789"),
        ("EL123456789", "EL123456789"),
        ("XI123456789000", "XI123456789000"),
        ("DE1", "DE1"),
        ("PL" + "1A" * 7 + "9", "PL1A1A1A1A1A1A1A9"),
    ],
)
def test_an_eori_number_is_cleaned_of_blanks_and_small_letters(typed: str, eori: str) -> None:
    assert check_eori(typed) == eori


@pytest.mark.req("R40")
@pytest.mark.parametrize(
    "typed", ["", "BE", "B1234", "12BE", "BE-123", "BE" + "1" * 16, "ΒΕ123", "BE١٢٣", "BE123\x00", "BE12ß"]
)
def test_an_eori_number_of_another_shape_is_refused(typed: str) -> None:
    with pytest.raises(Unacceptable, match=r"^Give two letters for the country, followed by 1 to 15"):
        check_eori(typed)


@pytest.mark.req("S38")
@pytest.mark.parametrize(
    "website",
    [
        "https://alpro.example",
        "HTTP://www.alpro.example:8080/organic?lang=nl#top",
        "https://köln.example/straße",
        "http://[2001:db8::1]/",
        "http://192.0.2.7",
    ],
)
def test_a_web_address_is_kept_as_typed(website: str) -> None:
    assert check_website(f" {website} ") == website


@pytest.mark.req("S38", "S36")
@pytest.mark.parametrize(
    "website",
    [
        "",
        "alpro.example",
        "www.alpro.example",
        "ftp://alpro.example",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "https://",
        "https:///path",
        "https:alpro.example",
        "https://user:secret@alpro.example",
        "https://alpro.example\\@evil.example",
        "https://alpro example",
        "https://alpro.example/a b",
        'https://alpro.example/"><script>',
        "https://alpro.example:port",
        "https://alpro.example:99999",
        "https://[::1",
        "https://-",
    ],
)
def test_another_web_address_is_refused(website: str) -> None:
    with pytest.raises(Unacceptable, match=r"^Give a web address that begins with https:// or http://\.$"):
        check_website(website)


@pytest.mark.req("S35")
@pytest.mark.parametrize("website", ["https://alpro.example\r\nX: y", "https://alpro.example/" + "a" * 200])
def test_a_web_address_is_one_line_of_limited_length(website: str) -> None:
    with pytest.raises(Unacceptable, match=r"line breaks|200 characters"):
        check_website(website)


@pytest.mark.req("R34", "R36")
def test_the_traces_number_is_country_domain_kind_and_running_number() -> None:
    assert traces_number("BE", 5) == "BE-ORG-OP-5"
    assert traces_number("NL", 1234567) == "NL-ORG-OP-1234567"


@pytest.mark.parametrize(("country", "running"), [("be", 1), ("BEL", 1), ("", 1), ("BE", 0), ("BE", -1)])
def test_a_traces_number_of_another_shape_is_a_mistake_of_the_caller(country: str, running: int) -> None:
    with pytest.raises(ValueError, match="TRACES number"):
        traces_number(country, running)


@pytest.mark.req("S30")
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Colzagro", "Colzagro bvba"),
        ("Colzagro bvba", "COL-ZAGRO, B.V.B.A."),
        ("ALPRO Comm.V.A.", "Alpro"),
        ("ALPRO Comm. V. A.", "alpro comm va"),
        ("Beanworks Seeds and Grains bvba", "Bean Works Seeds & Grains NV"),
        ("Coffeeteam", "C0ffeeteam Ltd."),
        ("Coffeeteam", "Соffeetеаm"),  # four of them Cyrillic
        ("Müller & Söhne GmbH & Co. KG", "Muller und Sohne"),
        ("Letis S.A.", "LETIS SA/NV"),
        ("DQS Polska sp. z o.o.", "DQS Polska"),
        ("Ecovivendi d.o.o.", "Ecovivendi"),
        ("Nordfood A/S", "Nordfood ApS"),
        ("UAB Ekoagros", "Ekoagros"),
        ("ООО Ромашка", "Ромашка"),
        ("Ромашка ЕООД", "РОМАШКА"),
        ("CCPB Srl", "CCPB s. r. l."),
        ("O’Neill Foods Limited", "O'Neill Foods"),
    ],
)
def test_names_of_one_operator_written_in_two_ways_have_one_key(one: str, other: str) -> None:
    assert look_alike_key(one) == look_alike_key(other)


@pytest.mark.req("S30")
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Colzagro", "Coffeeteam"),
        ("Control Union Certifications", "Control Union Peru"),
        ("De Sas bvba", "De Wit bvba"),
        ("Kiwa BCS", "Kiwa Sativa"),
        ("कमल", "कमला"),
    ],
)
def test_names_of_two_operators_have_two_keys(one: str, other: str) -> None:
    assert look_alike_key(one) != look_alike_key(other)


@pytest.mark.parametrize("name", ["SA", "GmbH", "& Co", "!!!", "UAB"])
def test_a_name_that_is_all_form_keeps_a_key(name: str) -> None:
    assert look_alike_key(name) != ""


@settings(deadline=None, max_examples=100)
@given(st.text(min_size=1, max_size=40).filter(lambda name: any(char.isalnum() for char in name)))
def test_the_key_of_a_name_is_never_empty_fits_its_column_and_ignores_case(name: str) -> None:
    key = look_alike_key(name)

    assert 0 < len(key) <= LOOK_ALIKE_KEY_MAX
    assert look_alike_key(f"{name} GmbH") == look_alike_key(f"{name} gmbh")


def test_the_key_of_letters_that_unfold_is_cut_to_its_column() -> None:
    assert len(look_alike_key("\ufdfa" * 200)) == LOOK_ALIKE_KEY_MAX
