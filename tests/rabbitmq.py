"""The RabbitMQ under test, for one test at a time: its queues are shared by whoever runs."""

import fcntl
import os
import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from kombu import pools
from kombu.connection import Connection
from kombu.entity import Queue as KombuQueue

from shared.messages import Queue

QUORUM = {"x-queue-type": "quorum", "x-delivery-limit": 10}


def address() -> str:
    return os.environ.get("TEST_AMQP_URL", "amqp://guest:guest@127.0.0.1:5672//")


@contextmanager
def own_rabbitmq() -> Iterator[str]:
    """The address of a RabbitMQ without our queues; nobody else who asks gets it until the end."""
    with (Path(tempfile.gettempdir()) / "gatehouse-tests-rabbitmq.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        delete_queues()
        # Connections of a test before this one remember queues that are gone.
        pools.reset()
        yield address()
        delete_queues()


def delete_queues() -> None:
    with Connection(address()) as connection:
        for name in Queue:
            connection.default_channel.queue_delete(name)


def declare(arguments: dict[str, object]) -> None:
    """Make our queues as somebody made them before; fails when they are there and of another kind."""
    with Connection(address()) as connection:
        for name in Queue:
            KombuQueue(name, queue_arguments=arguments)(connection.default_channel).declare()


def waiting(name: str) -> int:
    """Messages that wait in a queue."""
    with Connection(address()) as connection:
        return int(connection.default_channel.queue_declare(name, passive=True).message_count)


class Freezer(threading.Thread):
    """A way to the broker on which, from one moment on, nothing moves: connections stay open and say nothing."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        parts = urlsplit(address())
        self._to = (parts.hostname or "127.0.0.1", parts.port or 5672)
        self._door = socket.create_server(("127.0.0.1", 0))
        user = parts.netloc.rpartition("@")[0]
        port = self._door.getsockname()[1]
        self.url = urlunsplit(parts._replace(netloc=f"{user}@127.0.0.1:{port}"))
        self._moves = threading.Event()
        self._moves.set()
        self._sockets = [self._door]

    def freeze(self) -> None:
        self._moves.clear()

    def thaw(self) -> None:
        self._moves.set()

    def close(self) -> None:
        """Let go of everything; pieces under way are lost."""
        self._moves.set()
        for one in self._sockets:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        self.join(5)

    def run(self) -> None:
        while True:
            try:
                client, _ = self._door.accept()
            except OSError:
                return
            server = socket.create_connection(self._to)
            self._sockets += [client, server]
            for source, target in ((client, server), (server, client)):
                threading.Thread(target=self._carry, args=(source, target), daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket) -> None:
        try:
            while data := source.recv(65_536):
                self._moves.wait()
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            return
