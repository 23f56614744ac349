# ruff: noqa: RUF001  (look-alike letters are the subject)
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.scripts import is_invisible, is_one_alphabet, plain, scripts_of, skeleton


@pytest.mark.req("S39")
@pytest.mark.parametrize(
    ("text", "scripts"),
    [
        ("Jean-Luc de la Tour", {"Latin"}),
        ("Ελένη", {"Greek"}),
        ("Гергана", {"Cyrillic"}),
        ("გიორგი", {"Georgian"}),
        ("Արամ", {"Armenian"}),
        ("محمد", {"Arabic"}),
        ("王小明", {"Han"}),
        ("佐々木", {"Han"}),
        ("山田 ヒロシー", {"Han", "Katakana"}),
        ("김민준", {"Hangul"}),
        ("Соmmission", {"Cyrillic", "Latin"}),
        ("Ａnn", {"Latin"}),
        ("𐌀𐌁", {"Old Italic"}),
        ("12 - ' ’ ʼ", set()),
        ("", set()),
    ],
)
def test_an_approver_can_be_told_the_scripts_of_a_name(text: str, scripts: set[str]) -> None:
    assert scripts_of(text) == scripts


@pytest.mark.req("S39")
@pytest.mark.parametrize("text", ["Соmmission", "Pаris", "Νikos Berg", "Ann 王", "Ελένη Иванова", "가Ann あ"])
def test_letters_that_are_not_written_together_are_not_one_alphabet(text: str) -> None:
    assert is_one_alphabet(text) is (text == "Ann 王")


@pytest.mark.req("S39")
@pytest.mark.parametrize("text", ["山田 ひろし", "東京タワー", "김 金", "ㄅ 王", "Мария", "Ann", "123"])
def test_one_script_or_one_language_is_one_alphabet(text: str) -> None:
    assert is_one_alphabet(text)


@pytest.mark.req("S39")
@pytest.mark.parametrize(
    "twin",
    [
        "Соmmission",  # two of them Cyrillic
        "СОММISSION",
        "Cοmmission",  # Greek omicron
        "Ｃommission",  # full width
        "Com\u200bmission",
        "Com\u202emission",
        "COMMISSION",
        "Cömmíssion",
        "Comm1ss10n",
        "Commlssion",
        "  Commission ",
    ],
)
def test_what_reads_like_commission_has_its_skeleton(twin: str) -> None:
    assert skeleton(twin) == skeleton("Commission")


@pytest.mark.req("S39")
@pytest.mark.parametrize(("one", "other"), [("Anna", "Hanna"), ("Мария", "Марина"), ("王", "玉"), ("Rijn", "Rhin")])
def test_different_names_have_different_skeletons(one: str, other: str) -> None:
    assert skeleton(one) != skeleton(other)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ministère", "ministere"),
        ("ΥΠΟΥΡΓΕΊΟ", "υπουργειο"),
        ("Зоë", "зоe"),
        ("Straße", "strasse"),
        ("कमला", "कमला"),
        ("が", "が"),
        ("مُحَمَّد", "محمد"),
        ("Żółć", "zołc"),
    ],
)
def test_a_plain_word_has_neither_case_nor_accents_but_keeps_what_is_spelled(text: str, expected: str) -> None:
    assert plain(text) == expected


@settings(deadline=None, max_examples=150)
@given(st.text(max_size=40))
def test_plain_and_skeleton_are_stable(text: str) -> None:
    assert plain(plain(text)) == plain(text)
    assert skeleton(skeleton(text)) == skeleton(text)


@settings(deadline=None, max_examples=100)
@given(st.text(alphabet="abcABCÅéñαΑБбЙй", max_size=20))
def test_case_never_changes_a_skeleton(text: str) -> None:
    assert skeleton(text.upper()) == skeleton(text.lower()) == skeleton(text)


@pytest.mark.parametrize("char", ["\u200b", "\u200d", "\u202e", "\u00ad", "\u3164", "\u115f", "\u2800", "\ue000"])
def test_characters_that_show_nothing_are_known(char: str) -> None:
    assert is_invisible(char)
    assert not is_invisible("a")
