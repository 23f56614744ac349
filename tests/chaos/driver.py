"""People who sign up at a steady rate, and do not give up when the line breaks."""

import http.client
import itertools
import json
import time
from collections import Counter
from dataclasses import dataclass, field

from tests.chaos.crew import Crew
from tests.chaos.mail_server import CALM

THREADS = 32
PATIENCE = 90.0
"""Seconds after which a person stops trying."""
AGAIN = 0.25
"""Seconds until somebody whose socket died, or who was told "not now", tries again."""
LONGEST_WAIT = 30.0
AT_ONCE = 5
"""People who may be without an answer at any moment though nobody is late."""
ACCEPTED = 202
FAULT_OF_OURS = 500


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of the gateway: when it was asked (clock on the wall), how many seconds it took, and its status."""

    began: float
    seconds: float
    status: int


@dataclass(slots=True)
class Told:
    """What the crowd was told; safe to read while it grows."""

    accepted: dict[str, float] = field(default_factory=dict)
    """By address, when the 202 came."""
    answers: list[Answer] = field(default_factory=list)
    broken: Counter[str] = field(default_factory=Counter)
    """Sockets that died before an answer, by the name of the error."""
    gave_up: list[str] = field(default_factory=list)


class Crowd(Crew):
    """Signs up ``count`` people, ``rate`` a second, over kept connections, until all were accepted or gave up."""

    def __init__(self, port: int, *, count: int, rate: float, name: str = "p") -> None:
        super().__init__([self._walk] * min(THREADS, count))
        self._port = port
        self._count = count
        self._rate = rate
        self._name = name
        self._next = itertools.count()
        self.told = Told()

    def is_late(self) -> bool:
        """True while people wait longer than the gateway takes for each: it was away before, and catches up."""
        due = min(self._count, int(self.elapsed * self._rate))
        return due - len(self.told.accepted) - len(self.told.gave_up) > AT_ONCE

    def _walk(self) -> None:
        line = http.client.HTTPConnection("127.0.0.1", self._port, timeout=LONGEST_WAIT)
        while (number := next(self._next)) < self._count:
            self.wait_until(number / self._rate)
            self._sign_up(line, f"{self._name}{number:05}@chaos.example")
        line.close()

    def _sign_up(self, line: http.client.HTTPConnection, address: str) -> None:
        form = {
            "first_name": "Ann",
            "last_name": "Peeters",
            "email": address,
            "confirm_email": address,
            "email_language": "en",
            "accept_privacy": True,
        }
        body = json.dumps(form)
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            status = self._ask(line, body)
            if status == ACCEPTED:
                self.told.accepted[address] = time.time()
                return
            if 0 < status < FAULT_OF_OURS:
                break
            time.sleep(AGAIN)
        self.told.gave_up.append(address)

    def _ask(self, line: http.client.HTTPConnection, body: str) -> int:
        """Ask once; 0 when the socket died, which is no answer."""
        began, clock = time.time(), time.monotonic()
        try:
            line.request("POST", "/api/v1/accounts", body, {"Content-Type": "application/json"})
            response = line.getresponse()
            response.read()
        except (OSError, http.client.HTTPException) as error:
            line.close()
            self.told.broken[type(error).__name__] += 1
            return 0
        self.told.answers.append(Answer(began, time.monotonic() - clock, response.status))
        return response.status


def calm_address(number: int) -> str:
    """Somebody whose mails meet no fault."""
    return f"applicant{number:03}{CALM}"
