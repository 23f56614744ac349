"""What the figures ask of both databases, each in its own words."""

from typing import Any, Final

from sqlalchemy import ColumnElement, Float, Integer, String, case, false, func, literal_column, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from shared.messages import Task
from shared.models import Account, Email, OutboxRow, RoleRequest


class SecondsBetween(FunctionElement[float]):
    """Seconds from the first time to the second."""

    name = "seconds_between"
    type = Float()
    inherit_cache = True


class MinutesBetween(FunctionElement[int]):
    """Whole minutes from the first time, which is a full minute, to the second, which is not before it."""

    name = "minutes_between"
    type = Integer()
    inherit_cache = True


class DomainOf(FunctionElement[str]):
    """What stands behind the @ of an address."""

    name = "domain_of"
    type = String()
    inherit_cache = True


_WORDS: Final = {
    ("seconds_between", "postgresql"): "CAST(extract(epoch FROM ({1} - {0})) AS double precision)",
    ("seconds_between", "sqlite"): "((julianday({1}) - julianday({0})) * 86400.0)",
    ("minutes_between", "postgresql"): "CAST(floor(extract(epoch FROM ({1} - {0})) / 60) AS integer)",
    # Of whole numbers, so that a second before the full minute is never rounded into the next.
    ("minutes_between", "sqlite"): "((strftime('%s', {1}) - strftime('%s', {0})) / 60)",
    ("domain_of", "postgresql"): "split_part({0}, '@', 2)",
    ("domain_of", "sqlite"): "substr({0}, instr({0}, '@') + 1)",
}


@compiles(SecondsBetween)
@compiles(MinutesBetween)
@compiles(DomainOf)
def _say(element: FunctionElement[Any], compiler: SQLCompiler, **how: Any) -> str:
    arguments = [compiler.process(one, **how) for one in element.clauses]
    return _WORDS[element.name, compiler.dialect.name].format(*arguments)


def is_failed() -> ColumnElement[bool]:
    """True for refused and held mails, in the very words of the index of these (SQLite compares the words)."""
    return Email.state.in_([literal_column("'refused'"), literal_column("'held'")])


def is_no_canary() -> ColumnElement[bool]:
    """True for an outbox row that is not about the canary's walk.

    A question about each row by its key, and not a join: a join of 50 000 waiting rows would be planned as a look at
    all mails there ever were.
    """
    mail = select(Email.is_canary).where(Email.id == OutboxRow.subject_id).correlate(OutboxRow).scalar_subquery()
    request = (
        select(Account.is_canary)
        .join(RoleRequest, RoleRequest.account_id == Account.id)
        .where(RoleRequest.id == OutboxRow.subject_id)
        .correlate(OutboxRow)
        .scalar_subquery()
    )
    whose = case((OutboxRow.task == Task.DELIVER_EMAILS, mail), else_=request)
    return func.coalesce(whose, false()).is_(false())
