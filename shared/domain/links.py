from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from shared.domain.errors import LinkExpired, LinkSuperseded, LinkUsed


class LinkPurpose(StrEnum):
    """What a mailed link is for; a token of one purpose is unknown to the pages of another (S6)."""

    PASSWORD = "password"  # noqa: S105  (the word, not a password)
    EMAIL_CHANGE = "email"
    DECIDE = "decide"


class Unusable(StrEnum):
    """Why a link does not work any more."""

    USED = "used"
    SUPERSEDED = "superseded"
    EXPIRED = "expired"


ERRORS = MappingProxyType(
    {
        Unusable.USED: LinkUsed,
        Unusable.SUPERSEDED: LinkSuperseded,
        Unusable.EXPIRED: LinkExpired,
    }
)


def why_unusable(
    *,
    expires_at: datetime | None,
    used_at: datetime | None,
    superseded_at: datetime | None,
    now: datetime,
) -> Unusable | None:
    """Say why a link does not work, or None while it does.

    Both the click and the attempt to mail the link ask this: an attempt stamps no link that is used, superseded or
    past an earlier stamp, and closes its mail as obsolete instead, so that nothing dead comes back to life.

    All times are aware UTC. ``expires_at`` is the first instant at which the link no longer works (R21, S4): handed
    over at 12:00:00 for 90 minutes, it works at 13:29:59 and not at 13:30:00. It is None until the first attempt,
    and a link without it has not expired: its time starts with the mail. A used link says so for ever, even when it
    was superseded or has expired since.
    """
    if used_at is not None:
        return Unusable.USED
    if superseded_at is not None:
        return Unusable.SUPERSEDED
    if expires_at is not None and now >= expires_at:
        return Unusable.EXPIRED
    return None


def check_usable(
    *,
    expires_at: datetime | None,
    used_at: datetime | None,
    superseded_at: datetime | None,
    now: datetime,
) -> None:
    """Refuse a link that does not work; parameters and edges as in ``why_unusable``.

    Raises:
        LinkUsed: it did its work already.
        LinkSuperseded: a newer link took its place.
        LinkExpired: ``now >= expires_at``.
    """
    reason = why_unusable(expires_at=expires_at, used_at=used_at, superseded_at=superseded_at, now=now)
    if reason is not None:
        raise ERRORS[reason](f"the link is {reason}")


def stamp(*, expires_at: datetime | None, lifetime: timedelta, now: datetime) -> datetime:
    """Give the ``expires_at`` of a link that is handed over now: ``lifetime`` from ``now``, aware UTC.

    Only for a link that ``why_unusable`` lets pass. Never earlier than the stamp of an earlier attempt, even when
    the demonstration clock was set back: that time may stand printed on a copy that arrived.
    """
    fresh = now + lifetime
    return fresh if expires_at is None else max(expires_at, fresh)
