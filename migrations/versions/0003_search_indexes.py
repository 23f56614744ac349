"""search indexes

Revision: 0003
Follows: 0002
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

NAME = sa.String(length=300).with_variant(sa.String(length=300, collation="C"), "postgresql")
ACTIVITIES = sa.JSON().with_variant(postgresql.ARRAY(sa.String(length=30)), "postgresql")
EXTENSIONS = ("pg_trgm", "btree_gin")

POSTGRESQL_TRIGGERS = (
    """
CREATE FUNCTION follow_operator() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.kind = 'operator' AND NEW.status = 'valid' AND NOT NEW.is_canary THEN
    INSERT INTO operator_names (organisation_id, environment, country, search_name, activities)
    VALUES (NEW.id, NEW.environment, NEW.country, NEW.search_name, ARRAY(
      SELECT DISTINCT activity FROM operator_activities WHERE organisation_id = NEW.id ORDER BY activity))
    ON CONFLICT (organisation_id) DO UPDATE SET
      environment = excluded.environment, country = excluded.country, search_name = excluded.search_name;
    INSERT INTO unshelved_names (organisation_id, environment, search_name)
    VALUES (NEW.id, NEW.environment, NEW.search_name)
    ON CONFLICT (organisation_id) DO UPDATE SET
      environment = excluded.environment, search_name = excluded.search_name;
  ELSE
    DELETE FROM operator_names WHERE organisation_id = NEW.id;
  END IF;
  RETURN NULL;
END $$""",
    """
CREATE TRIGGER operator_follows
AFTER INSERT OR UPDATE OF environment, kind, country, search_name, status ON organisations
FOR EACH ROW EXECUTE FUNCTION follow_operator()""",
    """
CREATE FUNCTION follow_activities() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE operator_names SET activities = ARRAY(
    SELECT DISTINCT activity FROM operator_activities
    WHERE organisation_id = operator_names.organisation_id ORDER BY activity)
  WHERE organisation_id IN (OLD.organisation_id, NEW.organisation_id);
  RETURN NULL;
END $$""",
    """
CREATE TRIGGER activities_follow
AFTER INSERT OR DELETE OR UPDATE OF organisation_id, activity ON operator_activities
FOR EACH ROW EXECUTE FUNCTION follow_activities()""",
)

SQLITE_ACTIVITIES = """(
    SELECT json_group_array(activity) FROM (
      SELECT DISTINCT activity FROM operator_activities WHERE organisation_id = {id} ORDER BY activity))"""
SQLITE_ADD = f"""
  INSERT INTO operator_names (organisation_id, environment, country, search_name, activities)
  SELECT NEW.id, NEW.environment, NEW.country, NEW.search_name, {SQLITE_ACTIVITIES.format(id="NEW.id")}
  WHERE NEW.kind = 'operator' AND NEW.status = 'valid' AND NOT NEW.is_canary;
  INSERT INTO unshelved_names (organisation_id, environment, search_name)
  SELECT organisation_id, environment, search_name FROM operator_names WHERE organisation_id = NEW.id;"""
SQLITE_TRIGGERS = (
    f"""
CREATE TRIGGER operator_comes AFTER INSERT ON organisations BEGIN{SQLITE_ADD}
END""",
    f"""
CREATE TRIGGER operator_changes AFTER UPDATE OF environment, kind, country, search_name, status ON organisations BEGIN
  DELETE FROM unshelved_names WHERE organisation_id = NEW.id;
  DELETE FROM operator_names WHERE organisation_id = NEW.id;{SQLITE_ADD}
END""",
    *(
        f"""
CREATE TRIGGER activity_{name} AFTER {event} ON operator_activities BEGIN
  UPDATE operator_names SET activities = {SQLITE_ACTIVITIES.format(id="operator_names.organisation_id")}
  WHERE organisation_id IN ({ids});
END"""
        for name, event, ids in (
            ("comes", "INSERT", "NEW.organisation_id"),
            ("goes", "DELETE", "OLD.organisation_id"),
            ("changes", "UPDATE OF organisation_id, activity", "OLD.organisation_id, NEW.organisation_id"),
        )
    ),
)

# In the order of names: rows that are asked for together then lie together.
COPY = """
INSERT INTO operator_names (organisation_id, environment, country, search_name, activities)
SELECT id, environment, country, search_name, {activities}
FROM organisations WHERE kind = 'operator' AND status = 'valid' ORDER BY environment, search_name{order}"""
SHELVE = """
INSERT INTO name_shelves (number, environment, first_name, last_name, names)
SELECT row_number() OVER (ORDER BY environment, min(search_name)), environment, min(search_name), max(search_name), {names}
FROM (
  SELECT environment, search_name,
    sum(length(search_name) + 1) OVER (PARTITION BY environment ORDER BY search_name) / 800 AS shelf
  FROM (SELECT DISTINCT environment, search_name FROM operator_names) AS each_once
) AS in_order
GROUP BY environment, shelf"""


def upgrade():
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    if is_postgresql:
        _create_extensions()
        # Whoever writes an operator waits, so that none is missed by the copy.
        op.execute("LOCK TABLE organisations, operator_activities IN SHARE ROW EXCLUSIVE MODE")
    op.create_table(
        "operator_names",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("environment", sa.String(length=12), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=True),
        sa.Column("search_name", NAME, nullable=False),
        sa.Column("activities", ACTIVITIES, nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_operator_names_organisation_id_organisations"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organisation_id", name=op.f("pk_operator_names")),
    )
    op.create_table(
        "name_shelves",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("environment", sa.String(length=12), nullable=False),
        sa.Column("first_name", NAME, nullable=False),
        sa.Column("last_name", NAME, nullable=False),
        sa.Column("names", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_name_shelves")),
    )
    op.create_table(
        "unshelved_names",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("environment", sa.String(length=12), nullable=False),
        sa.Column("search_name", NAME, nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["operator_names.organisation_id"],
            name=op.f("fk_unshelved_names_organisation_id_operator_names"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organisation_id", name=op.f("pk_unshelved_names")),
    )
    _fill_postgresql() if is_postgresql else _fill_sqlite()
    op.create_index(
        "ix_operator_names_in_order",
        "operator_names",
        ["environment", "search_name", "organisation_id"],
        postgresql_include=["country", "activities"],
    )
    op.create_index("ix_name_shelves_in_order", "name_shelves", ["environment", "last_name"])
    # Not in a batch: that would make the table anew on SQLite, and everything that hangs on its rows would go with it.
    op.add_column("organisations", sa.Column("is_canary", sa.Boolean(), server_default=sa.false(), nullable=False))
    for trigger in POSTGRESQL_TRIGGERS if is_postgresql else SQLITE_TRIGGERS:
        op.execute(trigger.strip())


def downgrade():
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    if is_postgresql:
        op.execute("DROP TRIGGER activities_follow ON operator_activities")
        op.execute("DROP TRIGGER operator_follows ON organisations")
        op.execute("DROP FUNCTION follow_activities()")
        op.execute("DROP FUNCTION follow_operator()")
    else:
        for name in ("operator_comes", "operator_changes", "activity_comes", "activity_goes", "activity_changes"):
            op.execute(f"DROP TRIGGER {name}")
        op.execute("DROP TABLE name_shelf_words")
    with op.batch_alter_table("organisations") as batch_op:
        batch_op.drop_column("is_canary")
    op.drop_table("unshelved_names")
    op.drop_table("name_shelves")
    op.drop_table("operator_names")


def _create_extensions():
    present = set(op.get_bind().scalars(sa.text("SELECT extname FROM pg_extension")))
    for extension in EXTENSIONS:
        if extension in present:
            continue
        try:
            op.execute(f"CREATE EXTENSION {extension}")
        except sa.exc.DBAPIError as error:
            reason = str(error.orig).splitlines()[0]
            raise SystemExit(
                f"The search by name needs PostgreSQL's extension {extension}, and this role may not create it ({reason}). "
                f"Nothing of revision {revision} was done. Let the owner of the database or a superuser run, in this database: "
                f"CREATE EXTENSION pg_trgm; CREATE EXTENSION btree_gin; then upgrade again."
            ) from None


def _fill_postgresql():
    activities = """ARRAY(
  SELECT DISTINCT activity FROM operator_activities WHERE organisation_id = organisations.id ORDER BY activity)"""
    op.execute(COPY.format(activities=activities, order=' COLLATE "C"'))
    op.execute("ALTER TABLE operator_names ALTER COLUMN search_name SET STATISTICS 300")
    op.execute("ALTER TABLE name_shelves ALTER COLUMN names SET STORAGE EXTERNAL")
    op.execute(SHELVE.format(names="string_agg(search_name, chr(10))"))
    for name, table, columns, options in (
        (
            "ix_operator_names_by_content",
            "operator_names",
            ["search_name", "country", "activities"],
            {"fastupdate": "off"},
        ),
        ("ix_name_shelves_by_content", "name_shelves", ["names"], {"gin_pending_list_limit": "1024"}),
    ):
        op.create_index(
            name,
            table,
            columns,
            postgresql_using="gin",
            postgresql_ops={columns[0]: "gin_trgm_ops"},
            postgresql_with=options,
        )


def _fill_sqlite():
    op.execute(COPY.format(activities=SQLITE_ACTIVITIES.format(id="organisations.id"), order=""))
    op.execute(SHELVE.format(names="group_concat(search_name, char(10))"))
    op.execute(
        "CREATE VIRTUAL TABLE name_shelf_words USING fts5(names, content='', tokenize='trigram case_sensitive 1')"
    )
    op.execute("INSERT INTO name_shelf_words (rowid, names) SELECT number, names FROM name_shelves")
