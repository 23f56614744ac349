"""ranks of names

Shelves stay for processes of the version before, until the next version.

Revision: 0008
Follows: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

NAME = sa.String(length=300).with_variant(sa.String(length=300, collation="C"), "postgresql")

POSTGRESQL_TRIGGERS = (
    """
CREATE FUNCTION note_unranked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO unranked_names (organisation_id, environment, search_name)
  VALUES (NEW.organisation_id, NEW.environment, NEW.search_name)
  ON CONFLICT (organisation_id) DO UPDATE SET
    environment = excluded.environment, search_name = excluded.search_name;
  RETURN NULL;
END $$""",
    """
CREATE TRIGGER operator_name_is_unranked
AFTER INSERT OR UPDATE ON operator_names
FOR EACH ROW EXECUTE FUNCTION note_unranked()""",
)

SQLITE_TRIGGERS = tuple(
    f"""
CREATE TRIGGER operator_name_{name} AFTER {event} ON operator_names BEGIN
  DELETE FROM unranked_names WHERE organisation_id = NEW.organisation_id;
  INSERT INTO unranked_names (organisation_id, environment, search_name)
  VALUES (NEW.organisation_id, NEW.environment, NEW.search_name);
END"""
    for name, event in (("comes", "INSERT"), ("changes", "UPDATE"))
)


def upgrade():
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    if is_postgresql:
        # Whoever writes an operator waits, so that none is missed by the copy.
        op.execute("LOCK TABLE operator_names IN SHARE ROW EXCLUSIVE MODE")
        op.drop_index("ix_operator_names_by_content", "operator_names")
    op.create_table(
        "name_pieces",
        sa.Column("environment", sa.String(length=12), nullable=False),
        sa.Column("piece", sa.String(length=40), nullable=False),
        sa.Column("ranks", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("environment", "piece", name=op.f("pk_name_pieces")),
    )
    op.create_table(
        "ranked_names",
        sa.Column("environment", sa.String(length=12), nullable=False),
        sa.Column("block", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("first_name", NAME, nullable=False),
        sa.Column("organisation_ids", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("environment", "block", name=op.f("pk_ranked_names")),
    )
    op.create_index("ix_ranked_names_in_order", "ranked_names", ["environment", "first_name"])
    op.create_table(
        "unranked_names",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("environment", sa.String(length=12), nullable=False),
        sa.Column("search_name", NAME, nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["operator_names.organisation_id"],
            name=op.f("fk_unranked_names_organisation_id_operator_names"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organisation_id", name=op.f("pk_unranked_names")),
    )
    if is_postgresql:
        op.execute("ALTER TABLE name_pieces ALTER COLUMN ranks SET STORAGE EXTERNAL")
    op.execute(
        "INSERT INTO unranked_names (organisation_id, environment, search_name)"
        " SELECT organisation_id, environment, search_name FROM operator_names"
    )
    for trigger in POSTGRESQL_TRIGGERS if is_postgresql else SQLITE_TRIGGERS:
        op.execute(trigger.strip())


def downgrade():
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER operator_name_is_unranked ON operator_names")
        op.execute("DROP FUNCTION note_unranked()")
        op.create_index(
            "ix_operator_names_by_content",
            "operator_names",
            ["search_name", "country", "activities"],
            postgresql_using="gin",
            postgresql_ops={"search_name": "gin_trgm_ops"},
            postgresql_with={"fastupdate": "off"},
        )
    else:
        op.execute("DROP TRIGGER operator_name_comes")
        op.execute("DROP TRIGGER operator_name_changes")
    op.drop_table("unranked_names")
    op.drop_table("ranked_names")
    op.drop_table("name_pieces")
