"""Who did what, when, to what, on which ground: written with the change, sealed within a second."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from shared.models.base import Base, new_id


class AuditEvent(Base):
    """One event. Ids, codes and salted hashes only: no names, no addresses, no typed text."""

    __tablename__ = "audit_events"
    __table_args__ = (Index("ix_audit_events_subject_id_at", "subject_id", "at"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    at: Mapped[datetime]
    action: Mapped[str] = mapped_column(String(60))
    """Noun and verb, such as ``role_request.accepted``."""
    actor: Mapped[str] = mapped_column(String(60))
    """``account:<id>``, ``mailbox:<office id>``, ``system`` or ``operator`` (the command line)."""
    subject_type: Mapped[str] = mapped_column(String(30))
    subject_id: Mapped[uuid.UUID]
    environment: Mapped[str | None] = mapped_column(String(12))
    ground: Mapped[str | None] = mapped_column(String(60))
    """The rule or command on which it was done."""
    link_id: Mapped[uuid.UUID | None]
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)


class AuditUnsealed(Base):
    """An event that waits for its place in the chain, so that finding it costs nothing however long the chain is."""

    __tablename__ = "audit_unsealed"

    event_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("audit_events.id"), primary_key=True)


class AuditSeal(Base):
    """The place of one event in the chain: sequence, hash of the one before, HMAC over both and the event."""

    __tablename__ = "audit_seals"

    sequence: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=False
    )
    event_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("audit_events.id"), unique=True)
    key_number: Mapped[int]
    previous: Mapped[bytes] = mapped_column(LargeBinary(32))
    seal: Mapped[bytes] = mapped_column(LargeBinary(32))
