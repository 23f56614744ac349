"""What of a database the models speak about, for comparing the two: migrations and their test ask."""

from typing import Any

from sqlalchemy import Index

from shared.models.names_triggers import SHELF_WORDS


def is_in_models(subject: Any, name: str | None, kind: str, _is_reflected: bool, _counterpart: object) -> bool:
    """False for what comes with something else, and for indexes that SQLite has no kind of (Alembic's include_object).

    The tables behind SQLite's index of texts are made with it; an index of PostgreSQL's kind ``gin`` is not made on
    SQLite.
    """
    if kind == "table":
        return not (name or "").startswith(SHELF_WORDS)
    return not (kind == "index" and is_for_postgresql_only(subject))


def is_for_postgresql_only(index: Index) -> bool:
    """True for an index that other databases do without."""
    return bool(index.dialect_options["postgresql"]["using"] == "gin")
