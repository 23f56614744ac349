"""Sealing audit events into a chain, so that no row can be changed, taken out, put in or moved unseen (S45)."""

import json
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row, delete, func, insert, select
from sqlalchemy.orm import Session

from shared.models import AuditEvent, AuditSeal, AuditUnsealed
from shared.tokens import Keyring

GENESIS = bytes(32)
"""What stands before the first seal."""
PURPOSE = "audit seal"
_CHAIN_LOCK = 0x6A7E_A0D1
"""The advisory lock that keeps two sealers from continuing the chain at the same place."""

EVENT_COLUMNS = (
    AuditEvent.id,
    AuditEvent.at,
    AuditEvent.action,
    AuditEvent.actor,
    AuditEvent.subject_type,
    AuditEvent.subject_id,
    AuditEvent.environment,
    AuditEvent.ground,
    AuditEvent.link_id,
    AuditEvent.details,
)
"""All columns of an event, read as the database holds them: an object in memory may be older."""


def seal(session: Session, keyring: Keyring, limit: int = 500) -> int:
    """Continue the chain with the events that wait for their place, oldest first.

    Each seal is an HMAC, with the newest key, over the seal before and the event in canonical JSON. One sealer works at
    a time: on PostgreSQL an advisory lock that ends with the transaction, on SQLite its only writer.

    Args:
        session: the relay's transaction.
        keyring: the secret keys; without them nobody can make a seal that fits.
        limit: events at the most; the caller asks again while as many were sealed.

    Returns:
        How many events were sealed.
    """
    if session.scalar(select(AuditUnsealed.event_id).limit(1)) is None:
        return 0
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(_CHAIN_LOCK)))
    last = session.execute(
        select(AuditSeal.sequence, AuditSeal.seal).order_by(AuditSeal.sequence.desc()).limit(1)
    ).one_or_none()
    sequence, previous = last or (0, GENESIS)
    events = session.execute(
        select(*EVENT_COLUMNS)
        # Not joined: SQLite would go through all events to find the few that wait.
        .where(AuditEvent.id.in_(select(AuditUnsealed.event_id)))
        .order_by(AuditEvent.at, AuditEvent.id)
        .limit(limit)
    ).all()
    seals = []
    for event in events:
        sequence += 1
        sealed = seal_of(event, previous=previous, keyring=keyring, key_number=keyring.newest)
        assert sealed is not None  # noqa: S101 - the newest key is always there
        seals.append(
            {
                "sequence": sequence,
                "event_id": event.id,
                "key_number": keyring.newest,
                "previous": previous,
                "seal": sealed,
            }
        )
        previous = sealed
    if seals:
        session.execute(insert(AuditSeal), seals)
        session.execute(delete(AuditUnsealed).where(AuditUnsealed.event_id.in_([event.id for event in events])))
    return len(seals)


def seal_of(event: Row[Any], *, previous: bytes, keyring: Keyring, key_number: int) -> bytes | None:
    """Compute the seal of an event at its place in the chain; None when the key of that number is gone."""
    return keyring.mac(PURPOSE, previous + canonical(event), number=key_number)


def canonical(event: Row[Any]) -> bytes:
    """Write an event as JSON in the one way that both databases give back unchanged."""
    text = json.dumps(as_dict(event), sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return text.encode("ascii")


def as_dict(event: Row[Any]) -> dict[str, Any]:
    """An event as plain JSON values; times in UTC with microseconds, ids as text."""
    return {column.key: _plain(getattr(event, column.key)) for column in EVENT_COLUMNS}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return value if value is None or isinstance(value, dict) else str(value)
