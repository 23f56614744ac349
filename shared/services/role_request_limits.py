"""How often a person may ask for roles; counted from the rows themselves, so no restart forgets (S12)."""

import math
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from shared.domain.errors import TooManyRequests
from shared.domain.role_requests import ItemStatus
from shared.models import OperatorDetails, Post, RoleRequest, RoleRequestItem

REQUESTS, REQUESTS_WINDOW = 20, timedelta(days=1)
"""Role requests of one account, both environments together."""
NEW_OPERATORS, NEW_OPERATORS_WINDOW = 3, timedelta(days=7)
"""Operators that one account creates, both environments together."""
SAME_POST_AFTER = timedelta(hours=1)
"""From a withdrawal until the same post may be asked for again."""


def check_daily(session: Session, *, account_id: UUID, now: datetime) -> None:
    """Refuse a twenty-first role request within 24 hours.

    Raises:
        TooManyRequests: ``retry_after`` says when the oldest of the twenty is a day old.
    """
    requests = select(RoleRequest.created_at).where(RoleRequest.account_id == account_id)
    _check(session, requests, limit=REQUESTS, window=REQUESTS_WINDOW, now=now, what="role requests in a day")


def check_new_operators(session: Session, *, account_id: UUID, now: datetime) -> None:
    """Refuse a fourth new operator within 7 days, whatever became of the three.

    Raises:
        TooManyRequests: ``retry_after`` says when the oldest of the three is a week old.
    """
    creations = (
        select(RoleRequest.created_at)
        .join(RoleRequestItem)
        .join(Post)
        .join(OperatorDetails, OperatorDetails.organisation_id == Post.organisation_id)
        .where(RoleRequest.account_id == account_id, OperatorDetails.created_by == account_id)
    )
    _check(
        session, creations, limit=NEW_OPERATORS, window=NEW_OPERATORS_WINDOW, now=now, what="new operators in a week"
    )


def withdrawn_of_late(
    session: Session, *, account_id: UUID, post_ids: Collection[UUID], now: datetime
) -> dict[UUID, int]:
    """Say which of these posts the person took back within the last hour.

    Returns:
        Seconds until the post may be asked for again, by post.
    """
    items = session.scalars(
        select(RoleRequestItem).where(
            RoleRequestItem.account_id == account_id,
            RoleRequestItem.post_id.in_(post_ids),
            RoleRequestItem.status == ItemStatus.WITHDRAWN,
            RoleRequestItem.decided_at > now - SAME_POST_AFTER,
        )
    )
    seconds: dict[UUID, int] = {}
    for item in items:
        left = _seconds_left(item.decided_at or now, SAME_POST_AFTER, now)
        seconds[item.post_id] = max(left, seconds.get(item.post_id, 0))
    return seconds


def _check(session: Session, times: Select[Any], *, limit: int, window: timedelta, now: datetime, what: str) -> None:
    of_late = session.scalars(
        times.where(RoleRequest.created_at > now - window).order_by(RoleRequest.created_at.desc()).limit(limit)
    ).all()
    if len(of_late) == limit:
        raise TooManyRequests(f"{limit} {what}", retry_after=_seconds_left(of_late[-1], window, now))


def _seconds_left(since: datetime, window: timedelta, now: datetime) -> int:
    return math.ceil((since + window - now).total_seconds())
