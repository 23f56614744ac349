import pytest

from shared import i18n, reference


@pytest.mark.req("R33", "R47", "R52")
@pytest.mark.parametrize("text", ["BE", "be", "Belgium", "belgium (be)", " Belgium (BE) "])
def test_a_country_is_found_by_code_name_or_label(text: str) -> None:
    country = reference.find_country(text)

    assert country is not None
    assert country.label == "Belgium (BE)"


def test_countries_stand_in_the_order_of_their_names_whatever_their_accents() -> None:
    names = [country.name for country in reference.countries().values()]

    assert names[0] == "Afghanistan"
    assert names.index("Costa Rica") < names.index("Côte d’Ivoire") < names.index("Croatia")  # noqa: RUF001
    assert len(names) == len(set(names))


def test_the_union_has_twenty_seven_member_states() -> None:
    assert sum(country.in_union for country in reference.countries().values()) == 27
    assert not reference.is_in_union("CH")
    assert not reference.is_in_union(None)


def test_an_unknown_country_is_shown_by_its_code_and_none_as_nothing() -> None:
    assert (reference.country_name("ZZ"), reference.country_label("ZZ")) == ("ZZ", "ZZ")
    assert (reference.country_name(None), reference.country_label(None)) == ("", "")


@pytest.mark.req("R13")
def test_the_languages_are_the_twenty_four_of_the_union_with_their_own_labels() -> None:
    assert tuple(language.code for language in reference.languages()) == i18n.LANGUAGES
    labels = {language.code: language.label for language in reference.languages()}
    assert labels["en"] == "English (en)"


@pytest.mark.parametrize(
    ("country", "language"),
    [("NL", "nl"), ("FI", "fi"), ("GR", "el"), ("AR", "es"), ("BE", "en"), ("LU", "en"), ("TH", "en"), (None, "en")],
)
def test_an_office_is_written_to_in_the_language_of_its_country_where_that_is_obvious(
    country: str | None, language: str
) -> None:
    assert reference.office_language(country) == language


def test_every_office_language_is_one_that_mails_are_written_in() -> None:
    assert {country.office_language for country in reference.countries().values()} <= set(i18n.LANGUAGES)


@pytest.mark.req("R40")
def test_only_organic_importers_must_give_an_eori_number() -> None:
    assert [one.code for one in reference.activities() if one.eori_mandatory] == ["ORGANIC_IMPORTER"]


def test_the_letter_s_activity_is_known_by_code_and_label_in_any_case() -> None:
    importer = reference.activities()[0]

    assert importer.is_named("organic importer")
    assert importer.is_named("ORGANIC_IMPORTER")
    assert importer.is_in_section("organic importer (Organic Importer)")
    assert importer.is_in_section("ORGANIC IMPORTER")
    assert not importer.is_named("Organic Exporter")
    assert not importer.is_in_section("")


@pytest.mark.req("R53")
def test_f_means_seeds_in_the_letter_and_wine_in_the_regulation_in_force() -> None:
    assert reference.category_text("letter", "F") == "Vegetative propagating material and seeds for cultivation"
    assert reference.category_text("compliance-2018-848", "F") == "wine"


def test_a_category_that_a_regime_does_not_have_is_an_error() -> None:
    with pytest.raises(KeyError):
        reference.category_text("letter", "G")
