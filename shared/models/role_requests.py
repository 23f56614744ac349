"""Requests for roles, and who was asked to decide them."""

import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shared.models.accounts import Account
from shared.models.base import Base, new_id
from shared.models.organisations import Organisation, Post

_OPEN = text("status IN ('submitted', 'waiting')")
_ASKED = text("closed_at IS NULL")
_PERSONAL = text("account_id IS NOT NULL")
_WITH_WORDS = text(
    "status = 'closed' AND (message IS NOT NULL OR contact_email IS NOT NULL OR contact_phone IS NOT NULL)"
)


class RoleRequest(Base):
    """One press of "Request authorisation"."""

    __tablename__ = "role_requests"
    __table_args__ = (
        Index("ix_role_requests_account_id_environment", "account_id", "environment", "created_at"),
        Index(
            "ix_role_requests_next_step_at",
            "next_step_at",
            sqlite_where=text("next_step_at IS NOT NULL"),
            postgresql_where=text("next_step_at IS NOT NULL"),
        ),
        Index("ix_role_requests_with_words", "created_at", sqlite_where=_WITH_WORDS, postgresql_where=_WITH_WORDS),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    environment: Mapped[str] = mapped_column(String(12))
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.id"))
    kind: Mapped[str] = mapped_column(String(12))
    message: Mapped[str | None] = mapped_column(Text)
    contact_email: Mapped[str | None] = mapped_column(String(254))
    contact_phone: Mapped[str | None] = mapped_column(String(40))
    status: Mapped[str] = mapped_column(String(10), default="open")
    version: Mapped[int] = mapped_column(default=1)
    """Grows with every change an approver should see before deciding."""
    created_at: Mapped[datetime]
    reminded_at: Mapped[datetime | None]
    escalated_at: Mapped[datetime | None]
    next_step_at: Mapped[datetime | None]
    """When the ladder moves next; None once closed."""
    nobody_since: Mapped[datetime | None]
    """Set while no living recipient was found: operations must look (routing check)."""

    account: Mapped[Account] = relationship()
    items: Mapped[list["RoleRequestItem"]] = relationship(
        back_populates="role_request", order_by="RoleRequestItem.position"
    )
    assignments: Mapped[list["Assignment"]] = relationship(back_populates="role_request", order_by="Assignment.since")


IS_OPEN = RoleRequest.next_step_at.is_not(None) & (RoleRequest.status == "open")
"""True for an open request: it always has a next step, and those that have one are in an index of their own."""


class RoleRequestItem(Base):
    """One post asked for, with its own decision."""

    __tablename__ = "role_request_items"
    __table_args__ = (
        Index(
            "uq_role_request_items_open",
            "account_id",
            "post_id",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
        Index("ix_role_request_items_account_id_status", "account_id", "status"),
        Index("ix_role_request_items_role_request_id", "role_request_id"),
        Index("ix_role_request_items_post_id", "post_id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    role_request_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("role_requests.id", ondelete="CASCADE"))
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.id"))
    post_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("posts.id"))
    position: Mapped[int]
    status: Mapped[str] = mapped_column(String(10), default="submitted")
    reason: Mapped[str | None] = mapped_column(Text)
    """The office's reason for a rejection."""
    decided_at: Mapped[datetime | None]
    decided_by_assignment_id: Mapped[uuid.UUID | None]
    decided_by_account_id: Mapped[uuid.UUID | None]
    decider_name: Mapped[str | None] = mapped_column(String(200))
    """Typed by whoever decided through an office mailbox; shown to no applicant."""

    role_request: Mapped[RoleRequest] = relationship(back_populates="items")
    post: Mapped[Post] = relationship()


class RoleKindHold(Base):
    """The one kind of role a person may have in an environment, while anything of it is pending or valid (R30, S31)."""

    __tablename__ = "role_kind_holds"

    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    environment: Mapped[str] = mapped_column(String(12), primary_key=True)
    kind: Mapped[str] = mapped_column(String(12))


class Assignment(Base):
    """One request, one office, one recipient: an account, or the office's mailbox."""

    __tablename__ = "assignments"
    __table_args__ = (
        Index("ix_assignments_role_request_id", "role_request_id"),
        # One index, not one of all and one of those that are open: SQLite would take the first to find the open ones.
        Index(
            "ix_assignments_account_id_closed_at",
            "account_id",
            "closed_at",
            sqlite_where=_PERSONAL,
            postgresql_where=_PERSONAL,
        ),
        Index("ix_assignments_open_by_office", "office_id", "since", sqlite_where=_ASKED, postgresql_where=_ASKED),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    role_request_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("role_requests.id", ondelete="CASCADE"))
    office_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisations.id"))
    account_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    """The recipient; None when it is the office's mailbox."""
    mailbox: Mapped[str | None] = mapped_column(String(254))
    """The office mailbox as it was when the request was routed."""
    rule: Mapped[str] = mapped_column(String(40))
    """Code of the routing rule that chose this office."""
    step: Mapped[int]
    """The level of the ladder that brought it in, from 0."""
    since: Mapped[datetime]
    due: Mapped[datetime]
    closed_at: Mapped[datetime | None]

    role_request: Mapped[RoleRequest] = relationship(back_populates="assignments")
    office: Mapped[Organisation] = relationship()
    account: Mapped[Account | None] = relationship()
    items: Mapped[list["AssignmentItem"]] = relationship(back_populates="assignment")


class AssignmentItem(Base):
    """Which items of the request an assignment covers."""

    __tablename__ = "assignment_items"

    assignment_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("assignments.id", ondelete="CASCADE"), primary_key=True)
    item_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("role_request_items.id", ondelete="CASCADE"), primary_key=True, index=True
    )

    assignment: Mapped[Assignment] = relationship(back_populates="items")
    item: Mapped[RoleRequestItem] = relationship()
