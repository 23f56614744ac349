"""Changes of address that wait for their confirmations."""

import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from shared.models.base import Base


class EmailChange(Base):
    """The one change that a person has asked for and that is not made yet; how far it got, its two links say."""

    __tablename__ = "email_changes"

    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    new_email: Mapped[str] = mapped_column(String(254))
    """As typed. It belongs to nobody until the change is made: two people may wait for one address."""
    old_link_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("links.id", ondelete="CASCADE"), unique=True)
    """Mailed to the address that the account has."""
    new_link_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("links.id", ondelete="CASCADE"), unique=True)
    """Mailed to the new address; to nobody when that belongs to another account, and nothing else tells (S7)."""
    asked_at: Mapped[datetime]
