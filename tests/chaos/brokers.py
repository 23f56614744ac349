"""Brokers of our own, to be stopped, frozen and flushed."""

import contextlib
from pathlib import Path
from typing import Protocol

import kombu
import redis

from demo.broker import find_server
from tests.chaos.servers import CannotRun, Server
from tests.e2e.installation import free_ports

QUEUES = ("mail.urgent", "mail.notice", "routing", "housekeeping")


class Broker(Protocol):
    """What a broker of a profile can be made to suffer."""

    def kill(self) -> None: ...
    def stop(self) -> None: ...
    def start(self) -> None: ...
    def freeze(self) -> None: ...
    def thaw(self) -> None: ...
    def flush(self) -> None: ...
    def keys(self) -> int: ...


class OwnRedis(Server):
    """Valkey or Redis as it should be run: append-only file, and nothing is evicted."""

    def words(self) -> list[str]:
        settings = {
            "port": str(self.port),
            "bind": "127.0.0.1",
            "dir": str(self.folder),
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": "",
            "maxmemory-policy": "noeviction",
        }
        return [str(find_server()), *(word for name, value in settings.items() for word in (f"--{name}", value))]

    def answers(self) -> bool:
        with contextlib.suppress(redis.RedisError), self._client() as client:
            return bool(client.ping())
        return False

    def flush(self) -> None:
        """Forget every message."""
        with self._client() as client:
            client.flushall()

    def keys(self) -> int:
        """How many keys there are."""
        with self._client() as client:
            return int(client.dbsize())

    def _client(self) -> redis.Redis:
        return redis.Redis(port=self.port, socket_timeout=5)


class OwnRabbit(Server):
    """A RabbitMQ node of its own name, port and folder."""

    user = "rabbitmq"

    def words(self) -> list[str]:
        program = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
        if not program.exists():
            raise CannotRun("RabbitMQ is not installed")
        return [str(program)]

    def variables(self) -> dict[str, str]:
        (self.folder / "plugins").write_text("[].")
        return {
            "HOME": str(self.folder),
            "RABBITMQ_NODENAME": f"chaos{self.port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(free_ports(1)[0]),
            "RABBITMQ_MNESIA_BASE": str(self.folder / "mnesia"),
            "RABBITMQ_LOG_BASE": str(self.folder / "log"),
            "RABBITMQ_PID_FILE": str(self.folder / "pid"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "plugins"),
            "RABBITMQ_CONFIG_FILE": str(self.folder / "rabbitmq"),
            "RABBITMQ_CONF_ENV_FILE": str(self.folder / "none"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-setcookie chaos",
            "ERL_EPMD_ADDRESS": "127.0.0.1",
        }

    def answers(self) -> bool:
        with contextlib.suppress(Exception), self._connection() as connection:  # the library raises whatever it meets
            connection.connect()
            return True
        return False

    def flush(self) -> None:
        """Forget every message that no worker has in hand."""
        with self._connection() as connection:
            for name in QUEUES:
                with contextlib.suppress(*connection.channel_errors), connection.channel() as channel:
                    channel.queue_purge(name)

    def keys(self) -> int:
        """How many messages there are."""
        total = 0
        with self._connection() as connection:
            for name in QUEUES:
                with contextlib.suppress(*connection.channel_errors), connection.channel() as channel:
                    total += channel.queue_declare(name, passive=True).message_count
        return total

    def _connection(self) -> kombu.Connection:
        return kombu.Connection(f"amqp://guest:guest@127.0.0.1:{self.port}//", connect_timeout=3)
