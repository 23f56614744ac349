"""Keeps the programs running, and stops them in order.

One thread, no polling: it sleeps until a process writes or ends, a signal comes, or something is due.
"""

import math
import os
import selectors
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import IO

from demo.child import Child, Pace, Program, Stage
from demo.guardian import Charge
from demo.output import Lines, Output
from demo.wards import Wards

CHUNK = 65_536
LOOK_EVERY = 0.02
"""Seconds between two questions whether the broker answers, while the product waits for it."""
SAME_KEY = 0.3
"""Seconds within which a second Ctrl-C is the same one, passed on by whoever started us."""
IN_A_HURRY = 2.0
"""Seconds the broker still has, to close its files, when everybody else was killed."""
LAST_LINES = 0.5
"""Seconds to read what the last processes wrote."""
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Supervisor:
    """Runs programs until it is told to stop, or one of them cannot live.

    Everything that is not of the product (broker, inbox) and the steps that run once start at the beginning; the
    product starts when the steps have succeeded and the broker answers.
    """

    def __init__(self, programs: Sequence[Program], *, pace: Pace, output: Output, lock: int) -> None:
        self._output = output
        self._children = [Child(program, pace) for program in programs]
        self._wards = Wards(lock)
        self._selector = selectors.DefaultSelector()
        self._product_started = False
        self._stopping = False
        self._hurried = False
        self._interrupted_at: float | None = None
        self._code = 0
        for program in programs:
            output.introduce(program.name)

    def run(self, *, on_start: Callable[[], None], on_stop: Callable[[], None]) -> int:
        """Run until stopped; return 0, or 1 when a program could not be kept alive.

        ``on_start`` is called once every program was started, ``on_stop`` once, when stopping begins.
        """
        self._on_start, self._on_stop = on_start, on_stop
        with self._signals() as signals:
            now = time.monotonic()
            for child in self._children:
                if child.program.once or child.program.stage is not Stage.PRODUCT:
                    self._start(child, now)
            while not (self._stopping and self._all_stopped()):
                self._wait()
                for number in signals():
                    self._heed(number)
                self._look(time.monotonic())
            self._read_last_lines()
        self._wards.close()
        return self._code

    # -- what happens -------------------------------------------------------------------------------------------------

    def _look(self, now: float) -> None:
        self._wards.look()
        for child in self._children:
            pid = child.process.pid if child.process else None
            code = child.collect()
            if code is not None and pid is not None:
                self._wards.remove(pid)
                self._ended(child, code, now)
            elif child.kill_at is not None and now >= child.kill_at:
                self._lose_patience(child)
            elif child.start_at is not None and now >= child.start_at:
                self._start(child, now)
        if self._stopping:
            self._stop_next_stage(now)
        elif not self._product_started and self._foundation_stands():
            self._product_started = True
            for child in self._children:
                if child.program.stage is Stage.PRODUCT and not child.program.once:
                    self._start(child, now)
            self._on_start()

    def _ended(self, child: Child, code: int, now: float) -> None:
        name = child.program.name
        if self._stopping:
            return
        if child.program.once:
            if code:
                self._fail(f"{name} failed with exit code {code}; nothing was started")
            return
        wait = child.plan_restart(now)
        if wait is None:
            self._fail(f"{name} keeps ending (exit code {code}): too many times within a minute, everything is stopped")
        else:
            self._output.say(f"{name} ended (exit code {code}), starting it again in {wait:g} s")

    def _heed(self, number: int) -> None:
        now = time.monotonic()
        if number not in SIGNALS:
            return
        if not self._stopping:
            self._output.say("stopping" + (" (Ctrl-C again to hurry)" if number == signal.SIGINT else ""))
            self._begin_to_stop()
        elif number == signal.SIGINT and self._interrupted_at is not None and now - self._interrupted_at > SAME_KEY:
            self._hurry(now)
        if number == signal.SIGINT:
            self._interrupted_at = now

    def _fail(self, line: str) -> None:
        self._output.say(line)
        self._code = 1
        self._begin_to_stop()

    # -- starting and stopping ----------------------------------------------------------------------------------------

    def _start(self, child: Child, now: float) -> None:
        pid = child.start(now)
        self._wards.add(Charge(pid, child.program.stage, child.program.grace))
        if child.process and child.process.stdout:
            os.set_blocking(child.process.stdout.fileno(), False)
            self._selector.register(child.process.stdout, selectors.EVENT_READ, (child.program.name, Lines()))
        child.open_gate()

    def _foundation_stands(self) -> bool:
        for child in self._children:
            program = child.program
            if program.once and child.process:
                return False
            if program.stage is Stage.BROKER and program.is_ready and not program.is_ready():
                return False
        return True

    def _begin_to_stop(self) -> None:
        self._stopping = True
        self._on_stop()
        for child in self._children:
            child.start_at = None

    def _stop_next_stage(self, now: float) -> None:
        running = [child for child in self._children if child.process]
        stage = min((child.program.stage for child in running), default=None)
        for child in running:
            if child.program.stage is stage and child.kill_at is None:
                child.ask_to_stop(now)
                if self._hurried:
                    child.kill_at = now + IN_A_HURRY

    def _hurry(self, now: float) -> None:
        self._hurried = True
        self._output.say("hurrying: what still runs is killed")
        for child in self._children:
            if child.kill_at is not None or child.program.stage is not Stage.BROKER:
                child.kill_at = now

    def _lose_patience(self, child: Child) -> None:
        if not self._hurried:
            self._output.say(f"{child.program.name} did not stop within {child.program.grace:g} s and is killed")
        child.kill_at = math.inf
        child.kill()

    def _all_stopped(self) -> bool:
        return all(child.process is None for child in self._children)

    # -- waiting ------------------------------------------------------------------------------------------------------

    def _wait(self) -> None:
        for key, _ in self._selector.select(self._next_due()):
            self._read(key)

    def _next_due(self) -> float | None:
        now = time.monotonic()
        times = (at for child in self._children for at in (child.start_at, child.kill_at))
        due = [at for at in times if at is not None and at < math.inf]
        if not self._product_started and not self._stopping:
            due.append(now + LOOK_EVERY)
        return max(0.0, min(due) - now) if due else None

    def _read(self, key: selectors.SelectorKey) -> None:
        if key.data is None:
            return
        name, lines = key.data
        source: IO[bytes] = key.fileobj  # type: ignore[assignment]  # only pipes of children carry data
        try:
            data = os.read(key.fd, CHUNK)
        except BlockingIOError:
            return
        for line in lines.feed(data) if data else lines.end():
            self._output.pass_on(name, line)
        if not data:
            self._selector.unregister(source)
            source.close()

    def _read_last_lines(self) -> None:
        end = time.monotonic() + LAST_LINES
        while (left := end - time.monotonic()) > 0 and any(key.data for key in self._selector.get_map().values()):
            for key, _ in self._selector.select(left):
                self._read(key)

    @contextmanager
    def _signals(self) -> Iterator[Callable[[], bytes]]:
        """Turn signals, the end of a child among them, into bytes of a pipe that wakes the selector."""
        reader, writer = os.pipe()
        for end in (reader, writer):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        for number in (*SIGNALS, signal.SIGCHLD):
            # A terminal that closes must not end what was started with nohup.
            if number is not signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, lambda *_: None)
        self._selector.register(reader, selectors.EVENT_READ, None)

        def read() -> bytes:
            with suppress(BlockingIOError):
                return os.read(reader, CHUNK)
            return b""

        yield read
        # The ways out are closed: a signal that comes now has nothing left to do.
        signal.set_wakeup_fd(-1)
        self._selector.close()
