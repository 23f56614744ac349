"""The geometry of the pictures on the operations page: widths in percent, heights in pixels, words left to the page.

Lengths across are shares of the picture's width, so that it fits a telephone without shrinking its letters.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from shared.services.figures_delivery import Minute

ROW: Final = 48
"""Pixels from one bar to the next: its words, and the bar beneath."""
PLOT: Final = 150
"""Pixels from the foot of the columns to the highest line."""
ABOVE: Final = 12
"""Room for the words of the highest line."""
BELOW: Final = 24
"""Room for the time under the columns."""
THINNEST: Final = 0.6
"""Percent: what is there at all can be seen."""
GAP: Final = 0.25
"""Share of a column's room that stays free."""
TICKS: Final = (60, 30, 0)
"""Minutes ago that are written under the columns."""
LONGEST_LABEL: Final = 30
"""Letters of a bar's label that fit on a telephone beside its words; the table has the whole."""


@dataclass(frozen=True, slots=True)
class Part:
    """One coloured piece of a bar. ``kind`` is its style, ``left`` and ``width`` are in percent."""

    kind: str
    left: float
    width: float


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar with what stands over it on the left and on the right; ``y`` is its upper edge in pixels."""

    label: str
    words: str
    y: int
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Bars:
    """Bars one below the other; ``height`` in pixels."""

    bars: tuple[Bar, ...]
    height: int


@dataclass(frozen=True, slots=True)
class Column:
    """One minute: where it stands (percent), and the heights of its two pieces from the foot up (pixels)."""

    minute: Minute
    left: float
    width: float
    sent_y: float
    sent_height: float
    failed_y: float
    failed_height: float


@dataclass(frozen=True, slots=True)
class Columns:
    """Sixty columns, the lines behind them (pixels, number) and the minutes under them (percent, number)."""

    columns: tuple[Column, ...]
    lines: tuple[tuple[float, int], ...]
    ticks: tuple[tuple[float, int], ...]
    foot: int
    height: int


def draw_bars(rows: Sequence[tuple[str, str, Sequence[tuple[str, float]]]]) -> Bars:
    """Draw a bar for each of ``rows``: label, words, and the parts with their style and value (0 or more).

    The longest bar takes the whole width; a part that is not zero is never too thin to be seen.
    """
    longest = max((sum(value for _, value in parts) for _, _, parts in rows), default=0) or 1
    bars = tuple(
        Bar(_cut(label), words, number * ROW, _parts(parts, longest))
        for number, (label, words, parts) in enumerate(rows)
    )
    return Bars(bars, ROW * len(bars))


def draw_columns(minutes: Sequence[Minute]) -> Columns:
    """Draw what was sent in each minute and, on top of it, what failed, against a round number of mails."""
    top = round_up(max((one.sent + one.failed for one in minutes), default=0))
    room = 100 / len(minutes) if minutes else 100.0
    foot = ABOVE + PLOT
    columns = []
    for number, one in enumerate(minutes):
        sent, failed = PLOT * one.sent / top, PLOT * one.failed / top
        columns.append(
            Column(
                minute=one,
                left=_short(number * room),
                width=_short(room * (1 - GAP)),
                sent_y=_short(foot - sent),
                sent_height=_short(sent),
                failed_y=_short(foot - sent - failed),
                failed_height=_short(failed),
            )
        )
    lines = tuple((float(foot - PLOT * value / top), value) for value in (0, top // 2, top))
    ticks = tuple((_short(100 - 100 * ago / 60), ago) for ago in TICKS)
    return Columns(tuple(columns), lines, ticks, foot, foot + BELOW)


def round_up(value: int) -> int:
    """The next of 4, 10, 20, 50, 100, ... that is not below ``value``."""
    if value <= 4:  # noqa: PLR2004 - below ten the round numbers are few
        return 4
    power = 10 ** math.floor(math.log10(value))
    return next(int(step * power) for step in (1, 2, 5, 10) if step * power >= value)


def _cut(label: str) -> str:
    return label if len(label) <= LONGEST_LABEL else f"{label[: LONGEST_LABEL - 1]}…"


def _parts(parts: Sequence[tuple[str, float]], longest: float) -> tuple[Part, ...]:
    drawn: list[Part] = []
    left = 0.0
    for kind, value in parts:
        if value > 0:
            width = min(max(THINNEST, 100 * value / longest), 100 - left)
            drawn.append(Part(kind, _short(left), _short(width)))
            left += width
    return tuple(drawn)


def _short(value: float) -> float:
    return round(value, 2)
