"""Rights in the database: the role of the processes can add to the audit trail and change nothing in it (S45)."""

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from shared.domain.errors import NotFound
from shared.models import AuditEvent, AuditSeal

APPEND_ONLY = (AuditEvent.__tablename__, AuditSeal.__tablename__)
"""What was said here cannot be unsaid: read and add, nothing else."""
READ_ONLY = ("alembic_version",)


def grant(session: Session, role: str) -> None:
    """Give a role of PostgreSQL what the processes need, and nothing that rewrites the audit trail.

    Run by the owner of the tables, who alone changes the schema; running it again changes nothing. Tables that a later
    version adds are granted by the owner's default privileges, so that only a new append-only table needs it again
    (ASVS 13.2.2, 16.4.2).

    Args:
        session: a transaction of the owner.
        role: a role that exists.

    Raises:
        NotFound: there is no such role, or the database (SQLite) knows none.
    """
    if session.get_bind().dialect.name != "postgresql":
        raise NotFound("SQLite knows no roles; this is for PostgreSQL.")
    if not session.scalar(select(func.count()).select_from(text("pg_roles")).where(text("rolname = :r")), {"r": role}):
        raise NotFound(f"There is no role {role}: CREATE ROLE {role} LOGIN PASSWORD '...' makes one.")
    if session.scalar(select(func.current_user())) == role:
        raise NotFound("This role owns the tables. Give the processes another one, which owns nothing.")
    quote = session.get_bind().dialect.identifier_preparer.quote
    name, schema = quote(role), quote(session.scalars(select(func.current_schema())).one())
    for statement in (
        f"GRANT USAGE ON SCHEMA {schema} TO {name}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {name}",
        f"REVOKE UPDATE, DELETE, TRUNCATE ON {', '.join(APPEND_ONLY)} FROM {name}",
        f"REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON {', '.join(READ_ONLY)} FROM {name}",
        f"ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {name}",
    ):
        session.execute(text(statement))


def may_rewrite_the_audit_trail(session: Session) -> bool:
    """True when the role of this connection could change or delete what was recorded; always so on SQLite."""
    if session.get_bind().dialect.name != "postgresql":
        return True
    return any(
        session.scalar(select(func.has_table_privilege(table, right)))
        for table in APPEND_ONLY
        for right in ("UPDATE", "DELETE", "TRUNCATE")
    )
