"""Countries are called as in the language of the reader."""

import pytest

from shared import reference
from shared.country_names import country_choices, country_label, country_name
from shared.i18n import LANGUAGES


@pytest.mark.parametrize(
    ("language", "label"),
    [
        ("en", "Belgium (BE)"),
        ("de", "Belgien (BE)"),
        ("el", "Βέλγιο (BE)"),
        ("bg", "Белгия (BE)"),
        ("ga", "an Bheilg (BE)"),
    ],
)
def test_a_country_is_shown_by_its_name_and_code(language: str, label: str) -> None:
    assert country_label("BE", language) == label


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_country_has_a_name_of_its_own_in_every_language(language: str) -> None:
    names = [country_name(code, language) for code in reference.countries()]

    assert len(set(names)) == len(names)
    assert not set(names) & set(reference.countries())


def test_the_order_is_that_of_the_names_not_of_the_codes() -> None:
    codes = [code for code, _ in country_choices("de")]

    assert codes.index("AT") > codes.index("NL"), "Niederlande stand before Österreich"


@pytest.mark.parametrize("code", [None, "", "XX"])
def test_what_is_no_country_is_shown_as_it_is(code: str | None) -> None:
    assert country_label(code, "fr") == (code or "")
