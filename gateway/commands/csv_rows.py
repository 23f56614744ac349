"""Rows for a spreadsheet, which must not take a cell for a formula."""

import csv
from collections.abc import Iterable
from typing import TextIO

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def write_rows(target: TextIO, rows: Iterable[Iterable[object]]) -> None:
    """Write rows as RFC 4180 says, every cell in quotes, none of them a formula (S42; ASVS 1.2.10)."""
    writer = csv.writer(target, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerows([harmless(cell) for cell in row] for row in rows)


def harmless(cell: object) -> str:
    """Return the text of a cell, with an apostrophe before what a spreadsheet would compute.

    Blanks of any kind before the first sign are looked through: spreadsheets do so as well. None becomes an empty cell.
    """
    text = "" if cell is None else str(cell)
    is_formula = text.startswith(_FORMULA) or text.strip().startswith(_FORMULA)
    return f"'{text}" if is_formula else text
