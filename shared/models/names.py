"""The names of operators, laid out for searching; docs/decisions/0026 says why in three tables.

Nobody writes the first and the third: triggers keep them in step with organisations and activities
(``shared/models/names_triggers.py``), whichever version of the product writes those.
"""

import uuid

from sqlalchemy import JSON, ForeignKey, Index, Integer, String, Text, event
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from shared.models.base import Base
from shared.models.names_triggers import AFTER, BEFORE

# One order in every installation, and the one in which SQLite compares: that of the characters' numbers.
_NAME = String(300).with_variant(String(300, collation="C"), "postgresql")


class OperatorName(Base):
    """A valid operator as a search sees it."""

    __tablename__ = "operator_names"
    __table_args__ = (
        Index(
            "ix_operator_names_in_order",
            "environment",
            "search_name",
            "organisation_id",
            postgresql_include=["country", "activities"],
        ),
        Index(
            "ix_operator_names_by_content",
            "search_name",
            "country",
            "activities",
            postgresql_using="gin",
            postgresql_ops={"search_name": "gin_trgm_ops"},
            postgresql_with={"fastupdate": "off"},
        ).ddl_if(dialect="postgresql"),
    )

    organisation_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("organisations.id", ondelete="CASCADE"), primary_key=True
    )
    environment: Mapped[str] = mapped_column(String(12))
    country: Mapped[str | None] = mapped_column(String(2))
    search_name: Mapped[str] = mapped_column(_NAME)
    activities: Mapped[list[str]] = mapped_column(ARRAY(String(30)).with_variant(JSON(), "sqlite"))
    """Codes of its activities, each once, in alphabetical order."""


class NameShelf(Base):
    """Some thirty names that follow one another in the alphabet, as one text to look through.

    It may hold names that are gone; names that came since it was made are in ``UnshelvedName``.
    """

    __tablename__ = "name_shelves"
    __table_args__ = (
        Index("ix_name_shelves_in_order", "environment", "last_name"),
        Index(
            "ix_name_shelves_by_content",
            "names",
            postgresql_using="gin",
            postgresql_ops={"names": "gin_trgm_ops"},
            # What waits to be put in order is read at every search; more of it would make shelving no quicker.
            postgresql_with={"gin_pending_list_limit": "1024"},
        ).ddl_if(dialect="postgresql"),
    )

    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    """Grows in the order of environment and names; the rowid of its text in ``name_shelf_words`` (SQLite)."""
    environment: Mapped[str] = mapped_column(String(12))
    first_name: Mapped[str] = mapped_column(_NAME)
    last_name: Mapped[str] = mapped_column(_NAME)
    names: Mapped[str] = mapped_column(Text)
    """Each name once, a line each."""


class UnshelvedName(Base):
    """A name that came after the shelves were made."""

    __tablename__ = "unshelved_names"

    organisation_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("operator_names.organisation_id", ondelete="CASCADE"), primary_key=True
    )
    environment: Mapped[str] = mapped_column(String(12))
    search_name: Mapped[str] = mapped_column(_NAME)


# Whoever makes the tables from the models (the tests do) gets what belongs to them as well.
for _statement in BEFORE:
    event.listen(Base.metadata, "before_create", _statement)
for _statement in AFTER:
    event.listen(Base.metadata, "after_create", _statement)
