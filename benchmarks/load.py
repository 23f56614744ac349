"""A lean load generator, the same for every application: ``python -m benchmarks.load``; its answer is JSON.

Closed loop: ``--clients`` visitors who never pause. Open loop: ``--rate`` visitors a second, who come whether or not
those before them were served; their first request counts from when it was due. One process, one thread, raw sockets
kept open between visitors, each of whom is a stranger without cookies.
"""

import argparse
import json
import re
import select
import socket
import sys
import time
from collections import Counter, deque
from contextlib import suppress
from dataclasses import dataclass, field

from benchmarks.sign_ups import KINDS, Answer, Conversation, Refused, addresses

LENGTH = re.compile(rb"^content-length:\s*(\d+)", re.IGNORECASE | re.MULTILINE)
CLOSES = re.compile(rb"^connection:\s*close", re.IGNORECASE | re.MULTILINE)
MOST_CONNECTIONS = 400
PATIENCE = 60.0
"""Seconds to wait for the last answers."""


@dataclass
class Tally:
    """What came of it. All times are monotonic seconds, which every process of a machine shares."""

    begins: float = 0.0
    ends: float = float("inf")
    units: int = 0
    """Visitors served between the two."""
    post_ms: list[float] = field(default_factory=list)
    accepted: dict[str, float] = field(default_factory=dict)
    refused: Counter[str] = field(default_factory=Counter)

    def counts(self, now: float) -> bool:
        """True between the end of the warm-up and the end."""
        return self.begins <= now <= self.ends


class Visitor:
    """A connection, and whoever uses it now."""

    def __init__(self, address: tuple[str, int], poll: select.epoll, tally: Tally) -> None:
        self._address = address
        self._poll = poll
        self._tally = tally
        self._socket: socket.socket | None = None
        self._conversation: Conversation | None = None
        self._buffer = b""
        self._request = b""
        self._since = 0.0
        self._is_fresh = True

    def begin(self, conversation: Conversation, since: float) -> None:
        """Take over the connection; a time of answer counts from ``since``, the first one only."""
        self._conversation = conversation
        self._since = since
        self._say(next(conversation))

    @property
    def number(self) -> int:
        """Of the open socket, -1 without one."""
        return self._socket.fileno() if self._socket else -1

    def hear(self) -> bool:
        """Read what came; True when the visitor is done and another may come."""
        assert self._socket is not None
        try:
            data = self._socket.recv(262_144)
        except ConnectionError:
            data = b""
        if not data:
            return self._cut()
        self._buffer = self._buffer + data if self._buffer else data
        answer = read_answer(self._buffer)
        return answer is not None and self._heard(answer)

    def hang_up(self) -> None:
        """End the connection, if there is one."""
        if self._socket is not None:
            self._poll.unregister(self._socket)
            self._socket.close()
            self._socket = None

    def _heard(self, answer: Answer) -> bool:
        now = time.monotonic()
        self._buffer = b""
        assert self._conversation is not None
        if CLOSES.search(answer.head):
            self.hang_up()
        if self._request.startswith(b"POST") and self._tally.counts(now):
            self._tally.post_ms.append((now - self._since) * 1000)
        try:
            request = self._conversation.send(answer)
        except StopIteration as end:
            self._tally.units += self._tally.counts(now)
            if end.value is not None:
                self._tally.accepted[end.value] = now
            self._conversation = None
            return True
        except Refused as reason:
            self._tally.refused[str(reason)] += 1
            self._conversation = None
            return True
        self._since = now
        self._say(request)
        return False

    def _say(self, request: bytes) -> None:
        self._request = request
        self._is_fresh = self._socket is None
        if self._socket is None:
            self._socket = socket.create_connection(self._address)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._poll.register(self._socket, select.EPOLLIN)
        with suppress(ConnectionError):  # reading tells the same, and is where it is handled
            self._socket.sendall(request)

    def _cut(self) -> bool:
        """The server ended the connection: between two visitors that is its right, and a request sent is sent anew."""
        was_fresh, had_begun = self._is_fresh, bool(self._buffer)
        self.hang_up()
        self._buffer = b""
        if self._conversation is None:
            return False
        if was_fresh or had_begun:
            self._tally.refused["connection cut"] += 1
            self._conversation = None
            return True
        self._say(self._request)
        return False


def read_answer(data: bytes) -> Answer | None:
    """Parse one answer with a known length; None while a part of it is missing.

    Raises:
        ValueError: the answer has no Content-Length, which neither application does.
    """
    end = data.find(b"\r\n\r\n")
    if end < 0:
        return None
    head = data[:end]
    length = LENGTH.search(head)
    if length is None:
        raise ValueError(f"an answer without length: {head!r}")
    if len(data) < end + 4 + int(length[1]):
        return None
    return Answer(int(head[9:12]), head, data[end + 4 :])


class Load:
    """Visitors for one application."""

    def __init__(self, port: int, kind: str) -> None:
        self._address = ("127.0.0.1", port)
        self._host = f"127.0.0.1:{port}"
        self._kind = KINDS[kind]
        self._names = addresses()
        self._poll = select.epoll()
        self._open: dict[int, Visitor] = {}
        self.tally = Tally()

    def closed(self, clients: int, *, seconds: float, warm_up: float, count: int | None) -> None:
        """``clients`` visitors at a time for so many seconds, or until ``count`` came."""
        start = time.monotonic()
        self.tally.begins, self.tally.ends = start + warm_up, start + warm_up + seconds
        left = count if count is not None else sys.maxsize
        busy = 0
        for _ in range(min(clients, left)):
            self._send(self._visitor(), start)
            busy, left = busy + 1, left - 1
        while busy and time.monotonic() < self.tally.ends + PATIENCE:
            for visitor in self._events(1.0):
                if left > 0 and time.monotonic() < self.tally.ends:
                    left -= 1
                    self._send(visitor, time.monotonic())
                else:
                    busy -= 1
        if count is not None:
            self.tally.ends = time.monotonic()
        self._note_unanswered(busy)

    def opened(self, rate: float, *, seconds: float) -> None:
        """A visitor every 1/``rate`` seconds, as long as there are connections for them."""
        start = time.monotonic()
        self.tally.begins, self.tally.ends = start, start + seconds
        due, sent, free, busy = start, 0, deque[Visitor](), 0
        while busy or sent < rate * seconds:
            now = time.monotonic()
            if now > self.tally.ends + PATIENCE:
                break
            while due <= now and sent < rate * seconds and (free or busy < MOST_CONNECTIONS):
                self._send(free.popleft() if free else self._visitor(), due)
                busy, sent = busy + 1, sent + 1
                due = start + sent / rate
            for visitor in self._events(max(0.0, min(due - time.monotonic(), 1.0)) if sent < rate * seconds else 1.0):
                busy -= 1
                free.append(visitor)
        self._note_unanswered(busy)

    def close(self) -> None:
        """End every connection."""
        for visitor in self._open.values():
            visitor.hang_up()
        self._poll.close()

    def _visitor(self) -> Visitor:
        return Visitor(self._address, self._poll, self.tally)

    def _send(self, visitor: Visitor, since: float) -> None:
        visitor.begin(self._kind(self._host, next(self._names)), since)
        self._open[visitor.number] = visitor

    def _events(self, timeout: float) -> list[Visitor]:
        """Hear whoever is spoken to; returns the visitors who are done."""
        done = []
        for number, _ in self._poll.poll(timeout):
            visitor = self._open.pop(number)
            if visitor.hear():
                done.append(visitor)
            if visitor.number >= 0:
                self._open[visitor.number] = visitor
        return done

    def _note_unanswered(self, count: int) -> None:
        if count:
            self.tally.refused["no answer"] += count


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m benchmarks.load")
    options.add_argument("--port", type=int, required=True)
    options.add_argument("--kind", choices=KINDS, default="form")
    options.add_argument("--clients", type=int, default=8)
    options.add_argument("--seconds", type=float, default=5.0)
    options.add_argument("--warm-up", type=float, default=0.0, help="seconds before anything counts")
    options.add_argument("--count", type=int, help="visitors, in place of seconds")
    options.add_argument("--rate", type=float, help="visitors a second, in place of clients")
    chosen = options.parse_args()
    load = Load(chosen.port, chosen.kind)
    began = time.monotonic()
    if chosen.rate:
        load.opened(chosen.rate, seconds=chosen.seconds)
    else:
        seconds = 600.0 if chosen.count else chosen.seconds
        load.closed(chosen.clients, seconds=seconds, warm_up=chosen.warm_up, count=chosen.count)
    load.close()
    tally = load.tally
    json.dump(
        {
            "units": tally.units,
            "seconds": time.monotonic() - began if chosen.count else chosen.seconds,
            "post_ms": tally.post_ms,
            "accepted": tally.accepted,
            "refused": tally.refused,
        },
        sys.stdout,
    )


if __name__ == "__main__":
    main()
