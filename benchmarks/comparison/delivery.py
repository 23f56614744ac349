"""From the answer "accepted" to the mail at the mail server, at a light and a heavy rate of sign-ups."""

from collections.abc import Callable
from statistics import median

from benchmarks.apps import App
from benchmarks.comparison.scale import Scale
from benchmarks.figures import quantiles

LIGHT_TITLE = "Accepted to mail, few sign-ups (below 0: the mail was there before the answer was read)"
HEAVY_TITLE = "Accepted to mail, many sign-ups offered whether or not they are served"
LIGHT_GOALS = {"p50 ms": "ours at most 10"}
HEAVY_GOALS = {"p99 ms": "ours at most 1000", "last third p50 ms": "ours as the first third"}
PATIENCE = 60.0
"""Seconds to wait for the last mails."""


def light(app: App, scale: Scale) -> dict[str, float]:
    """At a rate that leaves everybody idle between two."""
    return _measure(app, scale.light_rate, scale.offered_seconds)


def heavy(app: App, scale: Scale) -> dict[str, float]:
    """At a rate near what the plain application can take."""
    return _measure(app, scale.heavy_rate, scale.offered_seconds)


def _measure(app: App, rate: float, seconds: float) -> dict[str, float]:
    with app.web_tier(), app.relay_tier(), app.worker_tier(single=False):
        app.warm_up()
        answer = app.load(kind="form", rate=rate, seconds=seconds)
        accepted: dict[str, float] = answer["accepted"]
        app.sink.wait_for(len(accepted), within=PATIENCE)
        came = {recipient: at for recipient, _, at in reversed(app.sink.arrivals())}
    waited = [(at, (came[one] - at) * 1000) for one, at in accepted.items() if one in came]
    waited.sort()
    times = quantiles([time for _, time in waited])
    third = len(waited) // 3
    return {
        "offered/s": rate,
        "accepted/s": answer["units"] / seconds,
        "p50 ms": times["p50"],
        "p99 ms": times["p99"],
        "first third p50 ms": _middle(waited[:third]),
        "last third p50 ms": _middle(waited[-third:]),
        "POST p99 ms": quantiles(answer["post_ms"])["p99"],
        "missing": float(len(accepted) - len(waited)),
    }


def _middle(waited: list[tuple[float, float]]) -> float:
    return median(time for _, time in waited)


MEASURES: dict[str, Callable[[App, Scale], dict[str, float]]] = {"light": light, "heavy": heavy}
