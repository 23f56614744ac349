"""What a decide link, or a logged-in recipient, points at: the assignment, its request, and the items it covers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from shared.domain.errors import AlreadyDecided, LinkUnknown, RequestWithdrawn
from shared.domain.links import LinkPurpose
from shared.domain.role_requests import ItemStatus
from shared.models import Assignment, Link, RoleRequest, RoleRequestItem
from shared.services.links import check_link
from shared.services.role_request_assignments import is_open, items_of, lock_request
from shared.tokens import Keyring, read_token

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Target:
    """One assignment as it is at this moment."""

    link: Link
    assignment: Assignment
    role_request: RoleRequest
    all_items: Sequence[RoleRequestItem]
    """Those of the request, in their order."""

    @property
    def items(self) -> list[RoleRequestItem]:
        """Those that the assignment covers."""
        covered = {row.item_id for row in self.assignment.items}
        return [item for item in self.all_items if item.id in covered]


class DecidedBefore(AlreadyDecided):
    """Somebody decided first, or time did: which office (None when it expired), when (aware UTC), and how (R71)."""

    def __init__(self, *, office: str | None, at: datetime | None, status: ItemStatus) -> None:
        """Say who was first."""
        super().__init__(f"the item is {status} already")
        self.office = office
        self.at = at
        self.status = status


def target_of_token(session: Session, token: str, *, keyring: Keyring, now: datetime, lock: bool) -> Target:
    """Find what a decide link points at.

    A link that is used up still points at its assignment: what was decided is told by the items.

    Args:
        session: any transaction; with ``lock`` one that may write.
        token: the 44 characters of the mail.
        keyring: the keys that verify it.
        now: the product's time.
        lock: lock the request, and read everything as it is under that lock.

    Raises:
        LinkUnknown: not ours, or for another purpose.
        LinkLocked, LinkSuperseded, LinkExpired: it does not work any more.
    """
    link = session.get(Link, read_token(keyring, token, purpose=LinkPurpose.DECIDE), populate_existing=True)
    if link is None or link.assignment_id is None:
        raise LinkUnknown("no such link")
    target = _target(session, link.assignment_id, link, lock=lock)
    if target is None:
        raise LinkUnknown("its assignment is gone")
    if link.used_at is None or link.locked_at is not None:
        check_link(link, now)
    return target


def check_open(session: Session, items: Sequence[RoleRequestItem]) -> None:
    """Refuse to decide items of which one is not open any more.

    Raises:
        RequestWithdrawn: the applicant took them back.
        DecidedBefore: one of them was decided, or expired.
    """
    over = [item for item in items if not is_open(item)]
    decided = [item for item in over if item.status != ItemStatus.WITHDRAWN]
    if decided:
        latest = last_decided(decided)
        raise DecidedBefore(
            office=deciding_office(session, latest), at=latest.decided_at, status=ItemStatus(latest.status)
        )
    if over:
        raise RequestWithdrawn("the applicant took the request back")


def last_decided(items: Sequence[RoleRequestItem]) -> RoleRequestItem:
    """The item that was closed last, of some that are closed."""
    return max(items, key=lambda item: item.decided_at or _LONG_AGO)


def deciding_office(session: Session, item: RoleRequestItem) -> str | None:
    """Name the office that decided on an item; None when none did."""
    if item.decided_by_assignment_id is None:
        return None
    assignment = session.get(Assignment, item.decided_by_assignment_id)
    return assignment.office.name if assignment else None


def _target(session: Session, assignment_id: UUID, link: Link, *, lock: bool) -> Target | None:
    role_request_id = session.scalar(select(Assignment.role_request_id).where(Assignment.id == assignment_id))
    if role_request_id is None:
        return None
    if lock:
        role_request = lock_request(session, role_request_id)
        session.refresh(link)
    else:
        role_request = session.get(RoleRequest, role_request_id, populate_existing=True)
    # Read only now: what is decided must be what stands under the lock.
    assignment = session.scalar(
        select(Assignment)
        .where(Assignment.id == assignment_id)
        .options(joinedload(Assignment.office), joinedload(Assignment.account), selectinload(Assignment.items))
        .execution_options(populate_existing=True)
    )
    if role_request is None or assignment is None:
        return None
    return Target(link, assignment, role_request, items_of(session, role_request_id))
