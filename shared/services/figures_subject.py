"""One mail or role request as operations see it: what it is, and every piece of work there was about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from shared.domain.errors import NotFound
from shared.models import Assignment, Email, OutboxRow, RoleRequest


@dataclass(frozen=True, slots=True)
class Subject:
    """What work is about: a mail or a role request, never both; the rows of the outbox, oldest first."""

    id: UUID
    email: Email | None
    role_request: RoleRequest | None
    rows: Sequence[OutboxRow]

    @property
    def domain(self) -> str:
        """The domain of the mail's recipient: all of the address that operations are shown."""
        return self.email.recipient_key.rpartition("@")[2] if self.email else ""


def subject_of_work(session: Session, subject_id: UUID) -> Subject:
    """Look up a mail or a role request by its id; the request comes with items, assignments and their offices.

    Raises:
        NotFound: there is neither of that id.
    """
    email = session.get(Email, subject_id)
    role_request = session.scalar(
        select(RoleRequest)
        .where(RoleRequest.id == subject_id)
        .options(selectinload(RoleRequest.items), selectinload(RoleRequest.assignments).joinedload(Assignment.office))
    )
    if email is None and role_request is None:
        raise NotFound("no mail and no request of that id")
    rows = session.scalars(select(OutboxRow).where(OutboxRow.subject_id == subject_id).order_by(OutboxRow.created_at))
    return Subject(subject_id, email, role_request, rows.all())
