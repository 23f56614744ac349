"""The unit of work: what is still to be done, for mails and routing alike."""

import uuid
from datetime import datetime

from sqlalchemy import Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from shared.models.base import Base, new_id

_UNFINISHED = text("finished_at IS NULL")


class OutboxRow(Base):
    """One thing to do, written in the transaction that causes it. All its times are the database's own."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index("ix_outbox_to_announce", "queue", "announce_at", sqlite_where=_UNFINISHED, postgresql_where=_UNFINISHED),
        Index(
            "ix_outbox_leased",
            "lease_owner",
            sqlite_where=text("lease_owner IS NOT NULL"),
            postgresql_where=text("lease_owner IS NOT NULL"),
        ),
        Index("ix_outbox_subject", "subject_id", "task"),
        Index(
            "ix_outbox_finished_at",
            "finished_at",
            sqlite_where=text("finished_at IS NOT NULL"),
            postgresql_where=text("finished_at IS NOT NULL"),
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    task: Mapped[str] = mapped_column(String(40))
    queue: Mapped[str] = mapped_column(String(20))
    subject_id: Mapped[uuid.UUID]
    """The e-mail or role request the work is about."""
    created_at: Mapped[datetime]
    next_attempt_at: Mapped[datetime]
    announce_at: Mapped[datetime]
    """When the relay may tell the broker (again): the next attempt, or later while somebody may have it in hand."""
    announced_at: Mapped[datetime | None]
    announcements: Mapped[int] = mapped_column(default=0)
    """Times the relay told the broker since the last attempt."""
    lease_owner: Mapped[int | None]
    """The number of the worker process that has it in hand."""
    leased_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    """Temporary answers so far; they never park a row."""
    crashes: Mapped[int] = mapped_column(default=0)
    """Times it was taken and no outcome recorded; a poisonous row is parked."""
    outcome: Mapped[str | None] = mapped_column(String(10))
    """``done``, ``refused``, ``obsolete`` or ``parked``."""
    last_error: Mapped[str | None] = mapped_column(String(200))
    finished_at: Mapped[datetime | None]
