"""Asking the started programs whether they answer, from outside, as a person's browser would."""

import socket
import threading
from collections.abc import Callable, Mapping
from contextlib import closing

ANSWER_WITHIN = 2.0
"""Seconds a program may take over one answer."""
LOOK_EVERY = 0.03
"""Seconds between two rounds of questions."""
REMIND_AFTER = 15.0
"""Seconds after which the person is told who is still awaited; then again and again."""


def accepts(host: str, port: int) -> bool:
    """True when something accepts connections there."""
    try:
        with closing(socket.create_connection((host, port), ANSWER_WITHIN)):
            return True
    except OSError:
        return False


def greets(host: str, port: int) -> bool:
    """True when a mail server greets there."""
    return _ask(host, port, b"QUIT\r\n").startswith(b"220 ")


def answers_ok(host: str, port: int, path: str, *, site: str) -> bool:
    """True when GET ``path`` answers 200; ``site`` is the Host header, for a server that knows its own name."""
    question = f"GET {path} HTTP/1.1\r\nHost: {site}\r\nConnection: close\r\n\r\n"
    return _ask(host, port, question.encode()).partition(b"\r\n")[0].split(b" ")[1:2] == [b"200"]


def wait_for(
    checks: Mapping[str, Callable[[], bool]],
    *,
    stop: threading.Event,
    on_ready: Callable[[], None],
    on_wait: Callable[[str], None],
) -> threading.Thread:
    """Ask in the background until every check has said yes once, then call ``on_ready``; ``stop`` ends it.

    Every 15 seconds ``on_wait`` gets the names of those still awaited, in one string.
    """

    def ask() -> None:
        waiting = dict(checks)
        rounds = 0
        while waiting and not stop.is_set():
            waiting = {name: check for name, check in waiting.items() if not check()}
            if not waiting:
                break
            rounds += 1
            if rounds % round(REMIND_AFTER / LOOK_EVERY) == 0:
                on_wait(", ".join(waiting))
            stop.wait(LOOK_EVERY)
        if not stop.is_set():
            on_ready()

    thread = threading.Thread(target=ask, daemon=True, name="readiness")
    thread.start()
    return thread


def _ask(host: str, port: int, question: bytes) -> bytes:
    try:
        with closing(socket.create_connection((host, port), ANSWER_WITHIN)) as connection:
            connection.settimeout(ANSWER_WITHIN)
            connection.sendall(question)
            return connection.recv(256)
    except OSError:
        return b""
