"""What was said to whom."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, false, text
from sqlalchemy.orm import Mapped, mapped_column

from shared.models.base import Base, new_id

_FAILED = text("state IN ('refused', 'held')")
_BOUNCED = text("bounced_at IS NOT NULL")
_ABOUT_ONE = text("assignment_id IS NOT NULL")
_WITH_CODE = text("challenge_id IS NOT NULL")


class Email(Base):
    """One mail to one recipient. Tokens and codes are not in it: they are made at the moment of sending.

    Its ``Message-ID`` is the row's id at the sender's domain, so every copy carries the same (RFC 5322 3.6.4).
    """

    __tablename__ = "emails"
    __table_args__ = (
        Index("ix_emails_recipient_key_created_at", "recipient_key", "created_at"),
        Index("ix_emails_created_at", "created_at", postgresql_using="brin"),
        # For whoever deletes what they refer to; most mails refer to neither.
        Index("ix_emails_assignment_id", "assignment_id", sqlite_where=_ABOUT_ONE, postgresql_where=_ABOUT_ONE),
        Index("ix_emails_challenge_id", "challenge_id", sqlite_where=_WITH_CODE, postgresql_where=_WITH_CODE),
        Index("ix_emails_failed", "created_at", sqlite_where=_FAILED, postgresql_where=_FAILED),
        Index("ix_emails_bounced_at", "bounced_at", sqlite_where=_BOUNCED, postgresql_where=_BOUNCED),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    template: Mapped[str] = mapped_column(String(40))
    account_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("accounts.id", ondelete="SET NULL"), index=True)
    recipient: Mapped[str] = mapped_column(String(254))
    recipient_key: Mapped[str] = mapped_column(String(320))
    """The normalised address, by which mails per address are counted (S12)."""
    language: Mapped[str] = mapped_column(String(2))
    environment: Mapped[str | None] = mapped_column(String(12))
    link_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("links.id", ondelete="SET NULL"), index=True)
    role_request_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("role_requests.id", ondelete="SET NULL"), index=True
    )
    assignment_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("assignments.id", ondelete="SET NULL"))
    challenge_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("decision_challenges.id", ondelete="SET NULL"))
    context: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Ids and codes the template needs beside the rows it can look up; no secrets, no typed text."""
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    reason: Mapped[str | None] = mapped_column(String(200))
    """Why it is held, refused or obsolete, in words for operations; no addresses."""
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    bounced_at: Mapped[datetime | None]
    """When a report (RFC 3464) said that it did not arrive after all."""
    bounce_status: Mapped[str | None] = mapped_column(String(12))
    """The report's status code, such as ``5.1.1`` (RFC 3463)."""
    is_canary: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Of the canary's walk: left out of all figures."""
