import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.searching import (
    SEARCH_NAME_MAX,
    fold_code,
    fold_for_search,
    longest_pieces,
    pieces,
    search_name,
    tidy_code,
)


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


def test_pieces_of_a_name_are_those_of_its_words() -> None:
    assert pieces("o'x ab") == {"o", "'", "x", "o'", "'x", "o'x", "a", "b", "ab"}


@pytest.mark.parametrize(("word", "found"), [("a", {"a"}), ("ab", {"ab"}), ("abc", {"abc"}), ("abcd", {"abc", "bcd"})])
def test_the_longest_pieces_of_a_word_have_three_letters_or_are_the_word(word: str, found: set[str]) -> None:
    assert longest_pieces(word) == found


@given(st.text(), st.text(min_size=1), st.text())
def test_a_name_that_holds_a_word_holds_its_longest_pieces(before: str, words: str, behind: str) -> None:
    for word in words.split():
        assert longest_pieces(word) <= pieces(before + word + behind)
