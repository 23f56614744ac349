"""The person: one account for both environments (R6)."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, false, text
from sqlalchemy.orm import Mapped, mapped_column

from shared.models.base import Base, new_id


class Account(Base):
    """One natural person. The address counts as known once a password is set; until then a new sign-up replaces it."""

    __tablename__ = "accounts"
    __table_args__ = (
        Index(
            "ix_accounts_unfinished",
            "created_at",
            sqlite_where=text("password_hash IS NULL"),
            postgresql_where=text("password_hash IS NULL"),
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    username: Mapped[str] = mapped_column(String(32))
    username_key: Mapped[str] = mapped_column(String(64), unique=True)
    """The username's skeleton: two that look alike are one (S39)."""
    username_was_assigned: Mapped[bool]
    first_name: Mapped[str] = mapped_column(String(100))
    last_name: Mapped[str] = mapped_column(String(100))
    email: Mapped[str] = mapped_column(String(254))
    """As typed, for mails and for the person's eye."""
    email_key: Mapped[str] = mapped_column(String(320), unique=True)
    """Normalised, for equality (S40)."""
    email_language: Mapped[str] = mapped_column(String(2))
    ui_language: Mapped[str] = mapped_column(String(2))
    time_zone: Mapped[str] = mapped_column(String(64), default="Europe/Brussels")
    notifications: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Events switched off, as ``{"reminder": false}``; what is missing is on."""
    person_confirmed: Mapped[bool] = mapped_column(default=False)
    """The name looked like an organisation's and the person said it is theirs (R17)."""
    privacy_version: Mapped[str] = mapped_column(String(20))
    privacy_accepted_at: Mapped[datetime]
    password_hash: Mapped[str | None] = mapped_column(String(200))
    password_set_at: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None]
    is_canary: Mapped[bool] = mapped_column(default=False, server_default=false())
    """The canary's own: its rows are left out of all figures and go within a day."""
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    @property
    def full_name(self) -> str:
        """First and last name, as they will stand in a certificate."""
        return f"{self.first_name} {self.last_name}"


class Staff(Base):
    """A duty of our own people: ``operations`` or ``helpdesk``."""

    __tablename__ = "staff"

    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    duty: Mapped[str] = mapped_column(String(20), primary_key=True)
    since: Mapped[datetime]
