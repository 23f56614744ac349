"""How fast one worker process sends what waits, to a mail server next door and to one far away."""

import psutil

from benchmarks.apps import App
from benchmarks.comparison import shares
from benchmarks.comparison.scale import Scale

TITLE = "Drain of waiting mails by one worker process"
FAR_TITLE = "The same against a mail server that takes 10 ms for each reply"
MAILS = "mails/s"
GOALS = {MAILS: "at least 3.5"}
FAR_GOALS = {MAILS: "at least 12"}
LONGEST = 180.0
"""Seconds."""


def near(app: App, scale: Scale) -> dict[str, float]:
    """A mail server that answers at once."""
    return _drain(app, scale.drained)


def far(app: App, scale: Scale) -> dict[str, float]:
    """One whose answers take a while."""
    app.sink.behave(reply_after=scale.far_reply_ms)
    return _drain(app, scale.far[app.name == "ours"])


def _drain(app: App, count: int) -> dict[str, float]:
    with app.web_tier() as web, app.relay_tier() as relay:
        app.queue(count)
        with app.worker_tier(single=True) as worker:
            programs = {"worker": worker, "relay": relay, "web": web}
            early, before = app.sink.count(), shares.used(app, programs)
            psutil.cpu_percent()
            app.sink.wait_for(count, within=LONGEST)
            busy = psutil.cpu_percent()
            taken = shares.each(before, shares.used(app, programs), count - early)
    times = sorted(at for _, _, at in app.sink.arrivals())
    copies = app.sink.copies()
    return {
        MAILS: (len(times) - 1) / (times[-1] - times[0]),
        **taken,
        "machine busy, %": busy,
        "missing": float(count - len(copies)),
        "came twice": float(sum(number > 1 for number in copies.values())),
    }
