"""Reading, at the end, what the tables say."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import Engine, create_engine, func, select
from sqlalchemy.orm import Session

from shared.models import Assignment, Email, OutboxRow, RoleRequest
from tests.chaos.oracle import Asked, Row


class Tables:
    """The product's database, past the proxy."""

    def __init__(self, url: str) -> None:
        self._engine: Engine = create_engine(url, pool_pre_ping=True)

    def close(self) -> None:
        self._engine.dispose()

    def unfinished(self) -> int:
        """How much work has no outcome yet."""
        with self._reading() as session:
            return session.scalar(select(func.count()).where(OutboxRow.finished_at.is_(None))) or 0

    def unfinished_rows(self) -> list[str]:
        """The same, row by row, with what is known of each."""
        with self._reading() as session:
            rows = session.scalars(select(OutboxRow).where(OutboxRow.finished_at.is_(None)))
            return [
                f"{row.id} {row.queue} announced {row.announcements} times, {row.attempts} attempts, "
                f"{row.crashes} crashes, owner {row.lease_owner}, last: {row.last_error}"
                for row in rows
            ]

    def parked(self) -> int:
        """How many rows wait for a person to look at them."""
        with self._reading() as session:
            return session.scalar(select(func.count()).where(OutboxRow.outcome == "parked")) or 0

    def rows(self) -> list[Row]:
        """Every mail that was written down, in the order of that."""
        with self._reading() as session:
            emails = session.scalars(select(Email).order_by(Email.created_at))
            return [
                Row(
                    id=str(email.id),
                    order=order,
                    recipient=email.recipient,
                    template=email.template,
                    state=email.state,
                    assignment=_text(email.assignment_id),
                    role_request=_text(email.role_request_id),
                )
                for order, email in enumerate(emails)
            ]

    def requests(self) -> list[Asked]:
        """Every role request, and who was asked about it."""
        with self._reading() as session:
            closed: dict[str, dict[str, bool]] = defaultdict(dict)
            changes: dict[str, list[float]] = defaultdict(list)
            for assignment in session.scalars(select(Assignment)):
                request_id = str(assignment.role_request_id)
                closed[request_id][str(assignment.id)] = assignment.closed_at is not None
                changes[request_id] += [at.timestamp() for at in (assignment.since, assignment.closed_at) if at]
            return [
                Asked(
                    id=str(one.id),
                    is_routed=bool(closed[str(one.id)]) or one.nobody_since is not None,
                    assignments=closed[str(one.id)],
                    changes=changes[str(one.id)],
                )
                for one in session.scalars(select(RoleRequest))
            ]

    @contextmanager
    def _reading(self) -> Iterator[Session]:
        with Session(self._engine) as session:
            yield session


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def within(moment: float, spans: Sequence[tuple[float, float]], *, after: float = 0.0) -> bool:
    """True when a moment lies in one of the spans, or up to ``after`` seconds behind it."""
    return any(began <= moment <= ended + after for began, ended in spans)
