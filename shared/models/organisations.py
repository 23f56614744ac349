"""Organisations and the posts a person can hold in them; loaded once per environment."""

import uuid
from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Index, String, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shared.models.base import Base, new_id


class Organisation(Base):
    """An operator, an authority, a control body, or the Commission, in one environment."""

    __tablename__ = "organisations"
    __table_args__ = (
        UniqueConstraint("environment", "reference"),
        UniqueConstraint("environment", "traces_number"),
        Index("ix_organisations_search", "environment", "kind", "country", "search_name"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    environment: Mapped[str] = mapped_column(String(12))
    kind: Mapped[str] = mapped_column(String(12))
    reference: Mapped[str] = mapped_column(String(120))
    """What names it for the loader and the command line: its code or TRACES number, else made from its name."""
    name: Mapped[str] = mapped_column(String(300))
    search_name: Mapped[str] = mapped_column(String(300))
    """The name without marks and case, for searching."""
    look_alike_key: Mapped[str] = mapped_column(String(300), index=True)
    """The name without legal form, punctuation and look-alike letters, for finding copies (C7)."""
    address: Mapped[str] = mapped_column(String(400), default="")
    """As printed or typed; never checked for a shape (domain.md 3.5)."""
    country: Mapped[str | None] = mapped_column(String(2))
    """ISO code of the seat; None where the source names none."""
    status: Mapped[str] = mapped_column(String(10), default="valid")
    role: Mapped[str | None] = mapped_column(String(3))
    """BCP or CCA, for authorities."""
    takes_requests: Mapped[bool] = mapped_column(default=True)
    confirmed: Mapped[bool] = mapped_column(default=True)
    """False where the source does not say the role in so many words."""
    traces_number: Mapped[str | None] = mapped_column(String(30))
    mailbox_email: Mapped[str | None] = mapped_column(String(254))
    """The office mailbox: only from the loader or the command line, never from anything an applicant typed (S30)."""
    mailbox_language: Mapped[str] = mapped_column(String(2), default="en")
    source: Mapped[str] = mapped_column(String(300), default="")
    is_canary: Mapped[bool] = mapped_column(default=False, server_default=false())
    """One of the two that the canary walks to: in no search and no figure."""
    created_at: Mapped[datetime]

    posts: Mapped[list["Post"]] = relationship(back_populates="organisation")
    operator: Mapped["OperatorDetails | None"] = relationship(back_populates="organisation")
    activities: Mapped[list["OperatorActivity"]] = relationship(
        back_populates="organisation", foreign_keys="OperatorActivity.organisation_id"
    )


class OperatorDetails(Base):
    """What "Create new Operator" asks beside name, country and address (domain.md 2.4)."""

    __tablename__ = "operator_details"

    organisation_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("organisations.id", ondelete="CASCADE"), primary_key=True
    )
    created_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("accounts.id", ondelete="SET NULL"), index=True)
    region: Mapped[str | None] = mapped_column(String(100))
    city: Mapped[str] = mapped_column(String(100), default="")
    street: Mapped[str] = mapped_column(String(200), default="")
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    phone: Mapped[str | None] = mapped_column(String(40))
    fax: Mapped[str | None] = mapped_column(String(40))
    email: Mapped[str | None] = mapped_column(String(254))
    """Typed by the applicant: shown, never written to (S30)."""
    website: Mapped[str | None] = mapped_column(String(200))
    eori: Mapped[str | None] = mapped_column(String(17), index=True)
    section_chapter: Mapped[str] = mapped_column(String(60), default="No section chapter")

    organisation: Mapped[Organisation] = relationship(back_populates="operator")


class OperatorActivity(Base):
    """One activity of an operator: section, activity, certifier and dates."""

    __tablename__ = "operator_activities"
    __table_args__ = (Index("ix_operator_activities_activity", "activity", "organisation_id"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisations.id", ondelete="CASCADE"), index=True)
    activity: Mapped[str] = mapped_column(String(30))
    """Code of the activity, such as ORGANIC_IMPORTER; section and labels come from the reference list."""
    identifier: Mapped[str | None] = mapped_column(String(60))
    control_body_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("organisations.id"))
    valid_from: Mapped[datetime | None]
    valid_to: Mapped[datetime | None]
    publication_date: Mapped[date | None] = mapped_column(Date)
    application_date: Mapped[date | None] = mapped_column(Date)

    organisation: Mapped[Organisation] = relationship(back_populates="activities", foreign_keys=[organisation_id])
    control_body: Mapped[Organisation | None] = relationship(foreign_keys=[control_body_id])


class Post(Base):
    """What a person can hold: an operator, an authority, or one control body in one country."""

    __tablename__ = "posts"
    __table_args__ = (UniqueConstraint("environment", "code"), Index("ix_posts_organisation_id", "organisation_id"))

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    environment: Mapped[str] = mapped_column(String(12))
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisations.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(12))
    code: Mapped[str | None] = mapped_column(String(40))
    """Code number such as AE-BIO-149 or BE0001, as printed; never parsed for the country."""
    country: Mapped[str | None] = mapped_column(String(2))
    """For a control body the country it certifies, else the seat."""
    printed_address: Mapped[str] = mapped_column(String(400), default="")
    """The address its source prints beside a control body's code; empty where the organisation's is shown (R55)."""

    organisation: Mapped[Organisation] = relationship(back_populates="posts")
    recognitions: Mapped[list["Recognition"]] = relationship(back_populates="post", order_by="Recognition.rank")


class Recognition(Base):
    """Under which rules a control body's code number is listed, and for which product categories."""

    __tablename__ = "recognitions"
    __table_args__ = (UniqueConstraint("post_id", "regime"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    post_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"))
    regime: Mapped[str] = mapped_column(String(40))
    categories: Mapped[str] = mapped_column(String(20))
    """Letters, which mean something only together with the regime (domain.md 3.1)."""
    rank: Mapped[int]
    """The letter's row comes first and is the one shown."""
    source: Mapped[str] = mapped_column(String(300), default="")
    note: Mapped[str] = mapped_column(Text, default="")

    post: Mapped[Post] = relationship(back_populates="recognitions")


class TracesCounter(Base):
    """The last running number given to an operator of a country in an environment."""

    __tablename__ = "traces_counters"

    environment: Mapped[str] = mapped_column(String(12), primary_key=True)
    country: Mapped[str] = mapped_column(String(2), primary_key=True)
    last: Mapped[int]
