"""On what the processes of an end-to-end test stand: the embedded default, or the servers under test."""

import os
from collections.abc import Iterator

import pytest
import redis

from tests.conftest import ON_SERVICES
from tests.ready_made_database import empty_database_url


@pytest.fixture(scope="module")
def backend(worker_id: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Variables for ``installation``: none for the embedded default; a database and a broker of this module's own."""
    if not ON_SERVICES:
        yield {}
        return
    with empty_database_url(tmp_path_factory.getbasetemp()) as url:
        yield {"DATABASE_URL": url, "BROKER_URL": own_redis(worker_id)}


def own_redis(worker_id: str) -> str:
    """An emptied database of the Redis under test, another one for each process of the test run."""
    number = 8 + int(worker_id.removeprefix("gw") or 0) if worker_id != "master" else 8
    url = os.environ["TEST_REDIS_URL"].rpartition("/")[0] + f"/{number}"
    with redis.Redis.from_url(url) as client:
        client.flushdb()
    return url
