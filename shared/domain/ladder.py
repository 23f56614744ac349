from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType


class Step(StrEnum):
    """What happens to a request that nobody decides, in this order."""

    REMINDER = "reminder"
    NEXT_LEVEL = "next_level"
    EXPIRY = "expiry"


AFTER = MappingProxyType(
    {
        Step.REMINDER: timedelta(days=7),
        Step.NEXT_LEVEL: timedelta(days=14),
        Step.EXPIRY: timedelta(days=30),
    }
)
"""How long after submission; days of 24 hours, so that no time zone or change of the clocks matters."""


def due_steps(submitted_at: datetime, done: AbstractSet[Step], now: datetime) -> list[Step]:
    """List the steps that are due and not done, in their order.

    Times are aware UTC; a step is due from its very instant on. After a long pause several are due at once: take
    each in turn and mark it as done whether or not it found anybody (a next level without a living recipient is
    done too), then nothing is ever done twice.
    """
    return [step for step, after in AFTER.items() if step not in done and now >= submitted_at + after]


def next_step(submitted_at: datetime, done: AbstractSet[Step]) -> tuple[Step, datetime] | None:
    """Say what happens next if nobody decides, and when (aware UTC); None once the request has expired.

    The time may lie in the past: then the step is due and the next pass takes it.
    """
    for step, after in AFTER.items():
        if step not in done:
            return step, submitted_at + after
    return None
