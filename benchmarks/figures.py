"""Figures from samples, as tables."""

import statistics
from collections.abc import Mapping, Sequence


def quantiles(samples: Sequence[float]) -> dict[str, float]:
    """Median, 95th and 99th percentile, and the largest, of times in milliseconds."""
    ordered = sorted(samples)

    def at(share: float) -> float:
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]

    return {"p50": statistics.median(ordered), "p95": at(0.95), "p99": at(0.99), "max": ordered[-1]}


def print_table(title: str, rows: Sequence[tuple[str, dict[str, float | str]]]) -> None:
    """Print rows of named figures under a title."""
    print(f"\n{title}")
    names = list(dict.fromkeys(name for _, figures in rows for name in figures))
    width = max(len(label) for label, _ in rows)
    print(" " * width, *(f"{name:>12}" for name in names))
    for label, figures in rows:
        cells = (figures.get(name, "") for name in names)
        print(f"{label:<{width}}", *(f"{cell:>12.1f}" if isinstance(cell, float) else f"{cell:>12}" for cell in cells))


def print_pairs(
    title: str, plain: Mapping[str, list[float]], ours: Mapping[str, list[float]], goals: Mapping[str, str]
) -> None:
    """Print what both reached: medians, ranges over the rounds, and ours as a multiple of plain round by round."""
    labels = list(dict.fromkeys([*plain, *ours]))
    rows = [("", "plain", "ours", "ours/plain", "by round", "goal")]
    for label in labels:
        theirs, mine = plain.get(label, []), ours.get(label, [])
        ratios = [one / other for one, other in zip(mine, theirs, strict=False) if other > 0]
        middle = f"{statistics.median(ratios):.2f}" if ratios else ""
        by_round = " ".join(f"{ratio:.2f}" for ratio in ratios)
        rows.append((label, _with_range(theirs), _with_range(mine), middle, by_round, goals.get(label, "")))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    print(f"\n{title}")
    for first, *others in rows:
        cells = (f"{cell:>{width}}" for cell, width in zip(others, widths[1:], strict=True))
        print(f"{first:<{widths[0]}}", *cells, sep="  ")


def _with_range(figures: Sequence[float]) -> str:
    if not figures:
        return ""
    middle = _short(statistics.median(figures))
    return middle if len(figures) == 1 else f"{middle} [{_short(min(figures))}-{_short(max(figures))}]"


def _short(figure: float) -> str:
    return f"{figure:.0f}" if abs(figure) >= 100 or figure == int(figure) else f"{figure:.1f}"
