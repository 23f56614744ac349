import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.searching import SEARCH_NAME_MAX, fold_code, fold_for_search, search_name, tidy_code


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Région Wallonne", "region wallonne"),
        ("ÚKSÚP", "uksup"),
        ("Prüfgesellschaft Ökologischer Landbau", "prufgesellschaft okologischer landbau"),
        ("Straße", "strasse"),
        ("Økologisk Łódź Đakovo", "okologisk lodz dakovo"),
        ("Uluslararası İstanbul", "uluslararasi istanbul"),  # noqa: RUF001
        ("Œuvre Æble", "oeuvre aeble"),
        ("  two \u00a0 blanks\t", "two blanks"),
        ("Ελλάς", "ελλασ"),
        ("l’Arche – 9", "l'arche - 9"),  # noqa: RUF001
        ("100 % Bio_Dynamic", "100 % bio_dynamic"),
    ],
)
def test_a_search_takes_no_notice_of_case_accents_strokes_and_repeated_blanks(text: str, folded: str) -> None:
    assert fold_for_search(text) == folded


@given(st.text(max_size=40))
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold_for_search(fold_for_search(text)) == fold_for_search(text)


def test_a_searchable_name_fits_its_column_however_long_it_becomes_by_folding() -> None:
    assert len(search_name("\ufdfa" * 300)) == SEARCH_NAME_MAX


@pytest.mark.parametrize("code", ["DE-ÖKO-007", "DE-ØKO-007", "de-oko-007", "DE-OKO-007", " DE - ÖKO-007 "])
def test_a_code_is_the_same_with_oko_and_its_two_other_spellings(code: str) -> None:
    assert fold_code(code) == "de-oko-007"


@pytest.mark.parametrize(
    ("printed", "stored"),
    [("WS- BIO-140", "WS-BIO-140"), ("LY-BIO 102", "LY-BIO-102"), ("es-eco-001-an", "ES-ECO-001-AN")],
)
def test_a_code_loses_the_blanks_that_official_texts_slip_into_it(printed: str, stored: str) -> None:
    assert tidy_code(printed) == stored
