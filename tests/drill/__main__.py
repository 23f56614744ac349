"""``make drill``: every alert caused on purpose, on real processes, and mended by the commands of the runbook."""

import argparse
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from tests.chaos.servers import CannotRun
from tests.drill import runbook
from tests.drill.causes import CAUSES, Cause
from tests.drill.product import Product, product
from tests.drill.prometheus import FACTOR, LONGEST_WINDOW, NoPrometheus, Prometheus
from tests.e2e.installation import ROOT

FIRES_WITHIN = 90.0
QUIET_WITHIN = 150.0
LOOK_EVERY = 0.2
THROUGH = 0o711
"""PostgreSQL runs as a user of its own and has to get through to its folder."""


@dataclass(slots=True)
class Line:
    """What became of one alert; times in seconds, None for never."""

    alert: str
    caused_by: str
    fired: float | None = None
    mended_by: str = ""
    quiet: float | None = None


class Drill:
    """Goes through causes, and keeps the lines of the table."""

    def __init__(self, one: Product, prometheus: Prometheus) -> None:
        self._product = one
        self._prometheus = prometheus
        self._sections = runbook.sections()
        self._hands = runbook.Hands(ROOT, one.installation.environment, one.restart)
        self.lines: list[Line] = []

    def go_through(self, cause: Cause) -> None:
        lines = [Line(alert, caused_by) for alert, caused_by in cause.alerts.items()]
        self.lines += lines
        began = time.monotonic()
        cause.begin(self._product)
        at_once = lines[:1] if cause.calls_for_help else lines
        self._wait_until_they_fire(at_once, began)
        ended = time.monotonic()
        if not cause.calls_for_help:
            cause.help(self._product)
        self._mend(at_once, cause.helped_by)
        if cause.calls_for_help:
            cause.help(self._product)
            ended = time.monotonic()
            self._wait_until_they_fire(lines[1:], ended)
            self._mend(lines[1:], cause.helped_by)
        self._wait_until_quiet(lines, ended)
        for line in lines:
            say(f"{line.alert}: fired after {told(line.fired)}, quiet after {told(line.quiet)}")

    def _wait_until_they_fire(self, lines: list[Line], began: float) -> None:
        end = time.monotonic() + FIRES_WITHIN
        while time.monotonic() < end and any(line.fired is None for line in lines):
            firing = self._prometheus.firing()
            for line in lines:
                if line.fired is None and line.alert in firing:
                    line.fired = time.monotonic() - began
            time.sleep(LOOK_EVERY)

    def _wait_until_quiet(self, lines: list[Line], ended: float) -> None:
        end = time.monotonic() + QUIET_WITHIN
        while time.monotonic() < end and any(line.quiet is None for line in lines):
            firing = self._prometheus.firing()
            for line in lines:
                if line.quiet is None and line.alert not in firing:
                    line.quiet = time.monotonic() - ended
            time.sleep(LOOK_EVERY)

    def _mend(self, lines: Iterable[Line], helped_by: Mapping[str, str]) -> None:
        for line in lines:
            commands = self._sections[line.alert]
            line.mended_by = "; ".join(
                [
                    *(short(command) for command in commands),
                    *([helped_by[line.alert]] if line.alert in helped_by else []),
                ]
            )
            try:
                self._hands.follow(commands)
            except subprocess.CalledProcessError as error:
                line.mended_by = f"DID NOT WORK: {error.cmd}: {error.stdout}{error.stderr}"


def short(command: str) -> str:
    """A command as it fits into a table."""
    plain = command.removeprefix(".venv/bin/flask --app gateway ").removeprefix("docker compose ")
    return f"`{runbook.ID.sub('ID', plain)}`".replace("|", "\\|")


def told(seconds: float | None) -> str:
    return "never" if seconds is None else f"{seconds:.0f} s"


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def tell(lines: list[Line], *, is_complete: bool) -> bool:
    """Print the table; true when every alert fired, was mended and went quiet, and none is missing."""
    say("\n| alert | caused by | fired after | mended by | quiet after |\n| --- | --- | ---: | --- | ---: |")
    for line in lines:
        say(f"| {line.alert} | {line.caused_by} | {told(line.fired)} | {line.mended_by} | {told(line.quiet)} |")
    missing = runbook.sections().keys() - {line.alert for line in lines} if is_complete else set()
    if missing:
        say(f"\nnot caused: {', '.join(sorted(missing))}")
    return not missing and all(
        line.fired is not None and line.quiet is not None and not line.mended_by.startswith("DID NOT") for line in lines
    )


def main() -> int:
    """Drill; 1 when an alert did not fire, was not mended or did not go quiet, 2 when the machine lacks something."""
    options = argparse.ArgumentParser(prog="make drill")
    options.add_argument("--only", action="append", help="only the causes of this alert; may be given again")
    chosen = options.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # what was started is stopped
    causes = [cause for cause in CAUSES if not chosen.only or cause.alerts.keys() & set(chosen.only)]
    began = time.monotonic()
    say(f"Every 'for' is {FACTOR} times shorter; so are the windows of rates, of at most {LONGEST_WINDOW} s.")
    with tempfile.TemporaryDirectory(prefix="gatehouse-drill-") as name:
        folder = Path(name)
        folder.chmod(THROUGH)
        try:
            with product(folder) as one:
                metrics_port = one.installation.variables["METRICS_PORT"]
                with closing(Prometheus(folder / "prometheus", metrics_port)) as prometheus:
                    prometheus.wait_until_up()
                    drill = Drill(one, prometheus)
                    for cause in causes:
                        drill.go_through(cause)
        except (CannotRun, NoPrometheus) as error:
            say(f"drill: {error}")
            return 2
    is_good = tell(drill.lines, is_complete=not chosen.only)
    say(f"\n{len(drill.lines)} alerts in {time.monotonic() - began:.0f} s")
    return 0 if is_good else 1


if __name__ == "__main__":
    raise SystemExit(main())
