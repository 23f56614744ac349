"""Operators: rows of a file become valid organisations, and later numbers follow theirs."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from sqlalchemy import case, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, selectinload

from shared.domain.environments import Environment
from shared.domain.organisations import OperatorStatus, OrganisationKind
from shared.models import OperatorActivity, OperatorDetails, Organisation, Post, TracesCounter
from shared.services.operator_names_rank import rank_many
from shared.services.reference_changes import Tally, change, names
from shared.services.reference_row_kinds import OperatorRow

_CHUNK = 500
_INSERT: dict[str, Callable[..., postgresql.Insert | sqlite.Insert]] = {
    "postgresql": postgresql.insert,
    "sqlite": sqlite.insert,
}


def store_operators(session: Session, rows: Sequence[OperatorRow], *, environment: Environment, now: datetime) -> Tally:
    """Write operators, those with the same TRACES number over themselves; activities are added and never taken away.

    The next number given to a new operator is above every number in the file.
    """
    tally = Tally()
    for start in range(0, len(rows), _CHUNK):
        _store(session, rows[start : start + _CHUNK], environment, now, tally)
        session.flush()
    _advance_counters(session, rows, environment)
    rank_many(session)
    return tally


def _store(
    session: Session, rows: Sequence[OperatorRow], environment: Environment, now: datetime, tally: Tally
) -> None:
    known = {
        organisation.traces_number: organisation
        for organisation in session.scalars(
            select(Organisation)
            .where(
                Organisation.environment == environment,
                Organisation.traces_number.in_([row.traces_number for row in rows]),
            )
            .options(
                selectinload(Organisation.posts),
                selectinload(Organisation.operator),
                selectinload(Organisation.activities),
            )
        )
    }
    for row in rows:
        organisation = known.get(row.traces_number)
        is_new = organisation is None
        if organisation is None:
            organisation = _new(row, environment, now)
            session.add(organisation)
        tally.count(is_new=is_new, is_changed=_update(organisation, row))


def _new(row: OperatorRow, environment: Environment, now: datetime) -> Organisation:
    return Organisation(
        environment=environment,
        kind=OrganisationKind.OPERATOR,
        reference=row.traces_number,
        traces_number=row.traces_number,
        status=OperatorStatus.VALID,
        created_at=now,
        posts=[Post(environment=environment, kind=OrganisationKind.OPERATOR, country=row.country)],
        operator=OperatorDetails(city="", street=""),
        **names(row.name),
    )


def _update(organisation: Organisation, row: OperatorRow) -> bool:
    missing = [code for code in row.activities if code not in {one.activity for one in organisation.activities}]
    organisation.activities += [OperatorActivity(activity=code) for code in dict.fromkeys(missing)]
    changes = [
        bool(missing),
        change(organisation.posts[0], country=row.country),
        change(
            organisation,
            **names(row.name),
            address=row.address,
            country=row.country,
            confirmed=row.confirmed,
            source=row.source,
        ),
    ]
    if organisation.operator is not None and (row.city or row.street):
        changes.append(change(organisation.operator, city=row.city, street=row.street))
    return any(changes)


def _advance_counters(session: Session, rows: Iterable[OperatorRow], environment: Environment) -> None:
    highest: dict[str, int] = {}
    for row in rows:
        if row.running_number is not None:
            country, number = row.running_number
            highest[country] = max(number, highest.get(country, 0))
    for country, number in sorted(highest.items()):
        insert = _INSERT[session.get_bind().dialect.name](TracesCounter).values(
            environment=environment, country=country, last=number
        )
        # Never back: numbers above may have been given meanwhile.
        higher = case((TracesCounter.last < insert.excluded.last, insert.excluded.last), else_=TracesCounter.last)
        session.execute(
            insert.on_conflict_do_update(
                index_elements=[TracesCounter.environment, TracesCounter.country], set_={"last": higher}
            )
        )
