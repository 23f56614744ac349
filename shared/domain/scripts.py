# ruff: noqa: RUF001  (look-alike letters are the subject)
"""Alphabets and look-alikes: which scripts a text is written in, and what it looks like to a hurried reader (S39)."""

import re
import unicodedata
from functools import lru_cache

# First words of Unicode names whose letters belong to no script of their own.
_NO_SCRIPT = frozenset({"MODIFIER", "KATAKANA-HIRAGANA", "VERTICAL", "TURNED", "CARON", "MASU", "ROMAN"})
_HAN = frozenset({"CJK", "IDEOGRAPHIC"})

# What may stand together in one text though it is not one script: UTS 39, "highly restrictive".
_TOGETHER = (
    frozenset({"Latin", "Han", "Hiragana", "Katakana"}),
    frozenset({"Latin", "Han", "Bopomofo"}),
    frozenset({"Latin", "Han", "Hangul"}),
)

_ACCENT_OWNERS = ("COMBINING ", "HEBREW ", "ARABIC ")

# Letters, marks and signs by category that show as nothing or as a blank.
_BLANK_LETTERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")

# Small letters that pass for a Latin one, in either case (the Cyrillic "н" is here for its capital), above their Latin
# twins. "i", "l" and "1" are one shape, as a capital "I" and a small "l" are; so are "o" and "0".
_CYRILLIC = (
    "авеѕіјкмнорстухүһӏԁԛԝѵ",
    "abesljkmhopctyxyhldqwv",
)
_GREEK = (
    "αβγεζηικμνορτυχϳ",
    "abyezhlkmnoptyxj",
)
_LATIN_AND_DIGITS = (
    "ðøđħıłŧƀɑɡɩǀi|01",
    "dodhlltbagllllol",
)
_PUNCTUATION = (
    "‘’ʻʼ`‐‒–—―−",
    "'''''------",
)
_TWINS = str.maketrans(
    {
        twin: latin
        for alphabet in (_CYRILLIC, _GREEK, _LATIN_AND_DIGITS, _PUNCTUATION)
        for twin, latin in zip(*alphabet, strict=True)
    }
    | {"æ": "ae", "œ": "oe"}
)


@lru_cache(maxsize=2048)
def _script_of(letter: str) -> str | None:
    words = unicodedata.name(letter, "OTHER").split()
    if words[0] in _NO_SCRIPT:
        return None
    if words[0] in _HAN:
        return "Han"
    if words[0] in {"OLD", "LINEAR", "NEW"}:
        return " ".join(words[:2]).title()
    return words[0].capitalize()


def scripts_of(text: str) -> frozenset[str]:
    """Name the scripts of the letters in ``text`` in English, such as ``{"Cyrillic", "Latin"}``.

    Digits, marks, blanks and punctuation belong to none; full-width and decorative letters count as what they stand
    for. The text of an approver's warning is made of it (S39).
    """
    letters = (char for char in unicodedata.normalize("NFKC", text) if unicodedata.category(char).startswith("L"))
    return frozenset(script for letter in letters if (script := _script_of(letter)) is not None)


def is_one_alphabet(text: str) -> bool:
    """True when the letters of ``text`` are of one script, or of scripts that are written together.

    Written together are Han with the Japanese syllables, with Bopomofo and with Hangul, each also beside Latin
    (UTS 39, level "highly restrictive"). A text without letters is one alphabet.
    """
    scripts = scripts_of(text)
    return len(scripts) <= 1 or any(scripts <= allowed for allowed in _TOGETHER)


def is_invisible(char: str) -> bool:
    """True for a character that shows nothing, or nothing that every machine agrees on.

    These are format characters, fillers, private ones and ones that this version of Unicode does not know.
    """
    return char in _BLANK_LETTERS or unicodedata.category(char) in {"Cf", "Co", "Cn"}


def plain(text: str) -> str:
    """Take case and accents off ``text``, for comparing words: "Ministère" gives "ministere".

    Vowel signs of scripts that cannot be read without them (Devanagari, Thai, kana) stay; so do letters that are no
    accented form of another, such as "ł". Stable: done twice it changes nothing more.
    """
    before = None
    while text != before:  # one pass can uncover the next: a capital inside a ligature, a mark behind a fold
        before = text
        text = _without_accents(unicodedata.normalize("NFKD", text).casefold())
    return text


def plain_words(text: str) -> frozenset[str]:
    """Hand back the words of ``text`` as ``plain`` leaves them, split at blanks: a list of words, to compare with."""
    return frozenset(plain(text).split())


def _without_accents(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text)
    return unicodedata.normalize("NFC", "".join(char for char in decomposed if not _is_accent(char)))


@lru_cache(maxsize=2048)
def _is_accent(char: str) -> bool:
    category = unicodedata.category(char)
    if category == "Cf":
        return True
    name = unicodedata.name(char, "")
    return category in {"Mn", "Me"} and name.startswith(_ACCENT_OWNERS) and "KATAKANA" not in name


def skeleton(text: str) -> str:
    """Reduce ``text`` to what it looks like: two texts with the same skeleton are easily taken for one another (S39).

    Case, accents, invisible characters and runs of blanks go; Cyrillic and Greek letters become the Latin letter
    they pass for. It is a key for comparing, never text to show. Stable: the skeleton of a skeleton is itself.
    """
    before = None
    while text != before:
        before = text
        text = plain(text).translate(_TWINS)
    return re.sub(r"\s+", " ", text).strip()
