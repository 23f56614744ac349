"""What the installation stands on: the embedded default and, where they answer, PostgreSQL with Redis."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from benchmarks.servers import Servers


def profiles(servers: Servers | None) -> Iterator[tuple[str, AbstractContextManager[dict[str, str]]]]:
    """Names, and for each the variables that make an installation of it."""
    yield "SQLite + embedded broker", nullcontext({})
    if servers is not None:
        yield "PostgreSQL + Redis, 2 web workers", _on(servers)


@contextmanager
def _on(servers: Servers) -> Iterator[dict[str, str]]:
    with servers.new_database("installation") as database, servers.empty_broker() as broker:
        yield {"DATABASE_URL": database, "BROKER_URL": broker, "WEB_CONCURRENCY": "2"}
