"""The driver's end of the proxy."""

import json
import subprocess
import sys
import threading
from collections.abc import Mapping
from typing import Any

from tests.e2e.installation import ROOT, free_ports


class Proxies:
    """A running proxy with one named route for each server; ``ports`` says where each is reached."""

    def __init__(self, targets: Mapping[str, int]) -> None:
        """``targets`` are the ports of the servers behind it, on this machine."""
        self.ports = dict(zip(targets, free_ports(len(targets)), strict=True))
        self._guard = threading.Lock()
        routes = [f"{name}={self.ports[name]}:127.0.0.1:{port}" for name, port in targets.items()]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.chaos.proxy", *routes],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self._heard("ready")

    def do(self, route: str, what: str, **more: Any) -> None:
        """Carry out a command of ``tests.chaos.proxy.Route.do``; returns once it holds."""
        with self._guard:
            assert self._process.stdin is not None
            self._process.stdin.write(json.dumps({"route": route, "do": what} | more) + "\n")
            self._process.stdin.flush()
            self._heard("done")

    def close(self) -> None:
        """End it, and with it every connection."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    def _heard(self, word: str) -> None:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert word in line, f"the proxy said {line!r}"
