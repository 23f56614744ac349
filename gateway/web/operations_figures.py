"""Everything that the operations page shows, read in one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from shared import clock
from shared.domain.environments import Environment
from shared.services import figures_delivery, figures_requests
from shared.services.figures_audit import Unsealed, unsealed_events
from shared.services.figures_cost import bound_cost
from shared.services.figures_delivery import DomainFailures, Held, Minute
from shared.services.figures_parked import Parked, parked_rows
from shared.services.figures_queues import QueueFigures, queue_figures
from shared.services.figures_requests import Waiting, WaitingInCountry


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """What the tables say of the installation, ``at`` that moment of the product's time."""

    at: datetime
    queues: Sequence[QueueFigures]
    minutes: Sequence[Minute]
    delivery: Sequence[float] | None
    """Seconds within which half, and 95 of a hundred, of the last hour's mails were sent; None without any."""
    failures: Sequence[DomainFailures]
    bounced: int
    """Mails that came back within the last day."""
    held_count: int
    held: Sequence[Held]
    parked: Sequence[Parked]
    waiting: Sequence[Waiting]
    by_country: Sequence[WaitingInCountry]
    without_recipient: Mapping[Environment, int]
    nobody: Sequence[tuple[UUID, datetime]]
    overdue: Mapping[Environment, int]
    locked_links: int
    unsealed: Unsealed

    @property
    def sent(self) -> int:
        """Mails sent within the last hour."""
        return sum(one.sent for one in self.minutes)

    @property
    def failed(self) -> int:
        """Mails that failed within the last hour."""
        return sum(one.failed for one in self.minutes)

    @property
    def relay_lag(self) -> float:
        """Seconds by which the relay is late, at the most late queue."""
        return max((one.relay_lag for one in self.queues), default=0.0)


def read_overview(session: Session) -> Overview:
    """Read it all; costs as much as there is waiting, and as the last hour's mails."""
    bound_cost(session)
    held_count, held = figures_delivery.held_mails(session)
    return Overview(
        at=clock.now(session),
        queues=queue_figures(session),
        minutes=figures_delivery.mails_by_minute(session),
        delivery=figures_delivery.delivery_seconds(session, (0.5, 0.95)),
        failures=figures_delivery.failures_by_domain(session),
        bounced=figures_delivery.bounced_mails(session),
        held_count=held_count,
        held=held,
        parked=parked_rows(session),
        waiting=figures_requests.waiting_requests(session),
        by_country=figures_requests.waiting_by_country(session),
        without_recipient=figures_requests.requests_without_recipient(session),
        nobody=figures_requests.name_requests_without_recipient(session),
        overdue=figures_requests.requests_overdue(session),
        locked_links=figures_requests.locked_links(session),
        unsealed=unsealed_events(session),
    )
