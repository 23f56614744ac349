"""The mail server of ``benchmarks.sink``, as the measures see it."""

import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psutil

from benchmarks.processes import ROOT, environment

QUIET = 3.0
"""Seconds without a mail after which no more is expected."""


class MailSink:
    """Takes every mail and counts."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.sink"],
            cwd=ROOT,
            env=environment({}),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())

    def stop(self) -> None:
        """End it: its input is over."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()

    def cpu_seconds(self) -> float:
        """Processor time so far."""
        return float(sum(psutil.Process(self._process.pid).cpu_times()[:2]))

    def count(self) -> int:
        """Mails so far, copies included."""
        return int(self._ask(do="count")["count"])

    def arrivals(self) -> list[tuple[str, str, float]]:
        """Recipient, Message-ID and monotonic time of each mail, in order."""
        return [(to, name, at) for to, name, at in self._ask(do="dump")["mails"]]

    def clear(self) -> None:
        """Forget what came."""
        self._ask(do="clear")

    def behave(self, *, reply_after: float = 0.0, refuse_first: float = 0.0) -> None:
        """Answer after so many milliseconds; refuse so large a share of recipients (0 to 1) once, with 451."""
        self._ask(do="behave", reply_after=reply_after, refuse_first=refuse_first)

    def wait_for(self, count: int, *, within: float, keep: Callable[[], bool] = lambda: True) -> bool:
        """True when so many mails have come; False when the time is over or ``keep`` says no more."""
        end = time.monotonic() + within
        while self.count() < count:
            if time.monotonic() > end or not keep():
                return False
            time.sleep(0.01)
        return True

    def wait_until_quiet(self, *, within: float) -> None:
        """Return when no mail came for a while."""
        end = time.monotonic() + within
        last, since = self.count(), time.monotonic()
        while time.monotonic() < end and time.monotonic() - since < QUIET:
            time.sleep(0.1)
            if (count := self.count()) != last:
                last, since = count, time.monotonic()

    def copies(self) -> Counter[str]:
        """Mails by recipient."""
        return Counter(recipient for recipient, _, _ in self.arrivals())

    def _ask(self, **question: Any) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer


@contextmanager
def mail_sink() -> Iterator[MailSink]:
    """A mail server of our own for the block."""
    sink = MailSink()
    try:
        yield sink
    finally:
        sink.stop()
