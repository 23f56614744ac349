"""Proof that whoever decides from a mail holds the mailbox it went to (S25)."""

import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from shared.models.base import Base, new_id


class DecisionChallenge(Base):
    """A mailed code for one decision. Its six digits are derived from the id with a key: the row does not hold them."""

    __tablename__ = "decision_challenges"
    __table_args__ = (Index("ix_decision_challenges_assignment_id", "assignment_id", "created_at"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    assignment_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("assignments.id", ondelete="CASCADE"))
    key_number: Mapped[int]
    bound_to: Mapped[bytes] = mapped_column(LargeBinary(32))
    """Hash of assignment, decision, items and administrator tick: the code is good for nothing else."""
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    """Ten minutes from hand-over; None before."""
    wrong_tries: Mapped[int] = mapped_column(default=0)
    used_at: Mapped[datetime | None]


class RememberedBrowser(Base):
    """A browser or API client that proved to hold a recipient's mailbox. Only the hash of its secret is kept."""

    __tablename__ = "remembered_browsers"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    secret_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    recipient_key: Mapped[str] = mapped_column(String(330), index=True)
    """Whom it stands for: ``account:<id>`` or ``mailbox:<office id>:<normalised address>``."""
    proved_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
