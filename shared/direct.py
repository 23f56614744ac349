"""The statements of the hot path: written and compiled by SQLAlchemy, sent by PostgreSQL's driver itself.

Executed by SQLAlchemy they cost as much again as the driver's part of them, on the way in and on the way out; only what
every sign-up and every mail does is done often enough for that to matter (docs/decisions/0029). On SQLite SQLAlchemy
executes them, for it turns ids and times into what SQLite stores.
"""

from functools import lru_cache
from typing import Any, Protocol

from sqlalchemy import ClauseElement, Connection, Dialect, Executable
from sqlalchemy.exc import DBAPIError


class Step(Protocol):
    """In what a statement is sent: the transaction of a session, or one for it alone (``Database.statement``)."""

    @property
    def info(self) -> dict[Any, Any]:
        """What the product keeps of it, until its end."""

    def connection(self) -> Connection:
        """Where statements go."""

    def get_transaction(self) -> object:
        """The same from its beginning to its end."""

    def flush(self) -> None:
        """Write what the ORM holds and has not written."""


class Sent(Protocol):
    """What both ways give back."""

    @property
    def rowcount(self) -> int:
        """How many rows were written."""

    def fetchone(self) -> Any:
        """The next row read, or None."""


def send(session: Step, statement: Executable, values: dict[str, Any]) -> Sent:
    """Execute a statement that is made once, such as a constant of a module, in its transaction.

    ``values`` are what PostgreSQL's driver takes as they are: text, numbers, aware times, ids; no JSON.

    Raises:
        DBAPIError: as SQLAlchemy raises it; the values are not in it.
    """
    connection = session.connection()
    dialect = connection.dialect
    if dialect.name != "postgresql":
        return connection.execute(statement, values)
    text, constants = _compiled(statement, dialect)
    cursor = connection.connection.cursor()
    try:
        cursor.execute(text, constants | values)
    except dialect.loaded_dbapi.Error as error:
        is_gone = dialect.is_disconnect(error, connection.connection.dbapi_connection, cursor)
        if is_gone:
            connection.invalidate(error)
        raise DBAPIError.instance(
            text,
            None,
            error,
            dialect.loaded_dbapi.Error,
            hide_parameters=True,
            connection_invalidated=is_gone,
            dialect=dialect,
        ) from error
    return cursor


@lru_cache(maxsize=64)
def _compiled(statement: ClauseElement, dialect: Dialect) -> tuple[str, dict[str, Any]]:
    """The text, and the values that stand in the statement itself."""
    compiled = statement.compile(dialect=dialect)
    return str(compiled), {name: value for name, value in compiled.params.items() if value is not None}
