"""Programs that the benchmarks start, watch and end: each leads a group of its own, so that none of its own stays."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[1]
GRACE = 10.0
"""Seconds to end in peace."""
_LIVING: set["Program"] = set()
READY_WITHIN = 60.0


class Program:
    """A running program and everything it started."""

    def __init__(self, name: str, words: Sequence[str], *, variables: Mapping[str, str], folder: Path) -> None:
        self._name = name
        self._words = words
        self._log = folder / f"{name}.log"
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                words,
                cwd=ROOT,
                env=environment(variables),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # a Ctrl-C in the terminal is for the benchmarks, which end this
            )
        _LIVING.add(self)

    def wait_until(self, is_ready: Callable[[], bool]) -> None:
        """Return when it is up.

        Raises:
            RuntimeError: it ended, or took too long; with the last it said.
        """
        end = time.monotonic() + READY_WITHIN
        while not is_ready():
            if self._process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"{self._name} did not start:\n{self._log.read_text()[-3000:]}")
            time.sleep(0.02)

    def kill(self) -> None:
        """End the whole group at once, as a power cut would."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        _LIVING.discard(self)

    def stop(self) -> None:
        """Ask it to end, and end what remains."""
        self._process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(GRACE)
        self.kill()

    def memory_mib(self) -> float:
        """Proportional share of memory of the program and its children, in MiB."""
        leader = psutil.Process(self._process.pid)
        return sum(one.memory_full_info().pss for one in (leader, *leader.children(recursive=True))) / 2**20

    def cpu_seconds(self) -> float:
        """Processor time of the program and its living children so far."""
        leader = psutil.Process(self._process.pid)
        return sum(sum(one.cpu_times()[:2]) for one in (leader, *leader.children(recursive=True)))


@contextmanager
def running(
    name: str, words: Sequence[str], *, variables: Mapping[str, str], folder: Path, is_ready: Callable[[], bool]
) -> Iterator[Program]:
    """A program that is up inside the block and gone behind it."""
    program = Program(name, words, variables=variables, folder=folder)
    try:
        program.wait_until(is_ready)
        yield program
    finally:
        program.stop()


def end_all() -> None:
    """End what is still there: an interruption may come anywhere, even while something is being ended."""
    for program in list(_LIVING):
        program.kill()


def environment(variables: Mapping[str, str]) -> dict[str, str]:
    """The variables of a program: ours in front, and our own Python's programs first on PATH."""
    path = f"{Path(sys.executable).parent}:{os.environ.get('PATH', '/usr/local/bin:/usr/bin:/bin')}"
    return {**os.environ, "PATH": path, "PYTHONUNBUFFERED": "1", **variables}


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def accepts(port: int) -> bool:
    """True when somebody listens on the port."""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False
