"""Requests that may be sent again without being carried out again: the ``Idempotency-Key`` (contract, S32).

The first answer is kept for 24 hours, in the transaction that does the work: after a crash there are both or neither.
Whoever sends the key again gets it again, refusals by the rules included. Answers that would differ later are not kept:
a wrong field (422), a limit (429), a failure of ours (5xx); the key is then as good as new. Of two requests at the same
moment one is carried out, and the other waits for its answer. A kept answer holds no secret: a ``decider_token`` is
told once.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from flask import request
from marshmallow import Schema, ValidationError
from sqlalchemy import Table, null
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from gateway.application import settings, transaction
from gateway.errors import IdempotencyKeyReused, facts_of, problem_body, status_of
from shared import clock
from shared.domain.errors import DomainError
from shared.models import IdempotencyKey

HEADER: Final = "Idempotency-Key"
LIFETIME: Final = timedelta(hours=24)
LONGEST: Final = 255
_KEY = re.compile(rf"[!-~]{{1,{LONGEST}}}")
_WRONG = f"Send a key of 1 to {LONGEST} visible ASCII characters."
_PURPOSE = "idempotency"
_UNPROCESSABLE, _TOO_MANY = 422, 429

Work = Callable[[Session], Any]
"""What is to be done in one transaction. A ``DomainError`` that it hands back is an answer, and what it wrote stays;
one that it raises undoes what it wrote."""


@dataclass(frozen=True, slots=True)
class Given:
    """A finished answer, new or kept."""

    status: int
    body: dict[str, Any]


def carry_out(
    work: Work, *, caller: str, answer: Schema, status: int = 200, told_once: frozenset[str] = frozenset()
) -> Given:
    """Do what a request asks for, once, however often it comes with the same key.

    Args:
        work: what is to be done; runs in a transaction of its own.
        caller: who asks, ``account:<id>`` or ``link:<id>``: keys of different callers are different keys.
        answer: makes the body of what ``work`` hands back.
        status: of that answer.
        told_once: fields of the body that are not kept.

    Raises:
        ValidationError: the key has a wrong shape.
        IdempotencyKeyReused: the key came before with another body.
        DomainError: whatever ``work`` hands back or raises.
    """
    key = _key()
    with transaction() as session:
        kept = None if key is None else _claim(session, key, caller)
        if kept is not None and kept.status is not None:
            return Given(kept.status, kept.answer or {})
        outcome = work(session) if kept is None else _attempt(session, work)
        if isinstance(outcome, DomainError):
            given = Given(status_of(outcome), problem_body(status_of(outcome), outcome.code, **facts_of(outcome)))
        else:
            given = Given(status, answer.dump(outcome))
        if kept is not None:
            kept.status = given.status
            kept.answer = {name: value for name, value in given.body.items() if name not in told_once}
    if isinstance(outcome, DomainError):
        raise outcome
    return given


def _key() -> str | None:
    key = request.headers.get(HEADER)
    if key is not None and not _KEY.fullmatch(key):
        raise ValidationError({HEADER: [_WRONG]})
    return key


def _attempt(session: Session, work: Work) -> Any:
    """Do the work so that a refusal takes back what was written, but not the key."""
    try:
        with session.begin_nested():
            return work(session)
    except DomainError as error:
        if status_of(error) in {_UNPROCESSABLE, _TOO_MANY}:
            raise
        return error


def _claim(session: Session, key: str, caller: str) -> IdempotencyKey:
    """Take the key, or find the answer kept under it; waits for whoever holds it at this moment."""
    now = clock.now(session)
    scope = f"{caller} {request.path.removeprefix('/api/v1/')}"
    canonical = json.dumps(json.loads(request.get_data()), sort_keys=True).encode()
    is_new = _insert(session, scope=scope, key=key, body_hash=_hash(canonical), now=now)
    row = session.get_one(IdempotencyKey, (scope, key), populate_existing=True)
    if not is_new and row.body_hash not in _hashes(canonical):
        raise IdempotencyKeyReused("the key came before with another body")
    return row


def _insert(session: Session, *, scope: str, key: str, body_hash: bytes, now: datetime) -> bool:
    """Write the row unless a living one is there; that one is then locked, so that no tidying takes it away."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    table: Table = IdempotencyKey.__table__  # type: ignore[assignment]
    fresh = {"body_hash": body_hash, "status": null(), "answer": null(), "created_at": now}
    statement = (
        insert(table)
        .values(scope=scope, key=key, **fresh)
        .on_conflict_do_update(index_elements=["scope", "key"], set_=fresh, where=table.c.created_at <= now - LIFETIME)
        .returning(table.c.key)
    )
    return session.scalar(statement) is not None


def _hash(canonical: bytes) -> bytes:
    # With a key, for a body may hold six digits and little else that nobody knows.
    return settings().keyring.mac(_PURPOSE, canonical) or b""


def _hashes(canonical: bytes) -> set[bytes | None]:
    """The hash under each key, so that a rotation makes no body look like another one."""
    keyring = settings().keyring
    return {keyring.mac(_PURPOSE, canonical, number=keyring.number_of(key)) for key in keyring.keys}
