"""The rules of "Create new Operator", and when two operators look like one (R38 to R43, C7, domain.md 2.4 and 3.5)."""

import math
import re
import unicodedata
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from urllib.parse import urlsplit

from shared.domain import operators_legal_forms as legal_forms
from shared.domain.contacts import WEBSITE_MAX, Unacceptable, single_line
from shared.domain.organisations import N_
from shared.domain.scripts import plain, skeleton

LATITUDE_MAX = 90
LONGITUDE_MAX = 180
LOOK_ALIKE_KEY_MAX = 300

_EORI = re.compile(r"[A-Za-z]{2}[A-Za-z0-9]{1,15}")
_COUNTRY = re.compile(r"[A-Z]{2}")
_HOST = re.compile(r"[^\W_](?:[\w.-]*[^\W_])?|\[[0-9a-fA-F:.]+\]")

_AND = frozenset({"and", "en", "et", "och", "og", "und"})

Errors = dict[str, list[str]]


def check_eori(value: str) -> str:
    """Clean an EORI number: no blanks, upper case; 2 letters and 1 to 15 letters or digits (R40).

    The letters need not be the operator's country: Greece uses GR and EL, Northern Ireland XI. Nothing more is
    checked, since the published lengths per country contradict each other.

    Raises:
        Unacceptable: another shape.
    """
    eori = re.sub(r"\s", "", value)
    if not _EORI.fullmatch(eori):
        raise Unacceptable(N_("Give two letters for the country, followed by 1 to 15 letters or digits."))
    return eori.upper()


def check_website(value: str) -> str:
    """Check the address of a website and hand it back without blanks at the ends; it is shown and never fetched (S38).

    Raises:
        Unacceptable: not http or https, no host, a user name in it, blanks or backslashes, a port that is none, or
            over 200 characters.
    """
    website = single_line(value, limit=WEBSITE_MAX)
    if not _is_web_address(website):
        raise Unacceptable(N_("Give a web address that begins with https:// or http://."))
    return website


def _is_web_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:  # a port that is no number, brackets that do not match
        return False
    host = parts.netloc if port is None else parts.netloc.rpartition(":")[0]
    return parts.scheme in {"http", "https"} and _HOST.fullmatch(host) is not None and not re.search(r'[\s\\<>"]', text)


def check_latitude(value: float | Decimal) -> float | Decimal:
    """Hand back a latitude of -90 to 90 degrees (R43).

    Raises:
        Unacceptable: outside of these, infinite or not a number.
    """
    if not (math.isfinite(value) and -LATITUDE_MAX <= value <= LATITUDE_MAX):
        raise Unacceptable(N_("Give a latitude of -90 to 90 degrees."))
    return value


def check_longitude(value: float | Decimal) -> float | Decimal:
    """Hand back a longitude of -180 to 180 degrees (R43).

    Raises:
        Unacceptable: outside of these, infinite or not a number.
    """
    if not (math.isfinite(value) and -LONGITUDE_MAX <= value <= LONGITUDE_MAX):
        raise Unacceptable(N_("Give a longitude of -180 to 180 degrees."))
    return value


def new_operator_errors(
    *,
    phone: str | None = None,
    fax: str | None = None,
    email: str | None = None,
    website: str | None = None,
    latitude: float | Decimal | None = None,
    longitude: float | Decimal | None = None,
    eori: str | None = None,
    eori_mandatory: bool,
    control_body_id: object | None = None,
    control_body_mandatory: bool = True,
    valid_from: datetime | None = None,
    valid_to: datetime | None = None,
) -> Errors:
    """Judge what no field of "Create new Operator" can judge alone; sentences by field, {} when all is well.

    Every value is one that its own field accepted; empty text and None mean "not given". Whether EORI and control body
    are mandatory is a property of the activity, in the reference data (R40).
    """
    errors: Errors = {}
    for part in (
        contact_errors(phone=phone, fax=fax, email=email, website=website),
        coordinate_errors(latitude=latitude, longitude=longitude),
        eori_errors(eori, mandatory=eori_mandatory),
        control_body_errors(control_body_id, mandatory=control_body_mandatory),
        validity_errors(valid_from=valid_from, valid_to=valid_to),
    ):
        errors |= part
    return errors


def contact_errors(*, phone: str | None, fax: str | None, email: str | None, website: str | None) -> Errors:
    """Ask for one way to reach the operator; any of the four will do (R39). The error sits on the phone field."""
    if any(value and value.strip() for value in (phone, fax, email, website)):
        return {}
    return {"phone": [N_("Give at least one of phone, fax, e-mail and website.")]}


def coordinate_errors(*, latitude: float | Decimal | None, longitude: float | Decimal | None) -> Errors:
    """Ask for both coordinates or none (R43); the error sits on the missing one. Zero is a coordinate."""
    if latitude is None and longitude is not None:
        return {"latitude": [N_("Give the latitude too, or leave out the longitude.")]}
    if longitude is None and latitude is not None:
        return {"longitude": [N_("Give the longitude too, or leave out the latitude.")]}
    return {}


def eori_errors(eori: str | None, *, mandatory: bool) -> Errors:
    """Ask for the EORI number where the activity demands one: at present organic importers only (R40)."""
    if mandatory and not (eori and eori.strip()):
        return {"eori": [N_("Give the EORI number: this activity needs one.")]}
    return {}


def control_body_errors(control_body_id: object | None, *, mandatory: bool) -> Errors:
    """Ask for the control body or control authority unless the activity does without (R38)."""
    if mandatory and control_body_id in (None, ""):
        return {"control_body_id": [N_("Choose the control body or control authority.")]}
    return {}


def validity_errors(*, valid_from: datetime | None, valid_to: datetime | None) -> Errors:
    """Refuse an end before its beginning (R42); the same moment is accepted. Both are aware, of any time zone."""
    if valid_from is not None and valid_to is not None and valid_to < valid_from:
        return {"valid_to": [N_("Give an end that is not before the beginning.")]}
    return {}


def traces_number(country: str, running: int) -> str:
    """Write the TRACES number of an operator: ``traces_number("BE", 5)`` gives "BE-ORG-OP-5" (domain.md 3.5).

    ``country`` is the ISO code in upper case; ``running`` counts from 1 within country and environment.

    Raises:
        ValueError: another shape of country, or a number below 1.
    """
    if not _COUNTRY.fullmatch(country) or running < 1:
        raise ValueError("A TRACES number takes a country code of two capitals and a number from 1.")
    return f"{country}-ORG-OP-{running}"


def look_alike_key(name: str) -> str:
    """Reduce the name of an organisation to what stays when people mistype it; equal keys look alike (C7).

    Without legal form (at the end, and in front where it is used so), "and", punctuation, blanks, case and accents, and
    with letters that pass for one another taken for the same: "Colzagro bvba" and "COL-ZAGRO, B.V.B.A." are one. A
    name that is nothing but a legal form keeps it. At most 300 characters; a key to compare, never text to show.
    """
    rest = [word for word in _without_forms(_words_of(name)) if word not in _AND]
    return skeleton("".join(rest) or name)[:LOOK_ALIKE_KEY_MAX]


def _words_of(name: str) -> list[str]:
    """Split a name at blanks and punctuation, but not inside "B.V.B.A.", "A/S" and "O'Neill"."""
    text = re.sub(r"\b(\w)/(\w)\b", r"\1\2", re.sub(r"[.'’]", "", plain(name)))  # noqa: RUF001
    return "".join(char if unicodedata.category(char)[0] in "LMN" else " " for char in text).split()


def _without_forms(words: list[str]) -> list[str]:
    if words and words[0] in legal_forms.LEADING:
        words = words[1:]
    forms = legal_forms.ALL
    while length := next(_lengths_of_form_at_end(words, forms), 0):
        words = words[:-length]
        forms = legal_forms.BEFORE_ANOTHER  # "SA/NV", "GmbH & Co. KG", but not the "Sas" of "De Sas bvba"
    return words


def _lengths_of_form_at_end(words: list[str], forms: frozenset[str]) -> Iterator[int]:
    """Count the words of the legal form that ends a name, longest first: forms are written with blanks ("s. r. l.")."""
    return (count for count in (4, 3, 2, 1) if count <= len(words) and "".join(words[-count:]) in forms)
