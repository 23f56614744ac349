"""A real Prometheus that reads the product's figures every second, with the product's own rules in a hurry."""

import re
import shutil
import subprocess
import time
from pathlib import Path

import httpx

from tests.e2e.installation import ROOT, free_ports

RULES = ROOT / "monitoring" / "alerts.yml"
FACTOR = 30
"""How much shorter an alert has to hold until it fires, and how much shorter the windows of rates are."""
LONGEST_WINDOW = 60
SHORTEST = 2
_SECONDS = {"s": 1, "m": 60, "h": 3600}
_FOR = re.compile(r"(?m)^(\s+for: )(\d+)([smh])$")
_WINDOW = re.compile(r"\[(\d+)([smh])\]")
UP_WITHIN = 30.0


class NoPrometheus(Exception):
    """There is no Prometheus on PATH."""


def in_a_hurry(rules: str) -> str:
    """Give the rules with shorter times; what is asked for, and from which height on, stays as it is."""

    def shorter(count: str, unit: str, longest: int) -> str:
        return f"{max(SHORTEST, min(int(count) * _SECONDS[unit] // FACTOR, longest))}s"

    rules = _FOR.sub(lambda found: found[1] + shorter(found[2], found[3], 3600), rules)
    return _WINDOW.sub(lambda found: f"[{shorter(found[1], found[2], LONGEST_WINDOW)}]", rules)


class Prometheus:
    """One server in a folder of its own."""

    def __init__(self, folder: Path, metrics_port: str) -> None:
        """Start it.

        Raises:
            NoPrometheus: it is not installed.
        """
        program = shutil.which("prometheus")
        if program is None:
            raise NoPrometheus("Prometheus is missing: install it (Debian: apt install prometheus)")
        folder.mkdir()
        (folder / "alerts.yml").write_text(in_a_hurry(RULES.read_text(encoding="utf-8")), encoding="utf-8")
        (folder / "prometheus.yml").write_text(
            "global: {scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}\n"
            "rule_files: [alerts.yml]\n"
            "scrape_configs:\n"
            "  - job_name: gatehouse\n"
            f"    static_configs: [{{targets: ['127.0.0.1:{metrics_port}']}}]\n",
            encoding="utf-8",
        )
        (port,) = free_ports(1)
        self.url = f"http://127.0.0.1:{port}"
        with (folder / "log").open("wb") as log:
            self._process = subprocess.Popen(
                [
                    program,
                    f"--config.file={folder / 'prometheus.yml'}",
                    f"--storage.tsdb.path={folder / 'data'}",
                    f"--web.listen-address=127.0.0.1:{port}",
                ],
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def wait_until_up(self) -> None:
        """Return once it answers.

        Raises:
            AssertionError: it does not.
        """
        end = time.monotonic() + UP_WITHIN
        while time.monotonic() < end:
            try:
                if httpx.get(f"{self.url}/-/ready").is_success:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.1)
        raise AssertionError("Prometheus does not answer")

    def firing(self) -> set[str]:
        """The names of the alerts that fire at this moment."""
        answer = httpx.get(f"{self.url}/api/v1/alerts", timeout=10).json()
        return {one["labels"]["alertname"] for one in answer["data"]["alerts"] if one["state"] == "firing"}

    def value(self, query: str) -> str:
        """What a query gives now, in Prometheus' own words; for the report of what went wrong."""
        return httpx.get(f"{self.url}/api/v1/query", params={"query": query}, timeout=10).text

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(30)
