"""Checking the chain of audit events row by row, and writing it out (S45, ``flask audit verify`` and ``export``)."""

import hmac
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, exists, func, select
from sqlalchemy.orm import Session

from shared.models import AuditEvent, AuditSeal, AuditUnsealed
from shared.services.audit_seal import EVENT_COLUMNS, GENESIS, as_dict, seal_of
from shared.tokens import Keyring

MOST_PROBLEMS = 100
"""Listed at the most; whoever needs more has the export."""
_AT_A_TIME = 1_000


class Fault(StrEnum):
    """What is wrong with a row."""

    CHANGED = "changed"
    """The event or its seal is not what was sealed."""
    DELETED = "deleted"
    """A place in the chain is empty, or its event is gone."""
    INSERTED = "inserted"
    """An event that is neither sealed nor waits to be."""
    REORDERED = "reordered"
    """The seal fits the event but not the row before."""
    KEY_GONE = "key_gone"
    """The key it was sealed with is not in SECRET_KEYS, so nobody can tell."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One row that does not hold; ``sequence`` is its place in the chain, ``event_id`` the event, where known."""

    fault: Fault
    sequence: int | None
    event_id: UUID | None

    def __str__(self) -> str:
        """One line for people."""
        place = "outside the chain" if self.sequence is None else f"place {self.sequence}"
        return f"{place}: event {self.event_id or 'unknown'} {self.fault.replace('_', ' ')}"


@dataclass(slots=True)
class Verification:
    """What was found.

    ``head`` is the last seal in hexadecimal: kept elsewhere, it also shows whether the end of the chain was cut off,
    which nothing inside the database can. ``unsealed`` is the number of events that still wait for their place.
    """

    problems: list[Problem] = field(default_factory=list)
    sealed: int = 0
    unsealed: int = 0
    head: str = ""


def verify(session: Session, keyring: Keyring) -> Verification:
    """Check every seal from the first to the last, without holding more than a thousand rows in memory.

    Args:
        session: any transaction; only reads.
        keyring: all keys that were ever used to seal.

    Returns:
        What was found; ``problems`` is empty when all is well, else it begins with the first row that does not hold,
        and lists at most a hundred.
    """
    found = Verification()
    previous, expected = GENESIS, 1
    with closing(_chain(session)) as chain:
        for row in chain:
            found.problems += _faults(row, previous=previous, expected=expected, keyring=keyring)
            previous, expected = row.seal, row.sequence + 1
            found.sealed += 1
            if len(found.problems) >= MOST_PROBLEMS:
                break
    found.head = previous.hex()
    found.unsealed = session.scalars(select(func.count()).select_from(AuditUnsealed)).one()
    found.problems += [Problem(Fault.INSERTED, None, event_id) for event_id in session.scalars(_outside_the_chain())]
    found.problems = found.problems[:MOST_PROBLEMS]
    return found


def export(session: Session) -> Iterator[dict[str, Any]]:
    """Give every event as plain JSON values, in the order of the chain; then those that are not sealed yet.

    Beside the event: ``sequence`` and ``seal`` (hexadecimal), None while it is not sealed.
    """
    for row in _chain(session):
        if row.id is not None:
            yield as_dict(row) | {"sequence": row.sequence, "seal": row.seal.hex()}
    waiting = session.execute(
        select(*EVENT_COLUMNS)
        .join(AuditUnsealed, AuditUnsealed.event_id == AuditEvent.id)
        .order_by(AuditEvent.at, AuditEvent.id)
        .execution_options(yield_per=_AT_A_TIME)
    )
    for row in waiting:
        yield as_dict(row) | {"sequence": None, "seal": None}


def _chain(session: Session) -> Generator[Row[Any]]:
    statement = (
        select(
            AuditSeal.sequence,
            AuditSeal.event_id,
            AuditSeal.key_number,
            AuditSeal.previous,
            AuditSeal.seal,
            *EVENT_COLUMNS,
        )
        .outerjoin(AuditEvent, AuditEvent.id == AuditSeal.event_id)
        .order_by(AuditSeal.sequence)
        .execution_options(yield_per=_AT_A_TIME)
    )
    with session.execute(statement) as rows:
        yield from rows


def _faults(row: Row[Any], *, previous: bytes, expected: int, keyring: Keyring) -> Iterator[Problem]:
    is_gap = row.sequence != expected
    if is_gap:
        yield Problem(Fault.DELETED, expected, None)
    if row.id is None:
        yield Problem(Fault.DELETED, row.sequence, row.event_id)
        return
    seal = seal_of(row, previous=row.previous, keyring=keyring, key_number=row.key_number)
    if seal is None:
        yield Problem(Fault.KEY_GONE, row.sequence, row.event_id)
    elif not hmac.compare_digest(seal, row.seal):
        yield Problem(Fault.CHANGED, row.sequence, row.event_id)
    elif row.previous != previous and not is_gap:
        yield Problem(Fault.REORDERED, row.sequence, row.event_id)


def _outside_the_chain() -> Select[UUID]:
    return (
        select(AuditEvent.id)
        .where(
            ~exists().where(AuditSeal.event_id == AuditEvent.id),
            ~exists().where(AuditUnsealed.event_id == AuditEvent.id),
        )
        .order_by(AuditEvent.at, AuditEvent.id)
        .limit(MOST_PROBLEMS)
    )
