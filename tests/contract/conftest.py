"""What the tests of the contracts share: ready databases, and a database whose time is told what it is."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import literal

from shared import clock
from shared.db import Database
from tests.builders_outbox import add
from tests.conftest import NOW


class ToldTime:
    """The database's own time stands still until it is moved."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self._patch = patch
        self.now = NOW
        self.move(timedelta(0))

    def move(self, by: timedelta) -> datetime:
        self.now += by
        text = f"{self.now.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}"[:-3]
        self._patch.setattr(clock, "_DATABASE_TIME", {"sqlite": literal(text), "postgresql": literal(self.now)})
        return self.now


@pytest.fixture
def told_time(monkeypatch: pytest.MonkeyPatch) -> ToldTime:
    return ToldTime(monkeypatch)


@pytest.fixture
def row_id(told_time: ToldTime, database: Database) -> UUID:
    """A mail that waits in the outbox."""
    return add(database)
