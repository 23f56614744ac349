"""Stops what a killed supervisor left behind.

The supervisor starts this file as a process of its own and tells it, through a pipe, which processes run. The pipe ends
when the supervisor does, however it ends (``kill -9`` and the out-of-memory killer included): what is then still on the
list is stopped in the supervisor's order, with the same patience. A pipe is watched rather than a parent-death signal,
because that signal exists on Linux only, reaches no grandchild, cannot keep an order, and cannot insist.

Run as a file, without the package and without site-packages: it must start in milliseconds.
"""

import os
import signal
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

LOOK_EVERY = 0.02
"""Seconds."""
PROC = Path("/proc")


@dataclass(frozen=True)
class Charge:
    """A process to stop: lowest ``stage`` first, killed with its whole group after ``grace`` seconds."""

    pid: int
    stage: int
    grace: float

    def line(self) -> str:
        """Return what tells the guardian about this process."""
        return f"+ {self.pid} {self.stage} {self.grace}\n"


def watch(lines: Iterable[str]) -> None:
    """Keep the list from ``+ pid stage grace`` and ``- pid`` lines; at their end, stop whoever is on it."""
    charges: dict[int, Charge] = {}
    for line in lines:
        sign, pid, *rest = line.split()
        if sign == "+":
            charges[int(pid)] = Charge(int(pid), int(rest[0]), float(rest[1]))
        else:
            charges.pop(int(pid), None)
    for stage in sorted({charge.stage for charge in charges.values()}):
        _stop([charge for charge in charges.values() if charge.stage == stage])


def is_alive(pid: int) -> bool:
    """True while ``pid`` runs; a process that has ended and waits to be collected does not."""
    if not PROC.exists():  # macOS
        return _signal(pid, 0)
    try:
        status = (PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] not in "ZX"


def _stop(charges: list[Charge]) -> None:
    started = time.monotonic()
    for charge in charges:
        _signal(charge.pid, signal.SIGTERM)
    waiting = charges
    while waiting:
        late = time.monotonic() - started
        for charge in [c for c in waiting if late >= c.grace or not is_alive(c.pid)]:
            # The group outlives its leader when the leader was killed: nothing of it may stay.
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(charge.pid, signal.SIGKILL)
            waiting = [c for c in waiting if c is not charge]
        time.sleep(LOOK_EVERY)


def _signal(pid: int, number: int) -> bool:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


if __name__ == "__main__":
    watch(sys.stdin)
