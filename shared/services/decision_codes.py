"""The six digits mailed to the recipient of a decide link, good for one decision and nothing else (S25)."""

import hashlib
import hmac
import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.domain.errors import TooManyRequests
from shared.domain.links import Unusable, stamp, why_unusable
from shared.models import Assignment, DecisionChallenge, Link
from shared.models.base import new_id
from shared.services import audit
from shared.services.emails import queue_email
from shared.services.role_request_assignments import mail_recipient
from shared.tokens import Keyring

LIFETIME = timedelta(minutes=10)
"""From the hand-over of the mail."""
MAILS, MAILS_WINDOW = 3, timedelta(hours=1)
"""Codes mailed for one assignment."""
PATIENCE = timedelta(seconds=60)
"""A second press for the same decision within this time mails no second code."""
WRONG_TRIES = 10
"""On one link; the tenth locks it."""
_DIGITS = 6
_PURPOSE = "code"


class Answer(StrEnum):
    """What a typed code turned out to be."""

    RIGHT = "right"
    WRONG = "wrong"
    LOCKED = "locked"
    NONE_MAILED = "none_mailed"


def bound_to(
    assignment_id: UUID, *, decision: str, item_ids: Iterable[UUID], administrator_of: Iterable[UUID]
) -> bytes:
    """Hash everything that a decision is about, so that a code for one decision opens no other.

    Args:
        assignment_id: whose decision.
        decision: ``accept`` or ``reject``.
        item_ids: the items decided, in any order.
        administrator_of: the organisations of which the applicant becomes administrator with it (the tick).
    """
    words = [str(assignment_id), decision, sorted(map(str, item_ids)), sorted(map(str, administrator_of))]
    return hashlib.sha256(json.dumps(words).encode()).digest()


def code_of(challenge: DecisionChallenge, keyring: Keyring) -> str | None:
    """Derive the six digits of a challenge, truncated as in RFC 4226 5.3; they are stored nowhere (S2).

    None when the key of the challenge was taken out of the keyring.
    """
    mac = keyring.mac(_PURPOSE, challenge.id.bytes, number=challenge.key_number)
    if mac is None:
        return None
    offset = mac[-1] & 0x0F
    number = int.from_bytes(mac[offset : offset + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**_DIGITS:0{_DIGITS}d}"


def stamp_challenge(challenge: DecisionChallenge, *, now: datetime) -> Unusable | None:
    """Start (or, for a repeated attempt, restart) the ten minutes of a code whose mail is being handed over.

    Returns:
        None when it was stamped, else why it must not be mailed any more.
    """
    reason = _why_unusable(challenge, now)
    if reason is None:
        challenge.expires_at = stamp(expires_at=challenge.expires_at, lifetime=LIFETIME, now=now)
    return reason


def mail_code(
    session: Session,
    assignment: Assignment,
    *,
    bound: bytes,
    keyring: Keyring,
    now: datetime,
    **words: Any,
) -> None:
    """Mail a code for one decision to the recipient of the assignment, never to whoever asks.

    While a code for the very same decision is under way or a minute old, no second one is mailed.

    Args:
        session: a transaction that holds the lock of the request, and that the caller commits.
        assignment: whose recipient gets the mail.
        bound: the decision, from ``bound_to``.
        keyring: its newest key derives the code.
        now: the product's time.
        words: ids and codes from which the mail says in words what the code is for.

    Raises:
        TooManyRequests: three within the hour; ``retry_after`` says when the oldest is an hour old.
    """
    of_late = session.scalars(
        select(DecisionChallenge)
        .where(DecisionChallenge.assignment_id == assignment.id, DecisionChallenge.created_at > now - MAILS_WINDOW)
        .order_by(DecisionChallenge.created_at)
    ).all()
    if any(one.bound_to == bound and _is_on_its_way(one, now) for one in of_late):
        return
    if len(of_late) >= MAILS:
        wait = of_late[-MAILS].created_at + MAILS_WINDOW - now
        raise TooManyRequests("three codes within an hour", retry_after=max(1, -(-wait // timedelta(seconds=1))))
    challenge = DecisionChallenge(
        id=new_id(), assignment_id=assignment.id, key_number=keyring.newest, bound_to=bound, created_at=now
    )
    session.add(challenge)
    # The mail refers to the challenge: its row has to be there first.
    session.flush()
    queue_email(
        session,
        template="code",
        to=mail_recipient(assignment),
        now=now,
        environment=assignment.office.environment,
        role_request_id=assignment.role_request_id,
        assignment_id=assignment.id,
        challenge_id=challenge.id,
        **words,
    )


def redeem(
    session: Session, code: str, *, assignment: Assignment, link: Link, bound: bytes, keyring: Keyring, now: datetime
) -> Answer:
    """Check a typed code against those mailed for this very decision; the right one is used up.

    A wrong try is counted; the tenth through one link locks it and tells operations by the event
    ``decision.link_locked``. Both are worth nothing unless the transaction is committed. A code typed where none was
    mailed since the link was made is no try at all: there is nothing it could open.
    """
    challenges = [
        one
        for one in _challenges(session, assignment)
        if one.created_at >= link.created_at or _why_unusable(one, now) is None
    ]
    if not challenges:
        return Answer.NONE_MAILED
    typed = "".join(code.split()).encode()
    matching = [one for one in challenges if _opens(one, typed, bound=bound, keyring=keyring, now=now)]
    if matching:
        matching[0].used_at = now
        return Answer.RIGHT
    # On one that could have been opened, so that no try at it is ever left out of the sum.
    usable = [one for one in challenges if _why_unusable(one, now) is None]
    (usable or challenges)[-1].wrong_tries += 1
    if sum(one.wrong_tries for one in challenges) < WRONG_TRIES:
        return Answer.WRONG
    link.locked_at = now
    audit.record(
        session,
        action="decision.link_locked",
        actor=audit.SYSTEM,
        subject_type="assignment",
        subject_id=assignment.id,
        now=now,
        environment=assignment.office.environment,
        link_id=link.id,
    )
    return Answer.LOCKED


def _challenges(session: Session, assignment: Assignment) -> Sequence[DecisionChallenge]:
    return session.scalars(
        select(DecisionChallenge)
        .where(DecisionChallenge.assignment_id == assignment.id)
        .order_by(DecisionChallenge.created_at, DecisionChallenge.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()


def _opens(challenge: DecisionChallenge, typed: bytes, *, bound: bytes, keyring: Keyring, now: datetime) -> bool:
    code = code_of(challenge, keyring)
    is_right = code is not None and hmac.compare_digest(code.encode(), typed)
    # Before the hand-over nobody can have read it.
    is_alive = challenge.expires_at is not None and _why_unusable(challenge, now) is None
    return is_right and is_alive and hmac.compare_digest(challenge.bound_to, bound)


def _is_on_its_way(challenge: DecisionChallenge, now: datetime) -> bool:
    return _why_unusable(challenge, now) is None and now - challenge.created_at < PATIENCE


def _why_unusable(challenge: DecisionChallenge, now: datetime) -> Unusable | None:
    return why_unusable(expires_at=challenge.expires_at, used_at=challenge.used_at, superseded_at=None, now=now)
