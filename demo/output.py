"""What the person at the terminal reads."""

import os
import queue
import sys
import threading
from collections.abc import Mapping

HELD_LINES = 10_000
"""Lines kept for a reader who is slow; beyond that lines are left out, and their number is said."""
LAST_WORDS = 0.5
"""Seconds a reader has to take the rest once everything has stopped."""
COLOURS = (36, 33, 32, 35, 34, 96, 93, 92)
"""ANSI foreground colours, one after the other for each name."""


class Output:
    """Writes whole lines to a file descriptor, and never holds up those who speak.

    A reader who stopped reading (a paused terminal, a pipe nobody empties) or went away must not freeze the product.
    """

    def __init__(self, descriptor: int, environ: Mapping[str, str]) -> None:
        self._descriptor = descriptor
        self._has_colours = (
            os.isatty(descriptor) and not environ.get("NO_COLOR") and environ.get("TERM", "dumb") != "dumb"
        )
        self._width = 0
        self._colour: dict[str, int] = {}
        self._lines: queue.Queue[str | None] = queue.Queue(HELD_LINES)
        self._left_out = 0
        self._writer = threading.Thread(target=self._write_lines, daemon=True, name="output")
        self._writer.start()

    def introduce(self, name: str) -> None:
        """Make room for the lines of ``name``, and give it a colour."""
        self._width = max(self._width, len(name))
        self._colour.setdefault(name, COLOURS[len(self._colour) % len(COLOURS)])

    def say(self, text: str) -> None:
        """Write a line of our own."""
        self._put(text)

    def pass_on(self, name: str, text: str) -> None:
        """Write a line that the process ``name`` wrote."""
        prefix = f"{name:{self._width}} | "
        if self._has_colours:
            prefix = f"\x1b[{self._colour[name]}m{prefix}\x1b[0m"
        self._put(prefix + text)

    def close(self) -> None:
        """Write what is left, unless nobody reads it."""
        try:
            self._lines.put(None, timeout=LAST_WORDS)
        except queue.Full:
            return
        self._writer.join(LAST_WORDS)

    def _put(self, line: str) -> None:
        try:
            if self._left_out:
                self._lines.put_nowait(f"... {self._left_out} lines left out, because nobody read them ...")
                self._left_out = 0
            self._lines.put_nowait(line)
        except queue.Full:
            self._left_out += 1

    def _write_lines(self) -> None:
        while (line := self._lines.get()) is not None:
            self._write(line.encode(errors="replace") + b"\n")

    def _write(self, data: bytes) -> None:
        try:
            while data:
                data = data[os.write(self._descriptor, data) :]
        except OSError:
            # The reader went away; the product stays.
            self._descriptor = os.open(os.devnull, os.O_WRONLY)


class Lines:
    """Cuts what a process writes into lines."""

    LONGEST = 65_536
    """Bytes after which a line is passed on although it has no end yet."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[str]:
        """Return the lines that ``data`` completes."""
        *whole, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > self.LONGEST:
            whole.append(self._rest)
            self._rest = b""
        return [self._text(line) for line in whole]

    def end(self) -> list[str]:
        """Return what was written after the last line end."""
        rest, self._rest = self._rest, b""
        return [self._text(rest)] if rest else []

    @staticmethod
    def _text(line: bytes) -> str:
        return line.removesuffix(b"\r").decode(errors="replace")


def standard_output() -> int:
    """Return the descriptor of standard output."""
    return sys.stdout.fileno()
