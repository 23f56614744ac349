"""The rounds: each measure for each application, one after the other, the order turned every time."""

import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from statistics import median

from benchmarks.apps import PLAIN_THREADS, WEB_PROCESSES, App, Ours, Plain, hall
from benchmarks.comparison import delivery, drain, fairness, faults, sign_up
from benchmarks.comparison.scale import Scale
from benchmarks.figures import print_pairs
from benchmarks.servers import Servers


@dataclass(frozen=True, slots=True)
class Measure:
    """One table of the comparison."""

    title: str
    act: Callable[[App, Scale], dict[str, float]]
    goals: dict[str, str] = field(default_factory=dict)
    kinds: tuple[type[App], ...] = (Plain, Ours)


MEASURES = {
    "sign-up": Measure(sign_up.TITLE, sign_up.measure, sign_up.GOALS),
    "light": Measure(delivery.LIGHT_TITLE, delivery.light, delivery.LIGHT_GOALS),
    "heavy": Measure(delivery.HEAVY_TITLE, delivery.heavy, delivery.HEAVY_GOALS),
    "drain": Measure(drain.TITLE, drain.near, drain.GOALS),
    "far": Measure(drain.FAR_TITLE, drain.far, drain.FAR_GOALS),
    "faults": Measure(faults.TITLE, faults.measure, faults.GOALS),
    "limits": Measure(fairness.TITLE, fairness.measure, kinds=(Plain,)),
}

SETTING = f"""
plain: gunicorn, {WEB_PROCESSES} processes of {PLAIN_THREADS} threads; Celery as it comes (drain, faults: one process)
ours: the words of the Procfile, {WEB_PROCESSES} web processes, one relay, one worker process; captcha and limits off"""
SIGN_UPS = f"form, {fairness.CLIENTS} clients: sign-ups/s"
Found = dict[tuple[str, str], dict[str, list[float]]]
"""By measure and application: the figures of each round by name."""


def run(servers: Servers, scale: Scale, *, rounds: int, names: Sequence[str], only: str | None = None) -> None:
    """Measure and print; ``only`` one of the two applications where a ratio is not asked for."""
    found: Found = defaultdict(lambda: defaultdict(list))
    print(SETTING, flush=True)
    with hall(servers) as place:
        try:
            for number in range(rounds):
                for name, kind in _order(names, number, only):
                    began = time.monotonic()
                    with place.place(kind) as app:
                        figures = MEASURES[name].act(app, scale)
                    for label, figure in figures.items():
                        found[name, kind.name][label].append(figure)
                    _tell(f"round {number + 1}: {name}, {kind.name}, took {time.monotonic() - began:.0f} s")
        finally:  # what was measured is worth telling also when the rest is not
            _print(names, found)


def _order(names: Sequence[str], number: int, only: str | None) -> Iterator[tuple[str, type[App]]]:
    for name in names:
        for kind in MEASURES[name].kinds[:: -1 if number % 2 else 1]:
            if only in {None, kind.name}:
                yield name, kind


def _print(names: Sequence[str], found: Found) -> None:
    for name in names:
        theirs, ours = found[name, "plain"], found[name, "ours"]
        if theirs or ours:
            print_pairs(MEASURES[name].title, theirs, ours, MEASURES[name].goals)
    pairs = [
        (found["sign-up", "plain"][SIGN_UPS], found["limits", "plain"][fairness.REQUESTS], fairness.WEB_VERDICT),
        (found["drain", "plain"][drain.MAILS], found["limits", "plain"][fairness.TASKS], fairness.WORKER_VERDICT),
    ]
    print()
    for reached, limit, verdict in pairs:
        if reached and limit:
            print(verdict.format(100 * median(reached) / median(limit)))


def _tell(words: str) -> None:
    print(words, file=sys.stderr, flush=True)
