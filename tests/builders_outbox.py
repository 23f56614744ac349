"""Work in the outbox, and what the relay and workers do with it, each in a transaction; see ``tests.builders``."""

from collections.abc import Callable
from uuid import UUID, uuid4

from sqlalchemy import select

from shared import outbox
from shared.db import Database
from shared.messages import Queue, Task
from shared.models import OutboxRow
from shared.outbox import Taken


def add(database: Database, queue: Queue = Queue.MAIL_URGENT) -> UUID:
    """A mail to be delivered; the id of its row."""
    with database.transaction() as session:
        row = outbox.add(session, task=Task.DELIVER_EMAILS, queue=queue, subject_id=uuid4())
        session.flush()
        return row.id


def announce(database: Database, **more: int) -> list[UUID]:
    """One pass of the relay; the ids of the rows it found due."""
    with database.transaction() as session:
        return [one.id for one in outbox.announce(session, **more)]


def take(database: Database, row_id: UUID, worker: int = 1) -> Taken | None:
    """A worker takes the row, unless it must not."""
    with database.transaction() as session:
        return outbox.take(session, row_id, worker=worker)


def act(database: Database, row: Taken, what: Callable[..., object], *values: object, **named: object) -> object:
    """Whoever took the row ends or returns it by an operation of ``shared.outbox``."""
    with database.transaction() as session:
        return what(session, row, *values, **named)


def the_row(database: Database) -> OutboxRow:
    """The only row, as it stands now."""
    with database.reading() as session:
        return session.scalars(select(OutboxRow)).one()
