"""What a row of each kind of file holds, and when it is bad."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from shared import reference
from shared.domain.organisations import AuthorityRole, OperatorStatus
from shared.domain.searching import fold_for_search, tidy_code

NAME_MAX = 300
ADDRESS_MAX = 400
SOURCE_MAX = 300
CODE_MAX = 40
TRACES_NUMBER_MAX = 30
CITY_MAX = 100
STREET_MAX = 200

_LIKE = "-like"
_THIRD_COUNTRY = "third-country CA"
_CODE = re.compile(r"[^\W_]+(-[^\W_]+)*")
_OUR_TRACES_NUMBER = re.compile(r"([A-Z]{2})-ORG-OP-([1-9][0-9]{0,8})")


class BadRow(ValueError):
    """A row that cannot be loaded; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorityRow:
    """An authority as its source prints it."""

    line: int
    name: str
    address: str
    country: str
    role: AuthorityRole
    takes_requests: bool
    """False for the authority of a third country."""
    confirmed: bool
    code: str | None
    source: str

    @property
    def key(self) -> tuple[object, ...]:
        """What may stand in a file once: the code, or without one country, role and name."""
        return (self.code,) if self.code else (self.country, self.role, fold_for_search(self.name))


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlBodyRow:
    """One code number of a control body under one regime, as its source prints it."""

    line: int
    code: str
    scope: str
    """ISO code of the country it certifies; a column of its own, never read out of the code (domain.md 3.2)."""
    name: str
    address: str
    seat: str | None
    categories: str
    regime: str
    confirmed: bool
    source: str
    note: str

    @property
    def rank(self) -> int:
        """Place of the regime among those of one code: 0, the letter's, is shown."""
        return reference.REGIMES.index(self.regime)

    @property
    def key(self) -> tuple[object, ...]:
        """What may stand in a file once: a code under one regime."""
        return self.code, self.regime


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorRow:
    """An operator as its source prints it."""

    line: int
    name: str
    traces_number: str
    address: str
    street: str
    city: str
    country: str
    activities: tuple[str, ...]
    """Codes."""
    confirmed: bool
    source: str

    @property
    def key(self) -> tuple[object, ...]:
        """What may stand in a file once: the TRACES number."""
        return (self.traces_number,)

    @property
    def running_number(self) -> tuple[str, int] | None:
        """The counter that would give this number one day, and its value; None for a number of another shape.

        It is read out of the number although the operator's country is not: what counts is which number comes next.
        """
        match = _OUR_TRACES_NUMBER.fullmatch(self.traces_number)
        return (match[1], int(match[2])) if match else None


def parse_authority(line: int, cells: Mapping[str, str]) -> AuthorityRow:
    """Check a row of authorities.

    A role with ``-like`` behind it is that role, not confirmed. The competent authority of a third country is a CCA
    that takes no requests, and not confirmed: its source does not say that it does what the letter's CCAs do.

    Raises:
        BadRow: a missing name, an unknown country or role, a code of another shape.
    """
    printed = cells["role"]
    if printed.removesuffix(_LIKE) not in {*AuthorityRole, _THIRD_COUNTRY}:
        raise BadRow(f"role: {printed!r} is none of BCP, CCA, {_THIRD_COUNTRY}")
    is_foreign = printed.removesuffix(_LIKE) == _THIRD_COUNTRY
    return AuthorityRow(
        line=line,
        name=_required(cells, "name", NAME_MAX),
        address=_text(cells, "address_as_printed", ADDRESS_MAX),
        country=_country(cells, "country_code"),
        role=AuthorityRole.CCA if is_foreign else AuthorityRole(printed.removesuffix(_LIKE)),
        takes_requests=not is_foreign,
        confirmed=printed in set(AuthorityRole) and _is_confirmed(cells),
        code=_code(cells) if cells["code"] else None,
        source=_text(cells, "source", SOURCE_MAX),
    )


def parse_control_body(line: int, cells: Mapping[str, str]) -> ControlBodyRow:
    """Check a row of control bodies.

    Raises:
        BadRow: a missing name or code, an unknown country, regime or category, a code of another shape.
    """
    regime = cells["regime"]
    if not reference.has_regime(regime):
        raise BadRow(f"regime: {regime!r} is none of {', '.join(reference.REGIMES)}")
    letters = "".join(cells["categories"].split()).upper()
    for letter in letters:
        if not reference.has_category(regime, letter):
            raise BadRow(f"categories: {letter!r} means nothing under {regime}")
    return ControlBodyRow(
        line=line,
        code=_code(cells),
        scope=_country(cells, "scope_country"),
        name=_required(cells, "name", NAME_MAX),
        address=_text(cells, "address_as_printed", ADDRESS_MAX),
        seat=_country(cells, "seat_country") if cells["seat_country"] else None,
        categories="".join(sorted(set(letters))),
        regime=regime,
        confirmed=_is_confirmed(cells),
        source=_text(cells, "source", SOURCE_MAX),
        note=cells.get("note", ""),
    )


def parse_operator(line: int, cells: Mapping[str, str]) -> OperatorRow:
    """Check a row of operators; several activities are separated by semicolons.

    Raises:
        BadRow: a missing name or TRACES number, an unknown country or activity, a status other than ``valid``.
    """
    status = cells.get("status_guess", "")
    if status not in {"", OperatorStatus.VALID}:
        raise BadRow(f"status_guess: {status!r} cannot be loaded, only {OperatorStatus.VALID.value}")
    city = f"{cells.get('internal_city_id_guess', '')} {cells.get('city_guess', '')}".strip()
    return OperatorRow(
        line=line,
        name=_required(cells, "name", NAME_MAX),
        traces_number=_traces_number(cells),
        address=_text(cells, "address_as_printed", ADDRESS_MAX),
        street=_text(cells, "street_guess", STREET_MAX),
        city=_within("city_guess", city, CITY_MAX),
        country=_country(cells, "country_code"),
        activities=tuple(_activity(text.strip()) for text in cells["activity_as_printed"].split(";")),
        confirmed=_is_confirmed(cells),
        source=_text(cells, "source", SOURCE_MAX),
    )


def _within(column: str, text: str, limit: int) -> str:
    if len(text) > limit:
        raise BadRow(f"{column}: more than {limit} characters")
    return text


def _text(cells: Mapping[str, str], column: str, limit: int) -> str:
    return _within(column, cells.get(column, ""), limit)


def _required(cells: Mapping[str, str], column: str, limit: int) -> str:
    text = _text(cells, column, limit)
    if not text:
        raise BadRow(f"{column}: missing")
    return text


def _country(cells: Mapping[str, str], column: str) -> str:
    code = cells[column].upper()
    if code not in reference.countries():
        raise BadRow(f"{column}: {cells[column]!r} is no country in the list" if code else f"{column}: missing")
    return code


def _code(cells: Mapping[str, str]) -> str:
    # No stricter: official texts hold codes of many shapes, and each would be "wrong" for somebody's rule.
    return _identifier("code", tidy_code(_required(cells, "code", CODE_MAX)), CODE_MAX)


def _traces_number(cells: Mapping[str, str]) -> str:
    number = _required(cells, "traces_number", TRACES_NUMBER_MAX).upper()
    return _identifier("traces_number", number, TRACES_NUMBER_MAX)


def _identifier(column: str, text: str, limit: int) -> str:
    if not _CODE.fullmatch(text):
        raise BadRow(f"{column}: {text!r} is not made of letters, digits and hyphens")
    return _within(column, text, limit)


def _activity(text: str) -> str:
    for activity in reference.activities():
        if activity.is_named(text) or (text and fold_for_search(text) == fold_for_search(activity.section_label)):
            return activity.code
    raise BadRow(
        f"activity_as_printed: {text!r} is no activity in the list" if text else "activity_as_printed: missing"
    )


def _is_confirmed(cells: Mapping[str, str]) -> bool:
    return cells.get("confidence") != "guess"
