"""Waiting for work: a datagram from this host, NOTIFY from another, or a second gone by."""

import select
import socket
import time
from typing import Any

import psycopg
from sqlalchemy import make_url

from shared import wake
from shared.settings import Settings

LONGEST_WAIT = 1.0
"""Seconds between two looks when nobody rings."""
_ANSWER_AT_MOST = 4096


class Doorbell:
    """What wakes one relay."""

    def __init__(self, settings: Settings) -> None:
        """Prepare for the socket and, on PostgreSQL, the channel of this installation."""
        self._path = settings.relay_socket
        url = make_url(settings.database_url)
        self._address = None if url.get_backend_name() == "sqlite" else _libpq(url)
        self._bell: socket.socket | None = None
        self._channel: psycopg.Connection[Any] | None = None

    def open(self) -> None:
        """Begin to listen on the local socket; the channel is opened with the first wait."""
        self._bell = wake.listen(self._path)

    def ring(self) -> None:
        """Wake oneself, for instance from a signal handler."""
        wake.ring(self._path)

    def wait(self, *, at_most: float) -> bool:
        """Return when somebody rang, which is True, or after a second; sooner, after ``at_most`` seconds."""
        until = time.monotonic() + min(LONGEST_WAIT, at_most)
        sources: list[Any] = [source for source in (self._bell, self._listening()) if source is not None]
        ready, _, _ = select.select(sources, [], [], max(0.0, until - time.monotonic()))
        if self._bell in ready:
            self._empty()
        if self._channel in ready:
            self._hear()
        return bool(ready)

    def close(self) -> None:
        """Stop listening and leave nothing behind."""
        if self._bell is not None:
            self._bell.close()
            self._path.unlink(missing_ok=True)
        if self._channel is not None:
            self._channel.close()

    def _empty(self) -> None:
        assert self._bell is not None  # noqa: S101 - it was among the ready ones
        try:
            while True:
                self._bell.recv(_ANSWER_AT_MOST)
        except BlockingIOError:
            return

    def _listening(self) -> "psycopg.Connection[Any] | None":
        if self._address is not None and self._channel is None:
            try:
                self._channel = psycopg.connect(self._address, autocommit=True, connect_timeout=3)
                self._channel.execute(f"LISTEN {wake.CHANNEL}")
            except psycopg.Error:
                self._channel = None
        return self._channel

    def _hear(self) -> None:
        assert self._channel is not None  # noqa: S101 - it was among the ready ones
        try:
            for _ in self._channel.notifies(timeout=0):
                pass
        except psycopg.Error:
            self._channel.close()
            self._channel = None


def _libpq(url: Any) -> str:
    plain: str = url.set(drivername="postgresql").render_as_string(hide_password=False)
    return plain
