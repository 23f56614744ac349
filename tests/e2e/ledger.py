"""What the tables say of an installation under test."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from sqlalchemy import create_engine, func, select
from sqlalchemy.orm import Session

from shared.models import Account, AuditUnsealed, Base, Email, OutboxRow
from tests.e2e.installation import Installation

Row = TypeVar("Row", bound=Base)


class Ledger:
    """Reads the tables past the product."""

    def __init__(self, running: Installation, *, url: str = "") -> None:
        own = f"sqlite+pysqlite:///{running.var_dir}/gatehouse.sqlite3"
        self.engine = create_engine(url or running.variables.get("DATABASE_URL") or own)

    def close(self) -> None:
        self.engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        with Session(self.engine) as session:
            yield session

    def rows(self, model: type[Row], *where: Any) -> list[Row]:
        with self.reading() as session:
            return list(session.scalars(select(model).where(*where)))

    def accounts(self, email: str) -> list[Account]:
        return self.rows(Account, Account.email == email)

    def mails_to(self, email: str) -> list[Email]:
        return self.rows(Email, Email.recipient == email)

    def work(self, subject_id: Any) -> list[OutboxRow]:
        return self.rows(OutboxRow, OutboxRow.subject_id == subject_id)

    def unfinished(self) -> int:
        with self.reading() as session:
            return session.scalar(select(func.count()).where(OutboxRow.finished_at.is_(None))) or 0

    def unsealed(self) -> int:
        with self.reading() as session:
            return session.scalar(select(func.count()).select_from(AuditUnsealed)) or 0

    def wait_until_settled(self, *, within: float = 60.0) -> None:
        """Return when no work is left, and every event has its seal."""
        end = time.monotonic() + within
        while self.unfinished() or self.unsealed():
            assert time.monotonic() < end, f"{self.unfinished()} rows unfinished, {self.unsealed()} events unsealed"
            time.sleep(0.05)
