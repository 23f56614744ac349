"""What people type about themselves and others: lengths, lines of text, phone numbers (domain.md 3.5, S35)."""

import re
import unicodedata

from shared.domain.organisations import N_

# Longest values in characters, after normalisation; the columns hold them.
NAME_MAX = 100
EMAIL_MAX = 254
PHONE_MAX = 40
MESSAGE_MAX = 2000
REASON_MAX = 2000
OPERATOR_NAME_MAX = 200
REGION_MAX = 100
CITY_MAX = 100
ADDRESS_MAX = 200
WEBSITE_MAX = 200
IDENTIFIER_MAX = 60
SEARCH_MAX = 100

PHONE_DIGITS_MIN = 6
PHONE_DIGITS_MAX = 20

# Embeddings, overrides and isolates: they make a text read differently from what is stored.
BIDI_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# Show nothing at all, in no script: zero-width blanks, invisible operators, byte order mark.
_ZERO_WIDTH = frozenset("\u200b\u2060\u2061\u2062\u2063\u2064\ufeff")
# Controls, halves of characters that no encoding can carry, line and paragraph separators.
_CONTROL_CATEGORIES = frozenset({"Cc", "Cs", "Zl", "Zp"})

_PHONE = re.compile(r"\+?[0-9 ()./-]+")


class Unacceptable(ValueError):
    """A typed value broke a rule; as text it is one plain English sentence that says what to do.

    ``sentence`` is the sentence with its gaps, for looking up a translation, and ``values`` what fills them:
    ``gettext(error.sentence) % error.values``.
    """

    def __init__(self, sentence: str, **values: int) -> None:
        super().__init__(sentence % values)
        self.sentence = sentence
        self.values = values


def single_line(value: str, *, limit: int) -> str:
    """Clean a text of one line: NFC, no blanks at the ends, one blank where there were several.

    ``limit`` counts characters after cleaning. The result may be empty: whether a field may be is the form's business.

    Raises:
        Unacceptable: a line break or another control character, U+2028 or U+2029, a zero-width or a direction
            character, half a surrogate pair, or more than ``limit`` characters (S35).
    """
    _refuse_hidden(value, N_("Leave out line breaks and other control characters."))
    text = re.sub(r"\s+", " ", unicodedata.normalize("NFC", value)).strip()
    return _at_most(text, limit)


def multi_line(value: str, *, limit: int) -> str:
    r"""Clean a text of several lines: NFC, every line break as ``\n``, tabs as blanks, no blanks at the ends.

    Browsers send line breaks as CR LF; one break counts as one character towards ``limit``. The result may be empty.

    Raises:
        Unacceptable: as for a single line, but line breaks are welcome (S35, R59).
    """
    text = value.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    _refuse_hidden(text.replace("\n", ""), N_("Leave out control characters."))
    return _at_most(unicodedata.normalize("NFC", text).strip(), limit)


def _refuse_hidden(text: str, sentence: str) -> None:
    for char in text:
        if unicodedata.category(char) in _CONTROL_CATEGORIES:
            raise Unacceptable(sentence)
        if char in BIDI_CONTROLS or char in _ZERO_WIDTH:
            raise Unacceptable(N_("Leave out invisible characters."))


def _at_most(text: str, limit: int) -> str:
    if len(text) > limit:
        raise Unacceptable(N_("Use at most %(limit)d characters."), limit=limit)
    return text


def check_phone(value: str) -> str:
    """Check a phone or fax number and hand it back as typed, but for blanks at the ends and repeated ones.

    Accepted are an optional leading +, digits, blanks and ``( ) - . /``, with 6 to 20 digits. It is deliberately not
    checked against numbering plans: the letter's own samples fail those (domain.md 3.5, R59).

    Raises:
        Unacceptable: another character, too few or too many digits, or over 40 characters.
    """
    phone = single_line(value, limit=PHONE_MAX)
    if not _PHONE.fullmatch(phone):
        raise Unacceptable(N_("Give a phone number of digits, blanks and ( ) - . / with an optional + in front."))
    digits = sum(char.isdigit() for char in phone)
    if not PHONE_DIGITS_MIN <= digits <= PHONE_DIGITS_MAX:
        raise Unacceptable(
            N_("Give a phone number of %(least)d to %(most)d digits."), least=PHONE_DIGITS_MIN, most=PHONE_DIGITS_MAX
        )
    return phone
