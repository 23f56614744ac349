"""The PostgreSQL and Redis that the benchmarks may use, and what they take of them for a while."""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import redis
from sqlalchemy import URL, create_engine, make_url, text
from sqlalchemy.exc import SQLAlchemyError

STANDARD_DATABASE = "postgresql+psycopg://postgres@127.0.0.1/postgres"
STANDARD_REDIS = "redis://127.0.0.1:6379/0"
BROKERS = range(3, 16)
"""Numbers of the Redis databases that are looked at; only empty ones are used."""
TAKEN = "benchmark"
"""The key by which two runs at a time see each other."""


class Servers:
    """Where they are, and what is taken of them now."""

    def __init__(self, database: URL, redis_url: str) -> None:
        self._database = database
        self._redis = redis_url.rpartition("/")[0]
        self._databases: set[str] = set()
        self._brokers: set[str] = set()

    @contextmanager
    def new_database(self, name: str, *, like: str | None = None) -> Iterator[str]:
        """A database of our own for the block, empty or like another one of ours; gives its URL."""
        full = f"gatehouse_c_{name}_{uuid.uuid4().hex[:8]}"
        self._databases.add(full)
        self._say(f"CREATE DATABASE {full} TEMPLATE {make_url(like).database if like else 'template0'}")
        try:
            yield self._database.set(database=full).render_as_string(hide_password=False)
        finally:
            self._drop(full)

    @contextmanager
    def empty_broker(self) -> Iterator[str]:
        """A Redis database that held nothing, emptied again afterwards; gives its URL.

        Raises:
            RuntimeError: all that are looked at hold something.
        """
        url = self._take_broker()
        try:
            yield url
        finally:
            self._empty(url)

    def give_back(self) -> None:
        """Drop what an interruption left; what nobody interrupted is dropped already."""
        for name in list(self._databases):
            self._drop(name)
        for url in list(self._brokers):
            self._empty(url)

    def versions(self) -> str:
        """Of both, for the head of the figures."""
        engine = create_engine(self._database)
        with engine.connect() as connection:
            postgres = connection.scalar(text("SHOW server_version"))
        engine.dispose()
        with redis.Redis.from_url(f"{self._redis}/0") as client:
            return f"PostgreSQL {postgres.split()[0]}, Redis {client.info('server')['redis_version']}"

    def _take_broker(self) -> str:
        for number in BROKERS:
            url = f"{self._redis}/{number}"
            with redis.Redis.from_url(url) as client:
                if not client.set(TAKEN, 1, nx=True):
                    continue
                if client.dbsize() == 1:
                    self._brokers.add(url)
                    return url
                client.delete(TAKEN)
        raise RuntimeError(f"no empty Redis database from {BROKERS[0]} to {BROKERS[-1]}")

    def _drop(self, name: str) -> None:
        self._say(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        self._databases.discard(name)

    def _empty(self, url: str) -> None:
        with redis.Redis.from_url(url) as client:
            client.flushdb()
        self._brokers.discard(url)

    def _say(self, words: str) -> None:
        engine = create_engine(self._database, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(words))
        engine.dispose()


def find_servers() -> Servers | None:
    """The servers that TEST_DATABASE_URL and TEST_REDIS_URL name, or those on the standard ports of this machine."""
    url = make_url(os.environ.get("TEST_DATABASE_URL", STANDARD_DATABASE))
    servers = Servers(url, os.environ.get("TEST_REDIS_URL", STANDARD_REDIS))
    try:
        servers.versions()
    except (SQLAlchemyError, redis.RedisError):
        return None
    return servers
