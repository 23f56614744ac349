"""Duties of our own people: operations and helpdesk."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.domain.errors import NotFound
from shared.models import Staff
from shared.services import audit
from shared.services.known_accounts import known_account, usable_account


class Duty(StrEnum):
    """What somebody of ours looks after; no duty lets anybody decide a request (C5)."""

    OPERATIONS = "operations"
    HELPDESK = "helpdesk"


def add(session: Session, *, email: str, duty: Duty, now: datetime) -> Staff:
    """Give a duty to the person behind an address; one who has it keeps it.

    Raises:
        NotFound: no account has the address, or it cannot be used.
    """
    account = usable_account(session, email)
    staff = session.get(Staff, (account.id, duty))
    if staff is None:
        staff = Staff(account_id=account.id, duty=duty, since=now)
        session.add(staff)
        session.flush()
        _record(session, "staff.added", account.id, duty, now)
    return staff


def remove(session: Session, *, email: str, duty: Duty, now: datetime) -> None:
    """Take a duty from the person behind an address.

    Raises:
        NotFound: no account has the address, or the person does not have the duty.
    """
    account = known_account(session, email)
    staff = session.get(Staff, (account.id, duty))
    if staff is None:
        raise NotFound(f"This person does not have the duty {duty}.")
    session.delete(staff)
    session.flush()
    _record(session, "staff.removed", account.id, duty, now)


def has_duty(session: Session, account_id: UUID, duty: Duty) -> bool:
    """True while a person has a duty; nobody has one by way of another."""
    return session.get(Staff, (account_id, duty)) is not None


def duties_of(session: Session, account_id: UUID) -> frozenset[Duty]:
    """The duties of a person; empty for nearly everybody."""
    return frozenset(Duty(one) for one in session.scalars(select(Staff.duty).where(Staff.account_id == account_id)))


def _record(session: Session, action: str, account_id: UUID, duty: Duty, now: datetime) -> None:
    audit.record(
        session,
        action=action,
        actor=audit.OPERATOR_AT_THE_CONSOLE,
        subject_type="account",
        subject_id=account_id,
        now=now,
        duty=duty.value,
    )
