"""What the tables hold at this moment, as gauges."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, TypeAlias

from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from sqlalchemy.orm import Session

from shared.messages import Task
from shared.services.figures_accounts import account_figures
from shared.services.figures_audit import unsealed_events
from shared.services.figures_parked import parked_rows
from shared.services.figures_queues import QueueFigures, queue_figures
from shared.services.figures_requests import (
    locked_links,
    requests_overdue,
    requests_without_recipient,
    waiting_requests,
)

Values: TypeAlias = Mapping[tuple[str, ...], float]

_BY_QUEUE: Final[Sequence[tuple[str, str, Callable[[QueueFigures], float]]]] = (
    ("unfinished", "Rows of the outbox without an outcome.", lambda one: one.unfinished),
    (
        "oldest_unfinished_seconds",
        "Age of the oldest unfinished row whose next attempt has come.",
        lambda one: one.oldest_due,
    ),
    (
        "oldest_unfinished_any_seconds",
        "Age of the oldest unfinished row, also of those that were put off.",
        lambda one: one.oldest,
    ),
    (
        "relay_lag_seconds",
        "How long the most patient row has been due to be announced without being announced.",
        lambda one: one.relay_lag,
    ),
    ("retrying", "Unfinished rows that met a temporary answer.", lambda one: one.retrying),
    ("attempts", "Temporary answers of the unfinished rows together.", lambda one: one.attempts),
)


def queues(session: Session) -> Iterator[Metric]:
    """How much work waits, and since when."""
    found = queue_figures(session)
    for name, words, value in _BY_QUEUE:
        yield _gauge(name, words, ("queue",), {(one.queue.value,): value(one) for one in found})
    yield _one("leased", "Rows that a living worker has in hand.", sum(one.leased for one in found))


def parked(session: Session) -> Iterator[Metric]:
    """What waits for a person."""
    found = parked_rows(session)
    by_task: Values = {(task.value,): float(sum(one.task is task for one in found)) for task in Task}
    yield _gauge("parked", "Rows that were given up and that nobody has looked after.", ("task",), by_task)
    last = max((one.at.timestamp() for one in found), default=0.0)
    yield _one("parked_last_timestamp_seconds", "When the newest of them was parked; 0 without any.", last)


def requests(session: Session) -> Iterator[Metric]:
    """Who waits for a decision, and what keeps a request from being decided."""
    waiting, labels = waiting_requests(session), ("environment", "country", "office")
    keys = {one: (one.environment.value, one.country, one.office.value) for one in waiting}
    yield _gauge(
        "waiting_requests",
        "Open requests, by seat of the organisation asked about and by kind of office that was asked.",
        labels,
        {key: one.requests for one, key in keys.items()},
    )
    yield _gauge(
        "oldest_waiting_request_seconds",
        "Age of the oldest of them.",
        labels,
        {key: one.oldest for one, key in keys.items()},
    )
    for name, words, by_environment in (
        ("requests_without_recipient", "Open requests that nobody can decide.", requests_without_recipient(session)),
        ("requests_overdue", "Open requests whose next step did not happen in its time.", requests_overdue(session)),
    ):
        values: Values = {(environment.value,): float(count) for environment, count in by_environment.items()}
        yield _gauge(name, words, ("environment",), values)
    yield _one("locked_links", "Links locked by wrong codes, of people who are still asked.", locked_links(session))


def audit(session: Session) -> Iterator[Metric]:
    """Whether sealing keeps up."""
    unsealed = unsealed_events(session)
    yield _one("audit_unsealed", "Audit events without a place in the chain.", unsealed.events)
    yield _one("audit_oldest_unsealed_seconds", "Age of the oldest of them.", unsealed.oldest)


def accounts(session: Session) -> Iterator[Metric]:
    """How many people there are."""
    by_state: Values = {(state.value,): float(count) for state, count in account_figures(session).items()}
    yield _gauge("accounts", "Accounts: waiting for a password, usable, disabled.", ("state",), by_state)


def _one(name: str, words: str, value: float) -> Metric:
    return _gauge(name, words, (), {(): value})


def _gauge(name: str, words: str, labels: Sequence[str], values: Values) -> Metric:
    family = GaugeMetricFamily(f"gatehouse_{name}", words, labels=labels)
    for key, value in sorted(values.items()):
        family.add_metric(key, value)
    return family
