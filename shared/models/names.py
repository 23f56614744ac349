"""The names of operators, laid out for searching (docs/decisions/0034).

Triggers keep ``OperatorName`` and ``UnrankedName`` in step with organisations and activities
(``shared/models/names_triggers.py``), whichever version of the product writes those.
"""

import uuid

from sqlalchemy import JSON, ForeignKey, Index, Integer, LargeBinary, String, Text, event
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
    )

    organisation_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("organisations.id", ondelete="CASCADE"), primary_key=True
    )
    environment: Mapped[str] = mapped_column(String(12))
    country: Mapped[str | None] = mapped_column(String(2))
    search_name: Mapped[str] = mapped_column(_NAME)
    activities: Mapped[list[str]] = mapped_column(ARRAY(String(30)).with_variant(JSON(), "sqlite"))
    """Codes of its activities, each once, in alphabetical order."""


class NamePiece(Base):
    """Which operators' names hold a piece of a word, or which operators have a country or an activity: by rank."""

    __tablename__ = "name_pieces"

    environment: Mapped[str] = mapped_column(String(12), primary_key=True)
    piece: Mapped[str] = mapped_column(String(40), primary_key=True)
    """Of a word, such as "alp"; or what else is noted, as ``shared/services/operator_names_rank.py`` names it."""
    ranks: Mapped[bytes] = mapped_column(LargeBinary)
    """A Roaring bitmap."""


class RankedNames(Base):
    """Sixty-four operators that follow one another in the order of names."""

    __tablename__ = "ranked_names"
    __table_args__ = (Index("ix_ranked_names_in_order", "environment", "first_name"),)

    environment: Mapped[str] = mapped_column(String(12), primary_key=True)
    block: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    """An operator's rank, divided by how many stand in a block."""
    first_name: Mapped[str] = mapped_column(_NAME)
    organisation_ids: Mapped[bytes] = mapped_column(LargeBinary)
    """Sixteen bytes for each."""


class UnrankedName(Base):
    """An operator that came or changed after the ranks were given."""

    __tablename__ = "unranked_names"

    organisation_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("operator_names.organisation_id", ondelete="CASCADE"), primary_key=True
    )
    environment: Mapped[str] = mapped_column(String(12))
    search_name: Mapped[str] = mapped_column(_NAME)


# What follows is for processes of the version before only, and goes with the next version (0023).


class NameShelf(Base):
    """Some thirty names that follow one another in the alphabet, as one text to look through."""

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
