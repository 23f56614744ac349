"""A copy of the demonstration for a test: real processes, a folder of its own, free ports."""

import os
import random
import signal
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from demo.environment import PORTS
from demo.guardian import is_alive

CHECKOUT = Path(__file__).resolve().parents[2]
PATIENCE = 20.0
"""Seconds: far beyond what anything here takes, so that only a defect reaches it."""

DRIVER = """
import os
from pathlib import Path
from demo import programs
from demo.child import Pace
from demo.start import start
programs.GRACE |= {grace}
pace = Pace(**{pace})
raise SystemExit(start(Path({root!r}), os.environ, procfile=Path({procfile!r}), install={install!r}, pace=pace))
"""


T = TypeVar("T")


def until(question: Callable[[], T], *, patience: float = PATIENCE) -> T:
    """Ask until the answer is true, and return it."""
    end = time.monotonic() + patience
    while not (answer := question()):
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.01)
    return answer


class Copy:
    """A copy of the demonstration with programs of the test's own, in a process of its own."""

    def __init__(
        self,
        folder: Path,
        programs: Mapping[str, str],
        *,
        variables: Mapping[str, str],
        grace: Mapping[str, float],
        pace: Mapping[str, float],
        install: str,
        is_read: bool,
    ) -> None:
        """``programs`` holds a Procfile command by name, or, when it has several lines, a Python script."""
        self.var_dir = folder / "var"
        self.folder = folder
        self.log = folder / "log"
        folder.mkdir(parents=True, exist_ok=True)
        lines = []
        for name, code in programs.items():
            command = code
            if "\n" in code:
                script = folder / f"{name}.py"
                script.write_text(textwrap.dedent(code))
                command = f"python {script}"
            lines.append(f"{name}: {command}")
        procfile = folder / "Procfile"
        procfile.write_text("\n".join(lines))
        step = folder / "install.py"
        step.write_text(textwrap.dedent(install))
        driver = DRIVER.format(
            root=str(CHECKOUT),
            procfile=str(procfile),
            grace=dict(grace),
            pace=dict(pace),
            install=("python", str(step)) if install else (),
        )
        self.variables = {**os.environ, "VAR_DIR": str(self.var_dir), "FOLDER": str(folder), **variables}
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", driver],
                cwd=CHECKOUT,
                env=self.variables,
                stdin=subprocess.DEVNULL,
                stdout=log if is_read else subprocess.PIPE,
                stderr=log,
                start_new_session=True,
            )

    @property
    def printed(self) -> list[str]:
        return self.log.read_text().splitlines()

    def wait_for_line(self, text: str) -> str:
        return until(lambda: next((line for line in self.printed if text in line), ""))

    def wait_for_file(self, name: str) -> str:
        """The text of a file that a program writes, once it is complete with its line end."""

        def read() -> str:
            path = self.folder / name
            text = path.read_text() if path.exists() else ""
            return text if text.endswith("\n") else ""

        return until(read).strip()

    def press_ctrl_c(self) -> None:
        """As a terminal does: to everybody in the foreground group, not to one process."""
        os.killpg(self.process.pid, signal.SIGINT)

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)

    def is_gone(self) -> bool:
        return not self.left_running()

    def left_running(self) -> list[str]:
        """The command lines of every process that was started with the environment of this copy."""
        mark = f"VAR_DIR={self.var_dir}".encode()
        found = []
        for proc in Path("/proc").glob("[0-9]*"):
            try:
                if mark in (proc / "environ").read_bytes().split(b"\0") and is_alive(int(proc.name)):
                    found.append((proc / "cmdline").read_bytes().replace(b"\0", b" ").decode())
            except OSError:
                continue
        return found


def free_ports() -> dict[str, str]:
    """A free port for every setting that names one, below those that connections going out are given."""
    found: list[str] = []
    while len(found) < len(PORTS):
        port = random.randrange(20_000, 32_000)
        if str(port) in found:
            continue
        with socket.socket() as listener, suppress(OSError):
            listener.bind(("127.0.0.1", port))
            found.append(str(port))
    return dict(zip(PORTS, found, strict=True))
