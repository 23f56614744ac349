"""Waking the relay: a datagram on this host, so that a mail leaves milliseconds after its commit.

Losing one does no harm: the relay looks by itself every second.
"""

import atexit
import socket
from functools import cache
from pathlib import Path

CHANNEL = "gatehouse_outbox"
"""The name for LISTEN and NOTIFY, which wake a relay on another host."""


@cache
def _bell() -> socket.socket:
    bell = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    bell.setblocking(False)
    atexit.register(bell.close)
    return bell


def ring(path: Path) -> bool:
    """Wake the relay that listens on ``path``; never waits and never fails. False when nobody listens."""
    try:
        _bell().sendto(b"\0", str(path))
    except BlockingIOError:
        return True  # it has been rung so often that its ears are full
    except OSError:
        return False
    return True


def is_heard(path: Path) -> bool:
    """True while a relay of this host listens; one that was killed leaves its socket's file behind."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as bell:
        try:
            bell.connect(str(path))
        except OSError:
            return False
    return True


def listen(path: Path) -> socket.socket:
    """Return the socket on which the relay of this host is woken; replaces what a dead relay left behind."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    bell = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    bell.setblocking(False)
    bell.bind(str(path))
    path.chmod(0o600)
    return bell
