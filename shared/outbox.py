"""The outbox: work is written with the change that causes it, announced to the broker, taken, and its outcome recorded.

The row is the truth. An announcement is a hint that may be lost or said twice; taking a row decides who does the work.
Every time in here is the database's own, which no demonstration can move.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Executable, RowMapping, bindparam, exists, select, text, update
from sqlalchemy.orm import Session

from shared import clock, wake
from shared.domain.deliveries import announce_again_after
from shared.lease_holders import LEASE_LOCK_CLASS, missing_workers, release_orphans, renew
from shared.lease_statements import LEASE, is_free
from shared.leases import Reading, Taken, finish, park, put_off, retry, take, unfinished
from shared.messages import Queue, Task
from shared.models import OutboxRow
from shared.models.base import new_id
from shared.rows import Row, table_of

__all__ = [
    "LEASE",
    "LEASE_LOCK_CLASS",
    "Reading",
    "Taken",
    "add",
    "announce",
    "announce_afresh",
    "ask_for_relay",
    "finish",
    "missing_workers",
    "park",
    "put_off",
    "release_orphans",
    "renew",
    "retry",
    "take",
    "take_back",
    "unfinished",
    "work_row",
]

LARGEST_PASS = 1_000
"""Rows announced in one look at the most, so that 50 000 waiting mails do not flood the broker."""
_TABLE = table_of(OutboxRow)
_ROW = _TABLE.c
_NOTIFY = text(f"NOTIFY {wake.CHANNEL}")


@dataclass(frozen=True, slots=True)
class Announcement:
    """One row that the broker should be told of."""

    id: UUID
    task: str
    queue: str


def add(session: Session, *, task: Task, queue: Queue, subject_id: UUID) -> OutboxRow:
    """Write down work to be done once this transaction is committed, and see that the relay is woken then."""
    row = OutboxRow(**work_row(session, task=task, queue=queue, subject_id=subject_id).values)
    session.add(row)
    return row


def work_row(session: Session, *, task: Task, queue: Queue, subject_id: UUID) -> Row:
    """Make the row of work for whoever writes it in this transaction, after which the relay is woken."""
    ask_for_relay(session)
    at = clock.database_time(session)
    values = {
        "id": new_id(),
        "task": task,
        "queue": queue,
        "subject_id": subject_id,
        "created_at": at,
        "next_attempt_at": at,
        "announce_at": at,
    }
    return Row(OutboxRow, values)


def ask_for_relay(session: Session) -> None:
    """See that the relay looks as soon as this transaction is committed."""
    if session.info.get("outbox_grew"):
        return
    session.info["outbox_grew"] = True
    is_local = session.info.get("relay_is_local")
    if session.get_bind().dialect.name == "postgresql" and not (is_local and is_local()):
        # NOTIFY takes a lock at commit, so it is left to installations whose relay lives on another host.
        session.execute(_NOTIFY)


def announce(
    session: Session, *, limit: int = LARGEST_PASS, queues: Collection[Queue] = tuple(Queue)
) -> list[Announcement]:
    """Pick the rows the broker should be told of now, urgent queues first, and note that it was told.

    Rows are not picked again before their next announcement is due (30 s, doubling to 5 min), nor while a living
    worker has them in hand. Several relays may run: each picks rows the others do not. Rows of other ``queues`` than
    those named stay due.
    """
    connection, at = session.connection(), clock.database_time(session)
    picked: list[RowMapping] = []
    for queue in _with_work(connection, tuple(queue for queue in Queue if queue in queues), at):
        if len(picked) < limit:
            which = {"queue": queue, "at": at, "limit": limit - len(picked)}
            picked += connection.execute(_PICK, which).mappings()
    by_announcements: dict[int, list[UUID]] = defaultdict(list)
    for row in picked:
        by_announcements[row["announcements"]].append(row["id"])
    for announcements, ids in by_announcements.items():
        again = at + announce_again_after(announcements + 1)
        connection.execute(_NOTE, {"ids": ids, "at": at, "count": announcements + 1, "again": again})
    return [Announcement(row["id"], row["task"], row["queue"]) for row in picked]


def _with_work(connection: Connection, queues: tuple[Queue, ...], at: datetime) -> list[Queue]:
    """Those of the queues in which something is due: mostly none or one, so the others cost no question each."""
    if not queues:
        return []
    is_due = connection.execute(_where_work_is(queues), {"at": at}).one()
    return [queue for queue, there_is in zip(queues, is_due, strict=True) if there_is]


def _due(queue: Any) -> tuple[ColumnElement[bool], ...]:
    return _ROW.queue == queue, _ROW.finished_at.is_(None), _ROW.announce_at <= bindparam("at")


# Made once: a relay looks all day, and making a statement costs more than executing it.

_PICK = (
    select(_ROW.id, _ROW.task, _ROW.queue, _ROW.announcements)
    .where(*_due(bindparam("queue")))
    .order_by(_ROW.announce_at)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True)
)
_NOTE = (
    update(_TABLE)
    .where(_ROW.id.in_(bindparam("ids", expanding=True)))
    .values(announced_at=bindparam("at"), announcements=bindparam("count"), announce_at=bindparam("again"))
)


@cache
def _where_work_is(queues: tuple[Queue, ...]) -> Executable:
    return select(*(exists().where(*_due(queue)) for queue in queues))


def take_back(session: Session, row_ids: Collection[UUID]) -> None:
    """Rows that were announced in vain are due again at once, unless somebody acts or acted on them meanwhile."""
    at = clock.database_time(session)
    in_vain = (
        select(OutboxRow.id)
        .where(
            OutboxRow.id.in_(row_ids),
            OutboxRow.finished_at.is_(None),
            is_free(OutboxRow, at),
            # Recording a temporary answer sets this back to 0 and chooses a later time.
            OutboxRow.announcements > 0,
        )
        # Never waits: of two that take back some of the same rows, each in its order, neither could go on.
        .with_for_update(skip_locked=True)
    )
    session.execute(
        update(OutboxRow)
        .where(OutboxRow.id.in_(in_vain))
        .values(announce_at=OutboxRow.next_attempt_at, announcements=0)
        .execution_options(synchronize_session=False)
    )


def announce_afresh(session: Session, task: Task, *, only_put_off: bool = False) -> None:
    """Whatever of ``task`` was announced in vain is due again: the obstacle (a mail server that refused) is gone.

    With ``only_put_off`` just what was given back untried, however much else waits: one domain takes mails again.
    """
    at = clock.database_time(session)
    was_put_off = (OutboxRow.announcements == 0,) if only_put_off else ()
    session.execute(
        update(OutboxRow)
        .where(
            OutboxRow.task == task,
            OutboxRow.finished_at.is_(None),
            is_free(OutboxRow, at),
            OutboxRow.next_attempt_at <= at,
            OutboxRow.announce_at > at,
            *was_put_off,
        )
        .values(announce_at=at, announcements=0)
        .execution_options(synchronize_session=False)
    )
    ask_for_relay(session)
