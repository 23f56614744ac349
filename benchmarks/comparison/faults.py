"""What is missing and what came twice when mails are refused for now and the worker is killed in the middle."""

import time
from collections import Counter

from benchmarks.apps import App
from benchmarks.comparison.scale import Scale

TITLE = "10 % answered 451 at first, worker killed -9 half way and started again: 20 s after the kill"
GOALS = {"missing": "ours 0"}


def measure(app: App, scale: Scale) -> dict[str, float]:
    """Let mails wait, begin to send them, kill, start again, count."""
    count = scale.faulty
    app.sink.behave(refuse_first=scale.refused_share)
    with app.web_tier(), app.relay_tier():
        expected = app.queue(count)
        with app.worker_tier(single=True) as worker:
            half = app.sink.wait_for(count * 45 // 100, within=60)
            worker.kill()
        killed = time.monotonic()
        before = app.sink.count()
        with app.worker_tier(single=True):
            end = killed + scale.faults_seconds
            while time.monotonic() < end:
                time.sleep(0.1)
            arrivals = app.sink.arrivals()
    copies = Counter(recipient for recipient, _, _ in arrivals)
    names = {(recipient, name) for recipient, name, _ in arrivals}
    last = max(at for _, _, at in arrivals)
    if not half:
        raise RuntimeError(f"{app.name} did not send half of its mails before the kill")
    return {
        "sent before the kill": float(before),
        "missing": float(sum(one not in copies for one in expected)),
        "came twice": float(sum(number > 1 for number in copies.values())),
        "copies under another Message-ID": float(len(names) - len(copies)),
        "last mail after, s": last - killed,
    }
