"""Waking the relay: a datagram on this host, so that a mail leaves milliseconds after its commit.

Losing one does no harm: the relay looks by itself every second.
"""

import socket
from pathlib import Path

CHANNEL = "gatehouse_outbox"
"""The name for LISTEN and NOTIFY, which wake a relay on another host."""


def ring(path: Path) -> None:
    """Wake the relay that listens on ``path``; never waits and never fails."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as bell:
        bell.setblocking(False)
        try:
            bell.sendto(b"\0", str(path))
        except OSError:
            # No relay on this host, it is starting, or it has been rung so often that its ears are full.
            return


def listen(path: Path) -> socket.socket:
    """Return the socket on which the relay of this host is woken; replaces what a dead relay left behind."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    bell = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    bell.setblocking(False)
    bell.bind(str(path))
    path.chmod(0o600)
    return bell
