"""How often something is done that would cost too much at every turn."""

import time


class Pace:
    """At most once in so many seconds; not thread-safe."""

    def __init__(self, every: float) -> None:
        """``every``: seconds between two times at the least; the first is due at once."""
        self._every = every
        self._next = 0.0

    def take_turn(self) -> bool:
        """True when it is due, which it is not again until that time has passed."""
        if self.remaining() > 0:
            return False
        self._next = time.monotonic() + self._every
        return True

    def remaining(self) -> float:
        """Seconds until it is due; 0 when it is."""
        return max(0.0, self._next - time.monotonic())
