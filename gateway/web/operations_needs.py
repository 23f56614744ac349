"""What needs a person now: the first thing that the operations page says."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from gateway.web.operations_figures import Overview
from shared.messages import Queue, Task

STANDS_STILL: Final = 300.0
"""Seconds after which work that could be done and is not worries somebody."""
RELAY_IS_LATE: Final = 60.0
SEALING_IS_LATE: Final = 120.0


class NeedKind(StrEnum):
    """What somebody has to look at."""

    PARKED_MAILS = "parked_mails"
    PARKED_REQUESTS = "parked_requests"
    NOBODY_CAN_DECIDE = "nobody_can_decide"
    LOCKED_LINKS = "locked_links"
    REQUESTS_OVERDUE = "requests_overdue"
    QUEUE_STANDS_STILL = "queue_stands_still"
    RELAY_IS_LATE = "relay_is_late"
    SEALING_IS_LATE = "sealing_is_late"


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """One thing to look at: how many of it, or which queue and since how many seconds."""

    kind: NeedKind
    count: int = 0
    queue: Queue | None = None
    seconds: float = 0.0

    @property
    def section(self) -> str:
        """The heading in docs/operations.md that says what to do: that of the alert about the same."""
        if self.kind is NeedKind.QUEUE_STANDS_STILL and self.queue is Queue.ROUTING:
            return ROUTING_STANDS_STILL
        return SECTIONS[self.kind]


SECTIONS: Final = {
    NeedKind.PARKED_MAILS: "GatehouseParked",
    NeedKind.PARKED_REQUESTS: "GatehouseParked",
    NeedKind.NOBODY_CAN_DECIDE: "GatehouseNobodyDecides",
    NeedKind.LOCKED_LINKS: "GatehouseLinkLocked",
    NeedKind.REQUESTS_OVERDUE: "GatehouseRequestsOverdue",
    NeedKind.QUEUE_STANDS_STILL: "GatehouseMailsStandStill",
    NeedKind.RELAY_IS_LATE: "GatehouseRelayBehind",
    NeedKind.SEALING_IS_LATE: "GatehouseAuditNotSealed",
}
ROUTING_STANDS_STILL: Final = "GatehouseRoutingStandsStill"


def needs_of(overview: Overview) -> list[Need]:
    """List what needs a person, what waits for nobody else first; empty when all is well."""
    return [need for need in _candidates(overview) if need.count or need.queue]


def _candidates(overview: Overview) -> Iterator[Need]:
    parked = [one.task for one in overview.parked]
    yield Need(kind=NeedKind.PARKED_MAILS, count=parked.count(Task.DELIVER_EMAILS))
    yield Need(kind=NeedKind.PARKED_REQUESTS, count=parked.count(Task.ROUTE_ROLE_REQUESTS))
    yield Need(kind=NeedKind.NOBODY_CAN_DECIDE, count=sum(overview.without_recipient.values()))
    yield Need(kind=NeedKind.LOCKED_LINKS, count=overview.locked_links)
    for one in overview.queues:
        if one.oldest_due > STANDS_STILL:
            yield Need(kind=NeedKind.QUEUE_STANDS_STILL, queue=one.queue, seconds=one.oldest_due)
        if one.relay_lag > RELAY_IS_LATE:
            yield Need(kind=NeedKind.RELAY_IS_LATE, queue=one.queue, seconds=one.relay_lag)
    yield Need(kind=NeedKind.REQUESTS_OVERDUE, count=sum(overview.overdue.values()))
    if overview.unsealed.oldest > SEALING_IS_LATE:
        yield Need(kind=NeedKind.SEALING_IS_LATE, count=overview.unsealed.events, seconds=overview.unsealed.oldest)
