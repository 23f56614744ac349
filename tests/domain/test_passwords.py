from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain import passwords

COMMON = frozenset({"password", "p@ssw0rd", "123456", "qwerty", "abc", "passwordpassword"})
ANN = ("Ann-Marie", "O'Brien", "Li", "ann.vandermeer42@alpro.example", "am_berg")


def problems(password: str, personal: Iterable[str] = ()) -> list[str]:
    return passwords.problems(password, personal=personal, common=COMMON.__contains__)


@pytest.mark.req("S19")
@pytest.mark.parametrize(
    "password",
    [
        "aB3$efghij",  # 10 with all four classes
        "Äé3 efghij",  # classes by Unicode category, a blank is special
        "aB3🙂efghij",
        "Жд3-лщцфий",
        "x" * 15,  # 15 of anything
        "correct horse battery",
        "1" * 15,
        "日本語日本語日本語日本語日本語",
        "x" * 64,
        "x" * 256,
    ],
)
def test_a_password_of_ten_with_four_classes_or_of_fifteen_is_accepted(password: str) -> None:
    assert problems(password) == []


@pytest.mark.req("S19")
@pytest.mark.parametrize(
    "password",
    [
        "",
        "aB3$efghi",  # 9
        "x" * 14,
        "ab3$efghij",  # no upper case
        "AB3$EFGHIJ",  # no lower case
        "aBc$efghij",  # no digit
        "aB3defghij",  # nothing special
        "aB3defgéÄ日",  # a letter without case is no special character
        "aB3$efghe\u0301"[:10],  # ten code points that are nine characters
    ],
)
def test_a_shorter_or_simpler_password_is_refused(password: str) -> None:
    assert problems(password) == [passwords.TOO_SHORT]


@pytest.mark.req("S19")
def test_more_than_256_characters_are_refused_before_anything_else_is_looked_at() -> None:
    def never(_password: str) -> bool:
        pytest.fail("a password that is too long was looked up")

    assert passwords.problems("x" * 257, personal=["xxxx"], common=never) == [passwords.TOO_LONG]


@pytest.mark.req("S19")
def test_length_is_counted_after_composition() -> None:
    assert problems("e\u0301" * 256) == []
    assert problems("e\u0301" * 257) == [passwords.TOO_LONG]


@pytest.mark.req("S19")
@pytest.mark.parametrize("password", ["Password1!", "123-PASSWORD-123", "P@ssw0rd2026", "passwordPassword"])
def test_a_common_password_is_refused_whatever_hangs_around_it(password: str) -> None:
    assert passwords.TOO_COMMON in problems(password)


@pytest.mark.req("S19")
def test_a_common_password_of_digits_is_found_as_it_is() -> None:
    assert passwords.TOO_COMMON in problems("123456")


def test_a_short_rest_of_letters_is_no_common_password() -> None:
    assert problems("Abc-7351-90-24") == []


@pytest.mark.req("S19")
@pytest.mark.parametrize(
    "password",
    ["Marie-3-in-Brugge", "x9!MARIÉ.xyz.abc", "my-brien-is-Great7", "vandermeer-7-Zee", "7-AM_BERG-and-more"],
)
def test_a_name_or_local_part_inside_is_refused(password: str) -> None:
    assert problems(password, ANN) == [passwords.PERSONAL]


@pytest.mark.req("S19")
def test_a_name_counts_from_four_letters_on() -> None:
    assert problems("my anna is the first", ["Anna"]) == [passwords.PERSONAL]
    assert problems("my ann is the first", ["Ann"]) == []


@pytest.mark.req("S19")
@pytest.mark.parametrize("password", ["ann, li and some words", "alpro.example is fine", "O! what a Morning 7"])
def test_short_names_and_the_domain_may_be_inside(password: str) -> None:
    assert problems(password, ANN) == []


@pytest.mark.req("S19")
@pytest.mark.parametrize("password", ["Traces-2026-ok", "my GATEHOUSE phrase", "tracés de pluie, un matin"])
def test_the_name_of_the_system_inside_is_refused(password: str) -> None:
    assert problems(password) == [passwords.SYSTEM]


@pytest.mark.parametrize("char", ["\x00", "\n", "\x7f", "\ud83d"])
def test_characters_that_cannot_be_typed_are_refused(char: str) -> None:
    assert problems(f"long enough phrase{char}") == [passwords.NOT_TYPED]


@pytest.mark.req("S19")
def test_everything_that_is_wrong_is_said_at_once() -> None:
    assert problems("traces", ["Traces"]) == [passwords.TOO_SHORT, passwords.PERSONAL, passwords.SYSTEM]


@pytest.mark.req("S19")
def test_nothing_is_cut_off_or_stripped() -> None:
    assert passwords.normalise("  x" * 100 + "a ") == "  x" * 100 + "a "
    assert passwords.normalise("x" * 72 + "a") != passwords.normalise("x" * 72 + "b")


@pytest.mark.req("S19")
@settings(deadline=None, max_examples=100)
@given(st.text(max_size=40))
def test_a_password_is_normalised_once(password: str) -> None:
    normalised = passwords.normalise(password)

    assert passwords.normalise(normalised) == normalised
    assert problems(password, ANN) == problems(normalised, ANN)


@pytest.mark.parametrize(
    ("password", "core"),
    [("Password1!", "password"), ("!!p@ssw0rd99", "p@ssw0rd"), ("123456", ""), ("", ""), ("ÄPFEL_2", "äpfel")],
)
def test_the_core_of_a_password_begins_and_ends_with_a_letter(password: str, core: str) -> None:
    assert passwords.core(password) == core


def test_the_sentences_name_the_numbers_that_count() -> None:
    assert f"at least {passwords.PHRASE_MIN} characters" in passwords.TOO_SHORT
    assert f"at least {passwords.LENGTH_MIN} with" in passwords.TOO_SHORT
    assert f"at most {passwords.LENGTH_MAX} characters" in passwords.TOO_LONG
