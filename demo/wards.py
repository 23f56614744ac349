"""The supervisor's end of the guardian's pipe."""

import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from demo.guardian import Charge

PROGRAM = Path(__file__).with_name("guardian.py")


class Wards:
    """The processes that must not outlive us, told to a guardian process that stops them should we be killed."""

    def __init__(self, lock: int) -> None:
        """``lock`` is the open lock file of VAR_DIR: the guardian holds it too, until all is stopped."""
        self._lock = lock
        self._charges: dict[int, Charge] = {}
        self._guardian = self._start()

    def add(self, charge: Charge) -> None:
        """Put a process under guard."""
        self._charges[charge.pid] = charge
        self._tell(charge.line())

    def remove(self, pid: int) -> None:
        """Take a process that has ended off the list."""
        self._charges.pop(pid, None)
        self._tell(f"- {pid}\n")

    def look(self) -> None:
        """Start the guardian again if something ended it."""
        if self._guardian.poll() is not None:
            self._close_pipe()
            self._guardian = self._start()
            for charge in self._charges.values():
                self._tell(charge.line())

    def close(self) -> None:
        """Let the guardian go; with nothing on its list it ends at once."""
        self._close_pipe()
        with suppress(subprocess.TimeoutExpired):
            self._guardian.wait(timeout=5)

    def _start(self) -> subprocess.Popen[str]:
        return subprocess.Popen(  # noqa: S603 (a file of this package)
            [sys.executable, "-I", "-S", PROGRAM],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(self._lock,),
            start_new_session=True,
            text=True,
            bufsize=1,
        )

    def _tell(self, line: str) -> None:
        # A guardian that is gone is started again, and told everything, at the next look.
        with suppress(BrokenPipeError):
            if self._guardian.stdin:
                self._guardian.stdin.write(line)

    def _close_pipe(self) -> None:
        with suppress(BrokenPipeError):
            if self._guardian.stdin:
                self._guardian.stdin.close()
