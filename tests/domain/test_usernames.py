# ruff: noqa: RUF001  (look-alike letters are the subject)
import itertools
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain import usernames
from shared.domain.contacts import Unacceptable


@pytest.mark.req("R11")
@pytest.mark.parametrize(
    "name", ["ann", "Ann.Berg", "jean-luc_2", "n4kq7wz", "42nd", "ελένη", "гергана", "Žofie", "王小明", "a" * 32]
)
def test_a_username_of_letters_digits_and_separators_is_accepted(name: str) -> None:
    assert usernames.check(f" {name} ") == name


@pytest.mark.req("R11")
@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("", "Use at least 3 characters."),
        ("ab", "Use at least 3 characters."),
        ("a" * 33, "Use at most 32 characters."),
        ("ann@alpro.example", "Use letters, digits, full stops, hyphens and underscores only."),
        ("ann berg", "Use letters, digits, full stops, hyphens and underscores only."),
        ("ann/berg", "Use letters, digits, full stops, hyphens and underscores only."),
        ("ann٣", "Use letters, digits, full stops, hyphens and underscores only."),
        ("ann🙂", "Use letters, digits, full stops, hyphens and underscores only."),
        (".ann", "Begin and end with a letter or a digit."),
        ("ann-", "Begin and end with a letter or a digit."),
        ("\u0301ann", "Begin and end with a letter or a digit."),
    ],
)
def test_another_username_is_refused_with_what_to_do(name: str, sentence: str) -> None:
    with pytest.raises(Unacceptable) as refusal:
        usernames.check(name)

    assert str(refusal.value) == sentence


@pytest.mark.req("S39", "S35")
@pytest.mark.parametrize(
    "name",
    ["аnn", "ann\u200bberg", "ann\u202eberg", "ａｎｎ", "𝐚nn", "ann\u3164", "ann\u115f", "ann\nberg", "an\u034fn"],
)
def test_a_username_that_pretends_is_refused(name: str) -> None:
    with pytest.raises(Unacceptable):
        usernames.check(name)


@pytest.mark.req("S39")
@pytest.mark.parametrize("twin", ["PAUL.ORME", "pau1.0rme", "paui.orme", "раul.оrmе", "Pául.Örme"])
def test_usernames_that_look_alike_have_one_key(twin: str) -> None:
    assert usernames.skeleton(twin) == usernames.skeleton("paul.orme")


@settings(deadline=None, max_examples=150)
@given(st.text(alphabet=st.characters(categories=["L", "M"]) | st.sampled_from("ßæŒ.-_09"), min_size=3, max_size=32))
def test_the_key_of_a_username_fits_its_column(name: str) -> None:
    try:
        accepted = usernames.check(name)
    except Unacceptable:
        return

    assert 0 < len(usernames.skeleton(accepted)) <= 64


def test_the_longest_key_fits_its_column() -> None:
    assert len(usernames.skeleton(usernames.check("ß" * 32))) == 64


@pytest.mark.req("R11")
def test_an_assigned_username_is_n_and_seven_characters_and_would_be_accepted() -> None:
    assert usernames.assign("4kq7wzt") == "n4kq7wzt"
    assert usernames.check(usernames.assign(usernames.ALPHABET[:7])) == "nbcdfghj"


@pytest.mark.req("R11")
def test_the_alphabet_of_assigned_usernames_has_no_look_alikes_and_spells_nothing() -> None:
    assert len({usernames.skeleton(char) for char in usernames.ALPHABET}) == len(usernames.ALPHABET) == 27
    assert not set(usernames.ALPHABET) & set("aeiou01l")
    assert set(usernames.ALPHABET) <= set(string.ascii_lowercase + string.digits)
    assert all(usernames.skeleton(char) == char for char in usernames.ALPHABET)


@pytest.mark.parametrize("characters", ["", "4kq7wz", "4kq7wztt", "4kq7wzl", "4KQ7WZT", "4kq7wz "])
def test_other_characters_than_seven_of_the_alphabet_are_a_mistake_of_the_caller(characters: str) -> None:
    with pytest.raises(ValueError, match="seven characters"):
        usernames.assign(characters)


def test_no_two_draws_give_usernames_that_look_alike() -> None:
    draws = ["".join(draw) for draw in itertools.islice(itertools.product(usernames.ALPHABET, repeat=7), 2000)]

    assert len({usernames.skeleton(usernames.assign(draw)) for draw in draws}) == 2000
