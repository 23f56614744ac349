"""Half an hour without faults: does memory stay flat, and does the broker forget what is done?"""

import statistics
import time
from collections import defaultdict

import psutil

from tests.chaos.driver import Crowd
from tests.chaos.gathering import Tables
from tests.chaos.hands import COMMANDS
from tests.chaos.oracle import History, judge
from tests.chaos.profiles import Stand, stand
from tests.chaos.run import say, workplace
from tests.chaos.servers import wait_until

RATE = 20.0
"""Sign-ups a second."""
EVERY = 30.0
SETTLING = 0.25
"""Share of the samples, from the beginning, that are left out of the slope: caches fill, pools grow to their size."""
PROGRAMS = {"web": "gateway.app:create_app", **COMMANDS, "flower": "worker.flower"}
KEYS = "broker keys"


def watch(profile: str, *, minutes: float) -> bool:
    """Sign people up for so many minutes and print the samples and slopes; True when nothing was lost.

    Raises:
        CannotRun: the machine has not what the profile needs.
    """
    samples: dict[str, list[tuple[float, float]]] = defaultdict(list)
    with workplace() as folder, stand(profile, folder, seed=1, calm=True) as one:
        tables = Tables(one.database_url)
        crowd = Crowd(int(one.installation.variables["PORT"]), count=int(minutes * 60 * RATE), rate=RATE)
        crowd.start()
        began = time.monotonic()
        while (at := time.monotonic() - began) < minutes * 60:
            line = f"  {at:5.0f} s  accepted {len(crowd.told.accepted)}"
            for what, value in _sample(one).items():
                samples[what].append((at, value))
                line += f"  {what} {value:.1f}"
            say(line)
            time.sleep(min(EVERY, max(0.0, minutes * 60 - at)))
        crowd.join()
        wait_until(lambda: not tables.unfinished(), what="the outbox", within=120)
        time.sleep(1.0)
        history = History(accepted=list(crowd.told.accepted), rows=tables.rows(), copies=one.mails.copies())
        tables.close()
    verdict = judge(history)
    say(f"\n{profile}, {minutes:g} min at {RATE:g} sign-ups/s: accepted {verdict.accepted}, lost {verdict.lost}")
    for what, found in samples.items():
        values = [value for _, value in found]
        unit = "" if what == KEYS else " MiB"
        say(f"  {what:<14} first {values[0]:.1f}, last {values[-1]:.1f}{unit}, slope {slope(found):+.2f}{unit}/h")
    for finding in verdict.findings[:20]:
        say(f"  !! {finding}")
    return not verdict.findings


def slope(found: list[tuple[float, float]]) -> float:
    """What a line through the samples gains in an hour, once it has settled."""
    settled = found[int(len(found) * SETTLING) :]
    if len(settled) < 2:
        return 0.0
    times, values = zip(*settled, strict=True)
    return statistics.linear_regression(times, values).slope * 3600


def _sample(one: Stand) -> dict[str, float]:
    found: dict[str, float] = {}
    for name, words in PROGRAMS.items():
        found[name] = sum(_resident(process) for process in one.installation.processes(words)) / 2**20
    found[KEYS] = one.broker.keys()
    return found


def _resident(process: psutil.Process) -> float:
    try:
        return float(process.memory_info().rss)
    except psutil.NoSuchProcess:
        return 0.0
