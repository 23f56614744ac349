"""Several threads that begin together, against one stopwatch."""

import threading
import time
from collections.abc import Callable, Sequence


class Crew:
    """Threads that each do one piece of work."""

    def __init__(self, work: Sequence[Callable[[], None]]) -> None:
        self._threads = [threading.Thread(target=one, daemon=True) for one in work]
        self._began = 0.0

    def start(self) -> None:
        self._began = time.monotonic()
        for thread in self._threads:
            thread.start()

    @property
    def elapsed(self) -> float:
        """Seconds since the beginning."""
        return time.monotonic() - self._began

    def is_busy(self) -> bool:
        """True while somebody is still at work."""
        return any(thread.is_alive() for thread in self._threads)

    def join(self) -> None:
        """Wait until all are done."""
        for thread in self._threads:
            thread.join()

    def wait_until(self, second: float) -> None:
        """Sleep until so many seconds after the beginning."""
        time.sleep(max(0.0, self._began + second - time.monotonic()))
