"""One program of the installation: started, started again when it ends, and stopped."""

import os
import signal
import subprocess
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

# The shell waits for a word before it becomes the program: until the guardian knows the process, nothing has begun, and
# when the supervisor is killed in between, the end of the pipe ends the shell.
GATE = 'read -r _ && exec "$@" </dev/null'


class Stage(IntEnum):
    """The order of stopping: a mail in flight needs the inbox and the broker until the worker has stopped."""

    PRODUCT = 0
    INBOX = 1
    BROKER = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """What to run.

    ``grace`` is in seconds. ``once`` marks a step that must succeed before the product starts. ``ready_file`` is what
    the program touches when it is up; ``is_ready`` tells the same of one that can be asked.
    """

    name: str
    words: tuple[str, ...]
    variables: Mapping[str, str]
    folder: Path
    stage: Stage = Stage.PRODUCT
    grace: float = 10.0
    once: bool = False
    ready_file: Path | None = None
    is_ready: Callable[[], bool] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """When to start again, and when to give up; all in seconds but ``most_deaths``."""

    first_wait: float = 0.5
    longest_wait: float = 10.0
    settled_after: float = 30.0
    most_deaths: int = 10
    within: float = 60.0


class Child:
    """A program and the process it runs in, if it runs."""

    def __init__(self, program: Program, pace: Pace) -> None:
        self.program = program
        self.process: subprocess.Popen[bytes] | None = None
        self.start_at: float | None = None
        """When to start, by the monotonic clock; None while it runs or must not run."""
        self.kill_at: float | None = None
        """When patience ends, once it was asked to stop."""
        self._pace = pace
        self._wait = pace.first_wait
        self._started = 0.0
        self._deaths: deque[float] = deque(maxlen=pace.most_deaths)

    def start(self, now: float) -> int:
        """Create the process, which waits at the gate, and return its id.

        A session of its own keeps a Ctrl-C in the terminal away from it: only the supervisor ends it.
        """
        program = self.program
        if program.ready_file:
            program.ready_file.unlink(missing_ok=True)
        self.start_at = None
        self._started = now
        self.process = subprocess.Popen(  # noqa: S603 (the words come from the Procfile of this checkout)
            ["/bin/sh", "-c", GATE, program.name, *program.words],
            cwd=program.folder,
            env=dict(program.variables),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        return self.process.pid

    def open_gate(self) -> None:
        """Let the process become the program."""
        if self.process and self.process.stdin:
            with suppress(BrokenPipeError), self.process.stdin as gate:
                gate.write(b"go\n")

    def collect(self) -> int | None:
        """Return the exit code when the process has ended since the last look, else None.

        What it started and left behind in its group ends with it: it would hold the port the next start needs.
        """
        if self.process is None or (code := self.process.poll()) is None:
            return None
        self._kill_group(self.process.pid)
        self.process = None
        self.kill_at = None
        return code

    def plan_restart(self, now: float) -> float | None:
        """Note a death and return the seconds until the next start; None when there were too many."""
        self._deaths.append(now)
        if len(self._deaths) == self._pace.most_deaths and now - self._deaths[0] <= self._pace.within:
            return None
        if now - self._started >= self._pace.settled_after:
            self._wait = self._pace.first_wait
        wait = self._wait
        self._wait = min(self._wait * 2, self._pace.longest_wait)
        self.start_at = now + wait
        return wait

    def ask_to_stop(self, now: float) -> None:
        """Ask the parent process alone, so that it can finish what its own children do."""
        if self.process and self.kill_at is None:
            self.process.send_signal(signal.SIGTERM)
            self.kill_at = now + self.program.grace

    def kill(self) -> None:
        """End the process and everything it started, at once."""
        if self.process:
            self._kill_group(self.process.pid)

    @staticmethod
    def _kill_group(pid: int) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)
