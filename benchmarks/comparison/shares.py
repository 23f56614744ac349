"""Who takes the processor time of the machine that all of them share: what bounds a figure."""

import resource
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress

import psutil

from benchmarks.apps import App
from benchmarks.processes import Program

SERVERS = {"postgres": "PostgreSQL", "redis-server": "Redis"}
"""Servers that the benchmarks do not start, by the name of their processes."""


def used(app: App, programs: Mapping[str, Program | None]) -> Counter[str]:
    """Processor seconds so far of the programs by name, of the servers, of the mail server and of the visitors."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)  # of the visitors: nothing else ends while it is measured
    seconds = Counter({name: program.cpu_seconds() for name, program in programs.items() if program})
    seconds["mail server"] = app.sink.cpu_seconds()
    seconds["visitors"] = ended.ru_utime + ended.ru_stime
    for process in psutil.process_iter(["name"]):
        with suppress(psutil.NoSuchProcess):
            if process.info["name"] in SERVERS:
                seconds[SERVERS[process.info["name"]]] += sum(process.cpu_times()[:2])
    return seconds


def each(before: Mapping[str, float], after: Mapping[str, float], count: int) -> dict[str, float]:
    """Milliseconds that one of ``count`` pieces of work took of each, as figures to print."""
    return {f"CPU ms each, {who}": 1000 * (after[who] - before[who]) / max(1, count) for who in after}
