"""Carrying out the plan: each kind of fault in a thread of its own, at its time, written down as it was done."""

import random
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from functools import partial

import httpx
import psutil

from tests.chaos.crew import Crew
from tests.chaos.plan import Fault
from tests.chaos.profiles import Stand

ALIVE_WITHIN = 40.0
"""Seconds to wait for a process that is to be killed: the supervisor may still be waiting to start it again."""
SETTLED = 6.0
"""Seconds a web worker must have lived: when one dies right after its start, granian gives up, as it should."""
INSIDE_A_MAIL = (200, 4000)
"""Bytes to the mail server after which a connection is cut."""
MILLISECONDS = 40
WORKED = 2.0
"""Seconds that a program must have been ready: one that is killed while it starts has nothing in hand to lose."""
COMMANDS = {"worker": "worker.main worker", "relay": "worker.relay", "beat": "worker.main beat"}
DOWN = frozenset({"kill", "stop", "freeze", "refuse"})
"""Faults of the broker while which nobody can reach it."""


HOLD = {"web": 2.0, "web worker": 1.5}
"""Seconds that those who stand at the front are given to recover, before the broker goes down."""


@dataclass(frozen=True, slots=True)
class Done:
    """A fault as it was: on the clock on the wall."""

    where: str
    what: str
    began: float
    ended: float


class Hands(Crew):
    """Does to a stand what the plan says, until the last fault is over."""

    def __init__(
        self, stand: Stand, plan: Sequence[Fault], *, seed: int, is_late: Callable[[], bool] = lambda: False
    ) -> None:
        self._stand = stand
        self._is_late = is_late
        self._dice = random.Random(seed)
        lanes: dict[str, list[Fault]] = defaultdict(list)
        for fault in plan:
            lanes[f"kill {fault.what}" if fault.where == "kill" else fault.where].append(fault)
        super().__init__([partial(self._follow, lane) for lane in lanes.values()])
        self._turn = threading.Lock()
        self.done: list[Done] = []
        self.missed: Counter[str] = Counter()
        """Kills of processes that did not live, and faults that could not be done."""

    @property
    def last(self) -> float:
        """When the last fault was over."""
        return max((one.ended for one in self.done), default=time.time())

    def kills(self) -> Counter[str]:
        """How many of each process were killed."""
        return Counter(one.what for one in self.done if one.where == "kill")

    def spans(self, where: str, *, only: frozenset[str] | None = None) -> list[tuple[float, float]]:
        """When something was at work there."""
        return [(one.began, one.ended) for one in self.done if one.where == where and (not only or one.what in only)]

    def _follow(self, lane: Sequence[Fault]) -> None:
        for fault in lane:
            self.wait_until(fault.at)
            try:
                done = self._do(fault)
            except Exception as error:  # noqa: BLE001 (a fault that fails is told, and the run goes on)
                self.missed[f"{fault.where} {fault.what}: {error!r}"] += 1
                continue
            if done:
                self.done.append(done)
            else:
                self.missed[f"{fault.where} {fault.what}"] += 1

    def _do(self, fault: Fault) -> Done | None:
        """Do one fault; None when what it is about does not live.

        Gateway and database are left alone while the broker is down, and the other way round: what people notice of a
        broker that is away is to be told. So it waits until those are served whom a gateway that died has kept waiting.
        """
        if fault.where == "kill":
            hold = HOLD.get(fault.what)
            with self._turn if hold else nullcontext():
                at = self._kill(fault.what)
                if at and hold:
                    self._wait_for_gateway(hold)
            return Done("kill", fault.what, at, at) if at else None
        begin, end = self._ways(fault)
        is_apart = fault.where == "database" or (fault.where == "broker" and fault.what in DOWN)
        with self._turn if is_apart else nullcontext():
            if fault.where == "broker" and is_apart:
                self._wait_for_crowd()
            began = time.time()
            begin()
            time.sleep(fault.lasting)
            end()
            ended = time.time()
            if fault.where == "database":
                self._wait_for_gateway(HOLD["web"])
        return Done(fault.where, fault.what, began, ended)

    def _wait_for_crowd(self) -> None:
        end = time.monotonic() + ALIVE_WITHIN
        while self._is_late() and time.monotonic() < end:
            time.sleep(0.1)

    def _wait_for_gateway(self, hold: float) -> None:
        time.sleep(hold)
        end = time.monotonic() + ALIVE_WITHIN
        while time.monotonic() < end:
            with suppress(httpx.TransportError):
                if httpx.get(f"{self._stand.installation.web}/readyz", timeout=5).is_success:
                    return
            time.sleep(0.2)

    def _ways(self, fault: Fault) -> tuple[Callable[[], object], Callable[[], object]]:
        """How a fault begins, and how it ends."""
        stand, broker = self._stand, self._stand.broker

        def through(what: str, **more: int) -> Callable[[], object]:
            return lambda: stand.proxies.do(fault.where, what, **more)

        def nothing() -> None: ...

        own = {
            ("broker", "kill"): (broker.kill, broker.start),
            ("broker", "stop"): (broker.stop, broker.start),
            ("broker", "freeze"): (broker.freeze, broker.thaw),
            ("broker", "flush"): (broker.flush, nothing),
            ("broker", "silence"): (through("silence"), nothing),
            # A database that is silent for ever would leave its clients waiting for ever: nobody can help them.
            ("database", "silence"): (through("silence"), through("reset")),
            ("mail", "cut"): (through("cut", size=self._dice.randint(*INSIDE_A_MAIL)), nothing),
            ("mail", "delay"): (through("delay", milliseconds=MILLISECONDS), through("pass")),
            ("mail", "away"): (through("refuse"), through("pass")),
        }
        if fault.what == "restart" and stand.database is not None:
            return stand.database.restart_at_once, nothing
        if fault.what == "refuse":
            return through("refuse"), through("pass")
        if fault.what == "reset":
            return through("reset"), nothing
        return own[fault.where, fault.what]

    def _kill(self, name: str) -> float:
        """Kill a process, when it lives within a while; returns when (clock on the wall), or 0."""
        end = time.monotonic() + ALIVE_WITHIN
        while time.monotonic() < end:
            if victim := self._victim(name):
                victim.kill()
                return time.time()
            time.sleep(0.2)
        return 0.0

    def _victim(self, name: str) -> psutil.Process | None:
        """The process to kill, when it lives: of several web workers the one that has lived longest."""
        try:
            if name in COMMANDS:
                found = self._stand.installation.processes(COMMANDS[name])
                return next((process for process in found if process.name() != "sh" and self._has_worked(name)), None)
            front = self._front()
            if front is None or name == "web":
                return front
            workers = [child for child in front.children() if time.time() - child.create_time() > SETTLED]
            return min(workers, key=psutil.Process.create_time, default=None)
        except psutil.NoSuchProcess:
            return None

    def _has_worked(self, name: str) -> bool:
        """True when a program said that it is ready a while ago; the supervisor takes the word back at each start."""
        with suppress(FileNotFoundError):
            ready = self._stand.installation.var_dir / "run" / f"{name}.ready"
            return time.time() - ready.stat().st_mtime >= WORKED
        return False

    def _front(self) -> psutil.Process | None:
        found = self._stand.installation.processes("gateway.app:create_app")
        ids = {process.pid for process in found}
        return next((one for one in found if one.name() != "sh" and one.ppid() not in ids), None)
