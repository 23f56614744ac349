"""Running migrations: with the engine that ``flask database upgrade`` hands over."""

from typing import Literal

from alembic import context
from sqlalchemy import JSON

from shared.models import Base
from shared.models.base import UtcDateTime


def plain_types(kind: str, item: object, autogen_context: object) -> str | Literal[False]:
    """Write our own column types as the plain ones they are stored as: a migration must not change with the code."""
    del autogen_context
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, JSON):
        return 'sa.JSON().with_variant(postgresql.JSONB(), "postgresql")'
    return False


engine = context.config.attributes["engine"]

with engine.connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        # SQLite cannot alter a table; Alembic copies it instead.
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
        render_item=plain_types,
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
