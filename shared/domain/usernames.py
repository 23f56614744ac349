"""Usernames: chosen ones, assigned ones, and when two are too alike (R11, S39)."""

import re
import unicodedata

from shared.domain import scripts
from shared.domain.contacts import Unacceptable, single_line
from shared.domain.organisations import N_

LENGTH_MIN = 3
LENGTH_MAX = 32

ASSIGNED_PREFIX = "n"
ASSIGNED_CHARACTERS = 7
ALPHABET = "bcdfghjkmnpqrstvwxz23456789"
"""What an assigned username is made of: no vowels, so that it spells nothing; no 0, 1 and l, which look alike."""

_SEPARATORS = frozenset("._-")
_LETTERS_AND_MARKS = frozenset({"Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc"})


def check(value: str) -> str:
    """Clean a chosen username: NFC, no blanks at the ends; case stays as typed.

    3 to 32 letters of one alphabet, digits 0 to 9, full stops, hyphens and underscores, beginning and ending with a
    letter or digit. An "@" is refused with the rest, so an e-mail address is never a username (domain.md 1.1).

    Raises:
        Unacceptable: any of it does not hold.
    """
    name = single_line(value, limit=LENGTH_MAX)
    if len(name) < LENGTH_MIN:
        raise Unacceptable(N_("Use at least %(limit)d characters."), limit=LENGTH_MIN)
    if not all(map(_is_allowed, name)):
        raise Unacceptable(N_("Use letters, digits, full stops, hyphens and underscores only."))
    if name[0] in _SEPARATORS or name[-1] in _SEPARATORS or unicodedata.category(name[0]).startswith("M"):
        raise Unacceptable(N_("Begin and end with a letter or a digit."))
    if not scripts.is_one_alphabet(name):
        raise Unacceptable(N_("Use letters of one alphabet."))
    return name


def _is_allowed(char: str) -> bool:
    if char in _SEPARATORS or re.fullmatch("[0-9]", char):
        return True
    if scripts.is_invisible(char) or unicodedata.decomposition(char).startswith("<"):  # full-width, decorative
        return False
    return unicodedata.category(char) in _LETTERS_AND_MARKS


def skeleton(username: str) -> str:
    """Give the key that must be unique among usernames: "Paul.Orme" and "pau1.0rme" have the same (S39).

    At most 64 characters for an accepted username.
    """
    return scripts.skeleton(username)


def assign(random_characters: str) -> str:
    """Make a username of the shape of EU Login's account ids: "n" and seven characters, such as "n4kq7wzt" (R11).

    ``random_characters`` are seven characters drawn from ``ALPHABET`` by the caller, who draws again when the
    ``skeleton`` is taken. No two draws look alike.

    Raises:
        ValueError: not seven, or others than those of the alphabet.
    """
    if len(random_characters) != ASSIGNED_CHARACTERS or not set(random_characters) <= set(ALPHABET):
        raise ValueError("Draw seven characters from the alphabet.")
    return ASSIGNED_PREFIX + random_characters
