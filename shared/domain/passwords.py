"""The rules for a password (S19; ASVS 6.2.1 to 6.2.12; architecture.md, "Passwords")."""

import re
import unicodedata
from collections.abc import Callable, Iterable

from shared.domain.organisations import N_
from shared.domain.scripts import plain

LENGTH_MIN = 10
"""With upper and lower case, digits and special characters."""
PHRASE_MIN = 15
"""Of anything."""
LENGTH_MAX = 256
WORD_MIN = 4
"""Letters that a name, local part or core must have before it is looked for: "Li" is inside too many words."""

SYSTEM_WORDS = ("traces", "gatehouse")

TOO_SHORT = N_(
    "Use at least 15 characters, or at least 10 with upper and lower case letters, digits and special characters."
)
TOO_LONG = N_("Use at most 256 characters.")
NOT_TYPED = N_("Leave out control characters.")
TOO_COMMON = N_("Choose another password: this one is among those that are tried first.")
PERSONAL = N_("Leave your name and your e-mail address out of the password.")
SYSTEM = N_("Leave the name of this system out of the password.")


def normalise(password: str) -> str:
    """Bring the password to NFC, once, before it is checked, hashed or compared; nothing is cut off or stripped.

    The same "é" is one character on one keyboard and two on another.
    """
    return unicodedata.normalize("NFC", password)


def problems(password: str, *, personal: Iterable[str], common: Callable[[str], bool]) -> list[str]:
    """Say everything that is wrong with ``password``, each as a sentence that says what to do; [] when it may be used.

    ``personal`` holds what an attacker would try for this person: first and last name, username, e-mail address
    (its local part counts). ``common`` answers whether a password, in lower case, is on the list of common ones; it is
    asked for the whole password and for its ``core``. Lengths are characters after ``normalise``. Upper and lower
    case, digits and letters are told apart by Unicode category, so "Ä" is an upper-case letter; whatever is neither
    letter nor digit is special, blanks and emoji too. A password that is too long is looked at no further.
    """
    password = normalise(password)
    if len(password) > LENGTH_MAX:
        return [TOO_LONG]
    folded = plain(password)
    found = []
    if any(unicodedata.category(char) in {"Cc", "Cs"} for char in password):
        found.append(NOT_TYPED)
    if len(password) < PHRASE_MIN and (len(password) < LENGTH_MIN or not _has_all_classes(password)):
        found.append(TOO_SHORT)
    if common(password.casefold()) or _has_common_core(password, common):
        found.append(TOO_COMMON)
    if any(word in folded for word in _personal_words(personal)):
        found.append(PERSONAL)
    if any(word in folded for word in SYSTEM_WORDS):
        found.append(SYSTEM)
    return found


def _has_all_classes(password: str) -> bool:
    categories = {unicodedata.category(char) for char in password}
    special = {category for category in categories if not category.startswith("L") and category != "Nd"}
    return {"Lu", "Ll", "Nd"} <= categories and bool(special)


def core(password: str) -> str:
    """Take off what people hang around a common password: "Password1!" and "123password" give "password".

    The password in lower case without anything but letters at both ends; what stands inside stays ("p@ssw0rd").
    Empty when there is no letter.
    """
    return re.sub(r"^[\W\d_]+|[\W\d_]+$", "", normalise(password).casefold())


def _has_common_core(password: str, common: Callable[[str], bool]) -> bool:
    inner = core(password)
    return len(inner) >= WORD_MIN and common(inner)


def _personal_words(personal: Iterable[str]) -> set[str]:
    """Split names and local parts at whatever is no letter; "ann.smith42" is looked for whole and as "smith"."""
    words = set()
    for text in personal:
        local = plain(text.rpartition("@")[0] if "@" in text else text).strip()
        words |= {word for word in (local, *re.split(r"[\W\d_]+", local)) if _letters(word) >= WORD_MIN}
    return words


def _letters(word: str) -> int:
    return sum(char.isalpha() for char in word)
