"""``make bench``: what people wait for, what the whole takes, and the same of a plain application. Asserts nothing.

Absolute figures move from machine to machine: compare what was measured in one run.
"""

import argparse
import signal
from typing import Any

from benchmarks import pages, rows, search
from benchmarks.comparison import rounds as comparison
from benchmarks.comparison.scale import FULL, QUICK
from benchmarks.embedded import rounds as embedded
from benchmarks.machine import describe
from benchmarks.processes import end_all
from benchmarks.servers import Servers, find_servers

PARTS = ("embedded", "plain", "search", "rows", "pages")


def main() -> None:
    """Run the parts that were asked for, or all that this machine can."""
    options = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    options.add_argument("parts", nargs="*", help=f"of {', '.join(PARTS)}; all of them without a word")
    options.add_argument("--rounds", type=int, default=3, help="interleaved rounds")
    options.add_argument("--quick", action="store_true", help="fewer and shorter: figures to work by, not to tell")
    options.add_argument("--only", action="append", choices=comparison.MEASURES, help="of the part plain; repeatable")
    options.add_argument("--app", choices=("plain", "ours"), help="of the part plain: one of the two, without ratios")
    chosen = options.parse_args()
    if unknown := set(chosen.parts) - set(PARTS):
        options.error(f"no such part: {', '.join(sorted(unknown))}")
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)
    servers = find_servers()
    print(describe(servers), flush=True)
    try:
        _run(chosen, servers)
    finally:
        end_all()
        if servers is not None:
            servers.give_back()


def _run(chosen: argparse.Namespace, servers: Servers | None) -> None:
    parts = chosen.parts or PARTS
    if "embedded" in parts:
        embedded.run(servers, rounds=chosen.rounds, quick=chosen.quick)
    if "plain" in parts and servers is not None:
        scale = QUICK if chosen.quick else FULL
        names = chosen.only or list(comparison.MEASURES)
        comparison.run(servers, scale, rounds=chosen.rounds, names=names, only=chosen.app)
    elif "plain" in parts:
        print("\nno comparison with a plain application: it needs PostgreSQL and Redis")
    if "pages" in parts:
        pages.run(servers, rounds=chosen.rounds, quick=chosen.quick)
    for name, part in (("search", search), ("rows", rows)):
        if name in parts:
            part.run(rounds=chosen.rounds, quick=chosen.quick)


def _stop(*_: Any) -> None:
    """End in order, once: what a second Ctrl-C would leave behind is ended already."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    raise SystemExit(130)


if __name__ == "__main__":
    main()
