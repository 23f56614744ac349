"""Links that travel in mails."""

import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from shared.models.base import Base
from shared.tokens import new_link_id


class Link(Base):
    """A link of one purpose for one subject. The row cannot open itself: the key is not in the database (S2)."""

    __tablename__ = "links"
    __table_args__ = (
        Index("ix_links_account_id_purpose", "account_id", "purpose"),
        Index("ix_links_created_at", "created_at", postgresql_using="brin"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_link_id)
    purpose: Mapped[str] = mapped_column(String(20))
    key_number: Mapped[int]
    """The key that signs the token, so that a retry after a rotation carries the same link."""
    account_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    assignment_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("assignments.id", ondelete="CASCADE"), index=True
    )
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    """First instant at which it no longer works; stamped when the mail is handed over, None before."""
    used_at: Mapped[datetime | None]
    superseded_at: Mapped[datetime | None]
    locked_at: Mapped[datetime | None]
    """Too many wrong codes (S25)."""
