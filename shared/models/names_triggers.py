"""What the database does by itself for the search by name: triggers, and what the version before needs (0023)."""

from typing import Final

from sqlalchemy import DDL, ExecutableDDLElement

SHELF_WORDS: Final = "name_shelf_words"
"""SQLite's index of the texts of shelves, by trigrams (FTS5)."""

_POSTGRESQL_BEFORE: Final = (
    # Both come with PostgreSQL and are trusted: the owner of the database may create them.
    "CREATE EXTENSION IF NOT EXISTS pg_trgm",
    "CREATE EXTENSION IF NOT EXISTS btree_gin",
)
_POSTGRESQL: Final = (
    # Texts this short gain little from compression and lose much by being taken apart at every look.
    "ALTER TABLE name_shelves ALTER COLUMN names SET STORAGE EXTERNAL",
    # Bitmaps are small already: packing them once more takes time and gains little.
    "ALTER TABLE name_pieces ALTER COLUMN ranks SET STORAGE EXTERNAL",
    # Whether a word is rare decides how it is looked for; a hundred samples, the default, could not tell.
    "ALTER TABLE operator_names ALTER COLUMN search_name SET STATISTICS 300",
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

_SQLITE_ACTIVITIES: Final = """(
    SELECT json_group_array(activity) FROM (
      SELECT DISTINCT activity FROM operator_activities WHERE organisation_id = {id} ORDER BY activity))"""
_SQLITE_ADD: Final = f"""
  INSERT INTO operator_names (organisation_id, environment, country, search_name, activities)
  SELECT NEW.id, NEW.environment, NEW.country, NEW.search_name, {_SQLITE_ACTIVITIES.format(id="NEW.id")}
  WHERE NEW.kind = 'operator' AND NEW.status = 'valid' AND NOT NEW.is_canary;
  INSERT INTO unshelved_names (organisation_id, environment, search_name)
  SELECT organisation_id, environment, search_name FROM operator_names WHERE organisation_id = NEW.id;"""  # noqa: S608 - made of constants
_SQLITE: Final = (
    f"CREATE VIRTUAL TABLE {SHELF_WORDS} USING fts5(names, content='', tokenize='trigram case_sensitive 1')",
    f"""
CREATE TRIGGER operator_comes AFTER INSERT ON organisations BEGIN{_SQLITE_ADD}
END""",
    f"""
CREATE TRIGGER operator_changes AFTER UPDATE OF environment, kind, country, search_name, status ON organisations BEGIN
  DELETE FROM unshelved_names WHERE organisation_id = NEW.id;
  DELETE FROM operator_names WHERE organisation_id = NEW.id;{_SQLITE_ADD}
END""",  # noqa: S608 - made of constants
    *(
        f"""
CREATE TRIGGER activity_{name} AFTER {event} ON operator_activities BEGIN
  UPDATE operator_names SET activities = {_SQLITE_ACTIVITIES.format(id="operator_names.organisation_id")}
  WHERE organisation_id IN ({ids});
END"""  # noqa: S608 - made of constants
        for name, event, ids in (
            ("comes", "INSERT", "NEW.organisation_id"),
            ("goes", "DELETE", "OLD.organisation_id"),
            ("changes", "UPDATE OF organisation_id, activity", "OLD.organisation_id, NEW.organisation_id"),
        )
    ),
    *(
        f"""
CREATE TRIGGER operator_name_{name} AFTER {event} ON operator_names BEGIN
  DELETE FROM unranked_names WHERE organisation_id = NEW.organisation_id;
  INSERT INTO unranked_names (organisation_id, environment, search_name)
  VALUES (NEW.organisation_id, NEW.environment, NEW.search_name);
END"""  # noqa: S608 - made of constants
        for name, event in (("comes", "INSERT"), ("changes", "UPDATE"))
    ),
)


def _for(dialect: str, statements: tuple[str, ...]) -> tuple[ExecutableDDLElement, ...]:
    made = (DDL(statement.strip()) for statement in statements)  # type: ignore[no-untyped-call]
    return tuple(statement.execute_if(dialect=dialect) for statement in made)


BEFORE: Final = _for("postgresql", _POSTGRESQL_BEFORE)
"""To be run before the tables are made."""
AFTER: Final = _for("postgresql", _POSTGRESQL) + _for("sqlite", _SQLITE)
"""To be run once they are there."""
