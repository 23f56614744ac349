"""Reading files of organisations: bytes in, checked rows and a reason for each bad one out.

A row is one line of text, so that a quotation mark that is never closed costs its own line and not the rest of the
file. Nothing here looks at the database.
"""

import csv
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from shared.domain.contacts import Unacceptable, single_line
from shared.domain.errors import NotFound
from shared.domain.organisations import OrganisationKind
from shared.services.reference_row_kinds import (
    AuthorityRow,
    BadRow,
    ControlBodyRow,
    OperatorRow,
    parse_authority,
    parse_control_body,
    parse_operator,
)

CELL_MAX = 1000
"""Characters in any cell; the parsers set narrower limits where a column is narrower."""
_BOM = b"\xef\xbb\xbf"

Row = AuthorityRow | ControlBodyRow | OperatorRow


class Problem(NamedTuple):
    """Why a line was not loaded."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file holds. Without a usable first line there is no ``kind`` and no row."""

    kind: OrganisationKind | None
    rows: list[Row]
    problems: list[Problem]


@dataclass(frozen=True, slots=True)
class _Layout:
    kind: OrganisationKind
    required: frozenset[str]
    optional: frozenset[str]
    parse: Callable[[int, Mapping[str, str]], Row]


def _columns(names: str) -> frozenset[str]:
    return frozenset(names.split())


_LAYOUTS = (
    _Layout(
        OrganisationKind.AUTHORITY,
        _columns("name address_as_printed country_code role code"),
        _columns("duty confidence source"),
        parse_authority,
    ),
    _Layout(
        OrganisationKind.CONTROL_BODY,
        _columns("code scope_country name address_as_printed seat_country categories regime"),
        _columns("scope_country_name website confidence source note"),
        parse_control_body,
    ),
    _Layout(
        OrganisationKind.OPERATOR,
        _columns("name traces_number address_as_printed country_code activity_as_printed"),
        _columns("street_guess internal_city_id_guess city_guess status_guess confidence source"),
        parse_operator,
    ),
)


def read_file(path: Path) -> Reading:
    """Read a CSV file of authorities, control bodies or operators; which of them, its first line says.

    Raises:
        NotFound: there is no such file, or it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return read_lines(file)
    except OSError as error:
        raise NotFound(f"{path.name}: {error.strerror or 'cannot be read'}") from None


def read_lines(lines: Iterable[bytes]) -> Reading:
    """Read lines of CSV in UTF-8, the first of which names the columns.

    A cell that looks like a formula is text like any other. Empty lines are passed over. Bad lines are reported with
    their number, counted from 1, and leave the others alone.
    """
    numbered = enumerate(lines, start=1)
    first = next(numbered, (1, b""))[1].removeprefix(_BOM)
    try:
        header = _cells(first)
        layout = _layout(header)
    except BadRow as error:
        return Reading(None, [], [Problem(1, str(error))])
    rows: list[Row] = []
    problems: list[Problem] = []
    seen: dict[tuple[object, ...], int] = {}
    for line, raw in numbered:
        try:
            cells = _cells(raw)
            if not any(cells):
                continue
            row = layout.parse(line, _named(header, cells))
            _refuse_twice(row.key, line, seen)
        except BadRow as error:
            problems.append(Problem(line, str(error)))
        else:
            rows.append(row)
    return Reading(layout.kind, rows, problems)


def _cells(raw: bytes) -> list[str]:
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise BadRow("not UTF-8") from None
    try:
        cells = next(csv.reader([text.rstrip("\r\n")], strict=True), [])
    except csv.Error as error:
        reason = "a quotation mark is not closed" if "unexpected end" in str(error) else f"no CSV: {error}"
        raise BadRow(reason) from None
    return [unicodedata.normalize("NFC", cell).strip() for cell in cells]


def _layout(header: list[str]) -> _Layout:
    columns = frozenset(header)
    layout = next((layout for layout in _LAYOUTS if layout.required <= columns), None)
    if layout is None:
        expected = "; ".join(f"{one.kind.replace('_', ' ')}: {', '.join(sorted(one.required))}" for one in _LAYOUTS)
        raise BadRow(f"the first line must name columns, separated by commas ({expected})")
    unknown = columns - layout.required - layout.optional
    if unknown:
        raise BadRow(f"unknown column: {', '.join(repr(name) for name in sorted(unknown))}")
    if len(columns) < len(header):
        raise BadRow("a column is named twice")
    return layout


def _named(header: list[str], cells: list[str]) -> dict[str, str]:
    if len(cells) != len(header):
        raise BadRow(f"{len(cells)} columns instead of {len(header)}")
    for column, cell in zip(header, cells, strict=True):
        try:
            single_line(cell, limit=CELL_MAX)
        except Unacceptable as error:
            raise BadRow(f"{column}: {error}") from None
    return dict(zip(header, cells, strict=True))


def _refuse_twice(key: tuple[object, ...], line: int, seen: dict[tuple[object, ...], int]) -> None:
    first = seen.setdefault(key, line)
    if first != line:
        raise BadRow(f"the same as line {first}")
