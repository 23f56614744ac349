"""Sign-ups a second and the time of the POST, with everything running; then what the processes take."""

from collections.abc import Mapping, Sequence

import psutil

from benchmarks.apps import App
from benchmarks.comparison import shares
from benchmarks.comparison.scale import Scale
from benchmarks.figures import quantiles

TITLE = "Sign-up, everything running (form: GET and POST of a new visitor)"
GOALS = {
    "form, 8 clients: sign-ups/s": "at least 2.0",
    "form, 32 clients: sign-ups/s": "at least 2.0",
    "form, 8 clients: POST p99 ms": "at most 0.75",
}


def measure(app: App, scale: Scale) -> dict[str, float]:
    """Offer both kinds of sign-up to closed loops of visitors."""
    figures: dict[str, float] = {}
    with app.web_tier() as web, app.relay_tier() as relay, app.worker_tier(single=False) as worker:
        app.warm_up()
        programs = {"web": web, "relay": relay, "worker": worker}
        for kind in ("form", "api"):
            for clients in scale.clients:
                app.sink.clear()
                before = shares.used(app, programs)
                psutil.cpu_percent()
                answer = app.load(kind=kind, clients=clients, seconds=scale.seconds, warm_up=scale.warm_up)
                busy = psutil.cpu_percent()
                taken = shares.each(before, shares.used(app, programs), len(answer["accepted"]))
                name = f"{kind}, {clients} client{'s' * (clients > 1)}:"
                app.sink.wait_until_quiet(within=60)
                figures[f"{name} sign-ups/s"] = answer["units"] / answer["seconds"]
                figures[f"{name} with their mails/s"] = _with_mails(answer["accepted"], app.sink.arrivals())
                times = quantiles(answer["post_ms"])
                for quantile in ("p50", "p95", "p99"):
                    figures[f"{name} POST {quantile} ms"] = times[quantile]
                for label, figure in taken.items():
                    figures[f"{name} {label}"] = figure
                figures[f"{name} machine busy, %"] = busy
                if answer["refused"]:
                    figures[f"{name} not accepted"] = sum(answer["refused"].values())
        figures["memory of web, MiB"] = web.memory_mib()
        figures["memory of worker, MiB"] = worker.memory_mib()
        relay_memory = relay.memory_mib() if relay else 0.0
        figures["memory of relay, MiB"] = relay_memory
        figures["memory of all, MiB"] = figures["memory of web, MiB"] + figures["memory of worker, MiB"] + relay_memory
    return figures


def _with_mails(accepted: Mapping[str, float], arrivals: Sequence[tuple[str, str, float]]) -> float:
    """Sign-ups a second from the first that was accepted until the last of their mails came."""
    came = [at for recipient, _, at in arrivals if recipient in accepted]
    return len(came) / (max(came) - min(accepted.values())) if came else 0.0
