"""Names of people: what may be typed, and what looks like an organisation instead (R10, R17, S35, S39)."""

import re
import unicodedata

from shared.domain import operators_legal_forms as legal_forms
from shared.domain import person_names_words as words
from shared.domain.contacts import NAME_MAX, Unacceptable, single_line
from shared.domain.organisations import N_
from shared.domain.scripts import is_invisible, is_one_alphabet, plain, scripts_of

# Canonical combining class of the sign that takes the vowel off a consonant.
_VIRAMA = 9
# Of the compatibility forms only those tagged <compat> are plain writing: the Dutch "ĳ", the Catalan "ŀ".
_ORNAMENTAL = re.compile(r"<(?!compat)")
# Names in Indic scripts and in Vietnamese have up to three; more of them run over the neighbouring lines.
_MARKS_MAX = 4

# Shorter legal forms written with blanks, such as "S. A.", cannot be told from initials; "sp. z o.o." can.
_SPREAD_FORM_MIN = 5

_BETWEEN_LETTERS = frozenset("'’‘ʼʻ`´-‐‑.,·•()\"“”„«»\u200c\u200d")  # noqa: RUF001
_HOST_NAME = re.compile(r"\bwww\.|\.(?:com|eu|info|net|org)\b", re.IGNORECASE)
_DOTTED = re.compile(r"\w[./]\w")
_WORD = re.compile(r"[^\W\d_]+")


def check_name(value: str) -> str:
    """Clean a first or last name: NFC, no blanks at the ends, one blank where there were several.

    Letters of any alphabet are welcome, of one alphabet at a time; Japanese, Chinese and Korean may mix theirs as they
    are written. Digits and punctuation are no error: ``looks_like_organisation`` asks about them. At most 100
    characters after cleaning.

    Raises:
        Unacceptable: empty, too long, control, direction or invisible characters, full-width or decorative letters,
            letters of alphabets that are not written together, such as Cyrillic among Latin ones (S35, S39).
    """
    name = single_line(value, limit=NAME_MAX)
    if not name:
        raise Unacceptable(N_("Give the name."))
    for place, char in enumerate(name):
        if is_invisible(char) and not _is_joiner_in_place(name, place):
            raise Unacceptable(N_("Leave out invisible characters."))
        if _is_ornamental(char):
            raise Unacceptable(N_("Write the name with ordinary letters, not with full-width or decorative ones."))
    if not is_one_alphabet(name):
        raise Unacceptable(N_("Write the whole name in one alphabet."))
    if _longest_run_of_marks(name) > _MARKS_MAX:
        raise Unacceptable(N_("Use fewer accents on one letter."))
    return name


def _is_joiner_in_place(name: str, place: int) -> bool:
    """Joiners shape letters in Sinhala, Nepali and Persian names; the contexts are those of RFC 5892, A.1 and A.2."""
    if name[place] not in "\u200c\u200d" or place == 0:
        return False
    before, after = name[place - 1], name[place + 1 : place + 2]
    if unicodedata.combining(before) == _VIRAMA:
        return True
    return name[place] == "\u200c" and after != "" and scripts_of(before) == scripts_of(after) == {"Arabic"}


def _is_ornamental(char: str) -> bool:
    if unicodedata.category(char) == "Nl":  # Roman numerals pass for letters
        return unicodedata.decomposition(char) != ""
    return _ORNAMENTAL.match(unicodedata.decomposition(char)) is not None


def _longest_run_of_marks(name: str) -> int:
    categories = "".join(unicodedata.category(char)[0] for char in unicodedata.normalize("NFD", name))
    return max(map(len, re.findall("M+", categories)), default=0)


def looks_like_organisation(first_name: str, last_name: str) -> bool:
    """True when the two names together read like an office, a company or a control body (R17).

    It only decides whether to ask "are you a real person?", so it leans to asking; names that people bear, such as
    Bureau, Post or Zoll, count only beside another such word or a place ("Clermont Bureau"). Looked at are words of the
    official languages for customs, border post, authority, ministry, control, certification and the like, legal forms,
    known bodies, and every character that no name needs: digits, "@", "&", brackets.
    """
    text = unicodedata.normalize("NFC", f"{first_name} {last_name}")
    if not all(char in _BETWEEN_LETTERS or unicodedata.category(char)[0] in "LMZ" for char in text):
        return True
    found = _WORD.findall(plain(text))
    weak = sum(word in words.WEAK for word in found)
    return (
        not found
        or _HOST_NAME.search(text) is not None
        or any(map(is_organisation_word, found))
        or weak > 1
        or (weak == 1 and any(word in words.PLACES for word in found))
        or _has_legal_form(text.split())
    )


def is_organisation_word(word: str) -> bool:
    """True when one word alone gives an organisation away: "douanekantoor", "ministry", "ecocert".

    ``word`` is compared as it is: give it without case and accents (``scripts.plain``).
    """
    return word in words.WORDS or word.startswith(words.BEGINNINGS) or word.endswith(words.ENDINGS)


def _has_legal_form(chunks: list[str]) -> bool:
    forms = [re.sub(r"\W", "", plain(chunk)) for chunk in chunks]
    spread = ("".join(forms[start : start + length]) for length in (2, 3) for start in range(len(forms)))
    if any(form in legal_forms.UNMISTAKABLE for form in forms) or any(
        form in legal_forms.UNMISTAKABLE and len(form) >= _SPREAD_FORM_MIN for form in spread
    ):
        return True
    return any(
        form in legal_forms.MISTAKABLE and _is_written_as_form(form, chunk, before)
        for form, chunk, before in zip(forms[1:], chunks[1:], chunks, strict=False)
    )


def _is_written_as_form(form: str, chunk: str, before: str) -> bool:
    """With dots inside, or in capitals after a word that is not: "Letis S.A.", "Letis SA", but not "MARIA DE SA"."""
    if _DOTTED.search(chunk):
        return True
    return form not in legal_forms.BORNE_BY_PEOPLE and chunk.isupper() and not before.isupper()
