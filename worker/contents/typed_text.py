"""Showing what people typed in a mail: never a link, never a second code, never too long for its place (S36)."""

import re

from shared.models import Organisation

_DOTS = ".\N{FULLWIDTH FULL STOP}\N{IDEOGRAPHIC FULL STOP}\N{HALFWIDTH IDEOGRAPHIC FULL STOP}"
# Where mail programs see an address: a scheme, "www.", a host name, the path of a Windows share.
_LINKING = re.compile(
    rf":(?=//)|(?<=[^\W\d_]):(?=\S)|(?<=\w)[{_DOTS}](?=[^\W\d_]{{2}})|(?<=\bwww)[{_DOTS}](?=\S)|\\(?=\\)",
    re.IGNORECASE,
)
_PLAIN_ADDRESS = re.compile(r"[\w.+-]+@[\w.-]+")
_LONG_NUMBER = re.compile(r"\d{6,}")
_THREE_DIGITS = re.compile(r"\d{3}(?=\d)")


def unlinked(text: str) -> str:
    """Part with blanks whatever a mail program would turn into a link: ``http: //evil. example`` (S36).

    Mail programs make links of plain text too, so escaping alone is not enough. Initials and legal forms such as
    "Comm.V.A." stay as they are; "St.Georgen" becomes "St. Georgen".
    """
    return _LINKING.sub(r"\g<0> ", text)


def address_of(text: str) -> str:
    """An e-mail address as it is, unlinked where it holds more than letters, digits, dots, plus and hyphens."""
    return text if _PLAIN_ADDRESS.fullmatch(text) else unlinked(text)


def name_of(organisation: Organisation) -> str:
    """The name of an organisation: verbatim from the reference data, unlinked where somebody typed it (S30, S36)."""
    # Only operators that somebody created through the form have details.
    is_typed = organisation.operator is not None
    return unlinked(organisation.name) if is_typed else organisation.name


def shortened(text: str, limit: int) -> str:
    """The text, or its beginning with an ellipsis, of at most ``limit`` characters."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "\N{HORIZONTAL ELLIPSIS}"


def without_codes(text: str) -> str:
    """Part numbers of six digits and more into groups of three, so that a mailed code is the only one of its kind."""
    return _LONG_NUMBER.sub(lambda number: _THREE_DIGITS.sub(r"\g<0> ", number[0]), text)
