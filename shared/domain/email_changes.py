"""A change of address that two mailboxes have to confirm: what is missing, and when it is over (C9)."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum

from shared.domain.links import Unusable


class Side(StrEnum):
    """Which of the two mailboxes."""

    OLD = "old"
    """Where the person is reached now: it approves the change."""
    NEW = "new"
    """Where the person wants to be reached: it proves that it is theirs."""


def missing(reasons: Mapping[Side, Unusable | None]) -> tuple[Side, ...]:
    """Name the mailboxes that have not confirmed yet, the new one first.

    ``reasons`` says for each mailbox why its link does not work, as ``why_unusable`` gives it: a link that was used
    has confirmed.
    """
    return tuple(side for side in (Side.NEW, Side.OLD) if reasons[side] is not Unusable.USED)


def why_over(reasons: Mapping[Side, Unusable | None]) -> Unusable | None:
    """Say why a change can never come about any more, or None while it can.

    One link that died before it was used is enough: half a confirmation is none. The new mailbox's reason goes first.
    """
    return next((reason for side in missing(reasons) if (reason := reasons[side]) is not None), None)


def until(ends: Iterable[datetime | None]) -> datetime | None:
    """Give the instant at which a change is over, from the ends of the links that are still missing.

    The earliest counts. A link whose mail was not handed over has no end yet (R21); None when that is so of all.
    """
    return min((end for end in ends if end is not None), default=None)
