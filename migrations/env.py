"""Running migrations: with the engine that ``flask database upgrade`` hands over."""

from typing import Literal

from alembic import context
from sqlalchemy import JSON, Connection

from shared.models import Base
from shared.models.base import UtcDateTime
from shared.models.comparing import is_in_models


def plain_types(kind: str, item: object, autogen_context: object) -> str | Literal[False]:
    """Write our own column types as the plain ones they are stored as: a migration must not change with the code."""
    del autogen_context
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, JSON):
        return 'sa.JSON().with_variant(postgresql.JSONB(), "postgresql")'
    return False


def enforce_foreign_keys(connection: Connection, *, when: bool) -> None:
    """Switch SQLite's foreign keys off for the migrations, and on again; has to be said outside of a transaction.

    SQLite cannot alter a table, so Alembic copies it and drops the old one. With foreign keys on, whatever hangs on its
    rows would be deleted with it.
    """
    if connection.dialect.name == "sqlite":
        connection.connection.cursor().execute(f"PRAGMA foreign_keys={'ON' if when else 'OFF'}")


engine = context.config.attributes["engine"]

with engine.connect() as connection:
    enforce_foreign_keys(connection, when=False)
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        # SQLite cannot alter a table; Alembic copies it instead.
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
        include_object=is_in_models,
        # What one needs to lock is free again before the next begins.
        transaction_per_migration=True,
        render_item=plain_types,
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
    enforce_foreign_keys(connection, when=True)
