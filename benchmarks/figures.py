"""Figures from samples, as tables."""

import statistics
from collections.abc import Sequence


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
