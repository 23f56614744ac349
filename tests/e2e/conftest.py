"""On what the processes of an end-to-end test stand: the embedded default, or the servers under test."""

import os
import uuid
from collections.abc import Iterator

import pytest
import redis
from sqlalchemy import create_engine, make_url, text

from tests.conftest import ON_SERVICES


@pytest.fixture(scope="module")
def backend(worker_id: str) -> Iterator[dict[str, str]]:
    """Variables for ``installation``: none for the embedded default; a database and a broker of this module's own."""
    if not ON_SERVICES:
        yield {}
        return
    server = make_url(os.environ["TEST_DATABASE_URL"])
    name = f"gatehouse_e2e_{uuid.uuid4().hex[:12]}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    broker = own_redis(worker_id)
    yield {"DATABASE_URL": server.set(database=name).render_as_string(hide_password=False), "BROKER_URL": broker}
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()


def own_redis(worker_id: str) -> str:
    """An emptied database of the Redis under test, another one for each process of the test run."""
    number = 8 + int(worker_id.removeprefix("gw") or 0) if worker_id != "master" else 8
    url = os.environ["TEST_REDIS_URL"].rpartition("/")[0] + f"/{number}"
    with redis.Redis.from_url(url) as client:
        client.flushdb()
    return url
