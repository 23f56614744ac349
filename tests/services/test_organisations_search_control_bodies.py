import uuid
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from shared.domain.environments import Environment
from shared.domain.errors import FieldErrors, NotFound
from shared.services.control_bodies_search import posts_of_control_body, search_control_bodies, suggest_control_bodies
from shared.services.organisations_items import ControlBodyItem
from shared.settings import Settings
from tests.builders import an_organisation
from tests.builders_reference import CONTROL_BODIES, load_lines, the_demo

PRODUCTION = Environment.PRODUCTION
ALL_SIX = [
    ("A", "Unprocessed plant products"),
    ("B", "Live animals or unprocessed animal products"),
    ("C", "Aquaculture products and seaweeds"),
    ("D", "Processed agricultural products for use as food"),
    ("E", "Processed agricultural products for use as feed"),
    ("F", "Vegetative propagating material and seeds for cultivation"),
]


def found(session: Session, **filters: str | int | None) -> list[ControlBodyItem]:
    return search_control_bodies(session, environment=PRODUCTION, limit=200, **filters).items


@pytest.mark.req("R52", "R53", "R55")
def test_the_letter_s_control_body_rows_are_listed_word_for_word(session: Session, settings: Settings) -> None:
    the_demo(session, settings)

    rows = {item.code: item for item in found(session, country="Netherlands (NL)")}

    for code, certified in {"AE-BIO-149": "AE", "AF-BIO-149": "AF", "AL-BIO-149": "AL", "AM-BIO-149": "AM"}.items():
        assert rows[code].control_body_name == "Control Union Certifications"
        assert rows[code].address == "Meeuwenlaan 4-6 8011 Zwolle Netherlands"
        assert [(one.letter, one.text) for one in rows[code].categories] == ALL_SIX
        assert (rows[code].country, rows[code].seat_country, rows[code].regime) == (certified, "NL", "letter")


@pytest.mark.req("R55")
def test_the_fifth_row_stays_cut_as_in_the_letter(session: Session, settings: Settings) -> None:
    the_demo(session, settings)

    (row,) = found(session, code="AZ-BIO-149")

    assert (row.control_body_name, row.address) == ("Control Union Certifications", "Meeuwenlaan 4-6 8011 Zwolle")
    assert [(one.letter, one.text) for one in row.categories] == ALL_SIX[:2]


@pytest.mark.req("R52")
def test_the_letter_s_five_codes_come_in_the_letter_s_order(session: Session, settings: Settings) -> None:
    the_demo(session, settings)

    codes = [item.code for item in found(session, country="NL", name="control union") if item.regime == "letter"]

    assert codes == ["AE-BIO-149", "AF-BIO-149", "AL-BIO-149", "AM-BIO-149", "AZ-BIO-149"]


@pytest.mark.req("R52")
def test_the_country_searched_for_is_the_seat_and_not_the_country_certified(
    session: Session, settings: Settings
) -> None:
    the_demo(session, settings)

    assert {item.seat_country for item in found(session, country="NL")} == {"NL"}
    assert found(session, country="AE") == []
    assert "AE" in {item.country for item in found(session, country="NL")}


@pytest.mark.req("R53")
def test_a_letter_means_what_its_regime_says(session: Session, tmp_path: Path) -> None:
    load_lines(
        session,
        tmp_path,
        CONTROL_BODIES,
        "AE-BIO-1,AE,Old,,DE,AF,equivalence-834-2007",
        "AE-BIO-2,AE,New,,DE,AF,compliance-2018-848",
    )

    texts = {item.code: item.categories[-1].text for item in found(session)}

    assert texts == {"AE-BIO-1": "Vegetative propagating material and seeds for cultivation", "AE-BIO-2": "wine"}


@pytest.mark.req("R53")
def test_a_code_under_two_regimes_is_one_row_that_shows_the_regime_in_force(
    session: Session, settings: Settings
) -> None:
    the_demo(session, settings)

    (row,) = found(session, code="AE-BIO-171")

    assert row.regime == "compliance-2018-848"
    assert [one.letter for one in row.categories] == list("ABCDEG")
    assert row.categories[4].text == "feed"


def test_a_code_without_categories_shows_none(session: Session, settings: Settings) -> None:
    the_demo(session, settings)

    (row,) = found(session, code="NL-BIO-01")

    assert (row.control_body_name, row.seat_country, row.categories) == ("Skal (control authority)", None, [])


@pytest.mark.parametrize("typed", ["DE-ÖKO-007", "de-oko-007", "DE-ØKO-007", "öko-007", " DE - OKO - 007 "])
def test_a_code_is_found_with_oko_in_any_of_its_spellings(session: Session, settings: Settings, typed: str) -> None:
    the_demo(session, settings)

    assert [item.code for item in found(session, code=typed)] == ["DE-ÖKO-007"]


@pytest.mark.parametrize("typed", ["NO-OKO-01", "no-øko-01"])
def test_a_code_printed_with_a_stroke_is_found_without(session: Session, settings: Settings, typed: str) -> None:
    the_demo(session, settings)

    assert [item.code for item in found(session, code=typed)] == ["NO-ØKO-01"]


def test_a_piece_of_a_code_finds_every_code_that_holds_it(session: Session, settings: Settings) -> None:
    the_demo(session, settings)

    items = found(session, code="bio-149")

    assert len(items) > 50
    assert {item.control_body_name for item in items} == {"Control Union Certifications"}


@pytest.mark.parametrize("typed", ["%", "AE_BIO_149"])
def test_signs_of_the_database_have_no_power_in_a_code(session: Session, settings: Settings, typed: str) -> None:
    the_demo(session, settings)

    assert found(session, code=typed) == []


@pytest.mark.req("R54")
def test_ticking_all_takes_every_country_of_one_body_and_of_no_other(session: Session, settings: Settings) -> None:
    the_demo(session, settings)
    (row,) = found(session, code="AE-BIO-149")

    posts = posts_of_control_body(session, environment=PRODUCTION, organisation_id=row.control_body_id)

    assert {post.id for post in posts} == {item.post_id for item in found(session, country="NL", name="control union")}
    assert [post.code for post in posts] == sorted(post.code or "" for post in posts)


@pytest.mark.req("R54")
@pytest.mark.parametrize("kind", ["operator", "authority"])
def test_only_a_control_body_can_be_ticked_as_a_whole(session: Session, kind: str) -> None:
    other = an_organisation(session, kind=kind)

    for organisation_id in (other.id, uuid.uuid4()):
        with pytest.raises(NotFound):
            posts_of_control_body(session, environment=PRODUCTION, organisation_id=organisation_id)


@pytest.mark.req("R54", "R7")
def test_a_control_body_of_the_other_environment_cannot_be_ticked(session: Session, settings: Settings) -> None:
    the_demo(session, settings)
    (row,) = found(session, code="AE-BIO-149")

    with pytest.raises(NotFound):
        posts_of_control_body(session, environment=Environment.TRAINING, organisation_id=row.control_body_id)


@pytest.mark.req("R41")
@pytest.mark.parametrize("typed", ["control uni", "UNION certif", "AE-BIO-149", "bio 149"])
def test_typing_for_searching_suggests_each_body_once_by_name_or_code(
    session: Session, settings: Settings, typed: str
) -> None:
    the_demo(session, settings)

    names = [one.name for one in suggest_control_bodies(session, environment=PRODUCTION, text=typed)]

    assert names.count("Control Union Certifications") == 1


@pytest.mark.req("R41")
@pytest.mark.parametrize("typed", ["", "  ", None, "no such body"])
def test_nothing_is_suggested_for_nothing(session: Session, settings: Settings, typed: str | None) -> None:
    the_demo(session, settings)

    assert suggest_control_bodies(session, environment=PRODUCTION, text=typed) == []


def test_too_much_typed_for_a_suggestion_is_an_error_of_the_field(session: Session) -> None:
    with pytest.raises(FieldErrors):
        suggest_control_bodies(session, environment=PRODUCTION, text="x" * 101)
