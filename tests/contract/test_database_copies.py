"""The databases of the tests: what one test leaves behind does not reach the next."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import Connection
from sqlalchemy import make_url

from tests.database_copies import LARGEST_GROWTH, Copies, copies_of
from tests.ready_made_database import empty_database_url

pytestmark = pytest.mark.services
ORIGINAL = """
    CREATE TABLE notes (id serial PRIMARY KEY, words text NOT NULL UNIQUE);
    CREATE TABLE answers (note_id integer NOT NULL REFERENCES notes);
    INSERT INTO notes (words) VALUES ('one'), ('two');
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$;
    CREATE TRIGGER kept BEFORE DELETE ON notes FOR EACH ROW EXECUTE FUNCTION refuse();
"""


@pytest.fixture
def copies(tmp_path: Path) -> Iterator[Copies]:
    """Copies of a database with rows, references, and a table from which nothing may be deleted."""
    with empty_database_url(tmp_path) as url:
        with connected(url) as connection:
            connection.execute(ORIGINAL)
        copies = copies_of(make_url(url))
        yield copies
        copies.drop()


def connected(url: str) -> Connection:
    return psycopg.connect(url.replace("+psycopg", ""), autocommit=True)


def used(copies: Copies, folder: Path, *acts: str) -> str:
    """The copy in which a test did this."""
    with copies.one(folder) as url, connected(url) as connection:
        for act in acts:
            connection.execute(act)
    return url


def test_a_copy_in_which_rows_changed_is_used_again_and_holds_those_of_the_original(copies: Copies, tmp_path: Path):
    first = used(copies, tmp_path, "INSERT INTO answers VALUES (1)", "UPDATE notes SET words = 'other' WHERE id = 1")

    with copies.one(tmp_path) as url, connected(url) as connection:
        assert url == first
        assert connection.execute("SELECT * FROM notes").fetchall() == [(1, "one"), (2, "two")]
        assert connection.execute("SELECT * FROM answers").fetchall() == []


def test_numbers_go_on_where_those_of_the_original_ended(copies: Copies, tmp_path: Path):
    used(copies, tmp_path, "INSERT INTO notes (words) VALUES ('three')")

    with copies.one(tmp_path) as url, connected(url) as connection:
        assert connection.execute("INSERT INTO notes (words) VALUES ('new') RETURNING id").fetchone() == (3,)


def test_a_transaction_that_was_left_open_holds_nobody_up(copies: Copies, tmp_path: Path):
    with copies.one(tmp_path) as first:
        left_open = connected(first)
        left_open.execute("BEGIN; LOCK TABLE notes")

    with copies.one(tmp_path) as url, connected(url) as connection:
        connection.execute("INSERT INTO notes (words) VALUES ('three')")

    with pytest.raises(psycopg.OperationalError):
        left_open.execute("SELECT 1")


@pytest.mark.parametrize(
    "act",
    [
        "CREATE TABLE more (id integer)",
        "ALTER TABLE notes ADD COLUMN more text",
        "ALTER TABLE answers ALTER COLUMN note_id DROP NOT NULL",
        "ALTER TABLE answers DROP CONSTRAINT answers_note_id_fkey",
        "ALTER TABLE notes DISABLE TRIGGER kept",
        "CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$",
        "CREATE INDEX ON answers (note_id)",
        "GRANT SELECT ON notes TO PUBLIC",
        "GRANT CREATE ON SCHEMA public TO PUBLIC",
        "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET work_mem = 64', current_database()); END $$",
        "ANALYZE notes",
        f"INSERT INTO notes (words) SELECT repeat('x', 999) || n FROM generate_series(1, {LARGEST_GROWTH // 999}) n",
    ],
)
def test_a_copy_in_which_more_changed_than_a_few_rows_is_not_used_again(copies: Copies, tmp_path: Path, act: str):
    changed = used(copies, tmp_path, act)

    with copies.one(tmp_path) as url:
        assert url != changed
