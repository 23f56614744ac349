"""Writing down who did what, in the transaction that does it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from shared import rows
from shared.models import AuditEvent, AuditUnsealed
from shared.models.base import new_id
from shared.rows import Row

SYSTEM = "system"
"""The product itself: routing, ladder, housekeeping."""
OPERATOR_AT_THE_CONSOLE = "console"
"""Whoever runs the command line."""


def by_account(account_id: UUID) -> str:
    """Name a person as the actor of an event."""
    return f"account:{account_id}"


def by_mailbox(office_id: UUID) -> str:
    """Name an office's mailbox as the actor of an event."""
    return f"mailbox:{office_id}"


def record(
    session: Session,
    *,
    action: str,
    actor: str,
    subject_type: str,
    subject_id: UUID,
    now: datetime,
    environment: str | None = None,
    ground: str | None = None,
    link_id: UUID | None = None,
    **details: Any,
) -> None:
    """Add an event; it is sealed into the chain by the relay within a second (S45).

    Args:
        session: the transaction that makes the change.
        action: noun and verb, such as ``account.created``.
        actor: ``by_account(...)``, ``by_mailbox(...)``, ``SYSTEM`` or ``OPERATOR_AT_THE_CONSOLE``.
        subject_type: name of the table in the singular.
        subject_id: id of the row.
        now: the product's time.
        environment: ``production`` or ``training``, for everything of step 2.
        ground: the rule or command on which it was done.
        link_id: the mailed link through which it was done.
        details: ids and codes; never names, addresses or typed text.
    """
    found = event_rows(action=action, actor=actor, subject_type=subject_type, subject_id=subject_id, now=now, **details)
    found[0].values.update(environment=environment, ground=ground, link_id=link_id)
    rows.add(session, found)


def event_rows(
    *, action: str, actor: str, subject_type: str, subject_id: UUID, now: datetime, **details: Any
) -> list[Row]:
    """Make the rows of an event, and of its waiting to be sealed, for whoever writes them; as ``record``."""
    event_id = new_id()
    event = {
        "id": event_id,
        "at": now,
        "action": action,
        "actor": actor,
        "subject_type": subject_type,
        "subject_id": subject_id,
        "details": details,
    }
    return [Row(AuditEvent, event), Row(AuditUnsealed, {"event_id": event_id})]
