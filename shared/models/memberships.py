"""What people hold, and who may let colleagues in."""

import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shared.models.accounts import Account
from shared.models.base import Base, new_id
from shared.models.organisations import Organisation, Post

_HELD = text("status IN ('valid', 'suspended')")


class Membership(Base):
    """A person holds a post."""

    __tablename__ = "memberships"
    __table_args__ = (
        Index("uq_memberships_held", "account_id", "post_id", unique=True, sqlite_where=_HELD, postgresql_where=_HELD),
        Index("ix_memberships_post_id_status", "post_id", "status"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    environment: Mapped[str] = mapped_column(String(12))
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.id"), index=True)
    post_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("posts.id"))
    item_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("role_request_items.id"))
    """The decision it rests on; None when given from the command line."""
    status: Mapped[str] = mapped_column(String(10), default="valid")
    valid_from: Mapped[datetime]
    valid_to: Mapped[datetime | None]

    account: Mapped[Account] = relationship()
    post: Mapped[Post] = relationship()


class Administrator(Base):
    """The right to decide for an organisation, covering all its posts in its environment."""

    __tablename__ = "administrators"

    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    organisation_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("organisations.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    since: Mapped[datetime]

    account: Mapped[Account] = relationship()
    organisation: Mapped[Organisation] = relationship()
