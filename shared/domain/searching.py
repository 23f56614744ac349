"""Texts as a search sees them: without case, accents and other marks."""

import re

from shared.domain.scripts import plain

SEARCH_NAME_MAX = 300
"""Characters of a name that can be searched; the column holds them."""

# Letters that people type without their stroke, although Unicode knows no plain letter below it.
_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h", "ŧ": "t"}  # noqa: RUF001
    | {"’": "'", "‘": "'", "`": "'", "´": "'"}  # noqa: RUF001
    | dict.fromkeys("‐‑‒–—−", "-")  # noqa: RUF001
)


def fold_for_search(text: str) -> str:
    """Reduce a text to what a search compares: "Łódź  Straße" gives "lodz strasse".

    Case, accents, repeated blanks and the strokes of ø, ł, đ go; ß becomes ss, æ ae; quotation marks and dashes become
    the plain ones. Other punctuation stays. Stable: done twice it changes nothing more.
    """
    before = None
    while text != before:  # taking off a stroke can uncover an accent
        before = text
        text = plain(text.translate(_LETTERS)).translate(_LETTERS)
    return re.sub(r"\s+", " ", text).strip()


def search_name(name: str) -> str:
    """Give the folded name that is stored beside a name: at most 300 characters."""
    return fold_for_search(name)[:SEARCH_NAME_MAX]


def pieces(name: str) -> set[str]:
    """Cut a folded name into what its words hold of one, two and three letters: "o ab" gives "o", "a", "b", "ab"."""
    return {word[at : at + size] for word in name.split() for size in (1, 2, 3) for at in range(len(word) - size + 1)}


def longest_pieces(word: str) -> set[str]:
    """Cut a folded word into the longest of those pieces: of three letters, or the word itself if it is shorter."""
    size = min(3, len(word))
    return {word[at : at + size] for at in range(len(word) - size + 1)}


def fold_code(code: str) -> str:
    """Reduce a code number, or a piece of one, for comparing: "DE-ÖKO-007", "de-oko-007" and "DE-ØKO-007" are one.

    Official texts slip blanks into codes ("WS- BIO-140", "LY-BIO 102"): those beside a hyphen go, others become one.
    """
    return fold_for_search(tidy_code(code))


def tidy_code(code: str) -> str:
    """Write a code number as it is stored: upper case, no blanks, "ly-bio 102" as "LY-BIO-102" (domain.md 3.2)."""
    return re.sub(r"\s+", "-", re.sub(r"\s*-\s*", "-", code.strip())).upper()
