"""What applicants see of their own requests: items, office, since, due, what happens next, what happened (R62, C4)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import Session, selectinload

from shared.domain.environments import Environment
from shared.domain.errors import FieldErrors, NotFound
from shared.domain.ladder import AFTER, Step
from shared.domain.organisations import N_
from shared.domain.progress import Code, Statement, what_next, whereabouts
from shared.domain.role_requests import ItemStatus, RequestStatus
from shared.domain.roles import RoleKind
from shared.models import Account, Assignment, Post, RoleRequest, RoleRequestItem
from shared.services.role_request_route import steps_done

_DECIDED = {ItemStatus.ACCEPTED: Code.ACCEPTED, ItemStatus.REJECTED: Code.REJECTED}
_CLOSED = _DECIDED | {ItemStatus.WITHDRAWN: Code.WITHDRAWN, ItemStatus.EXPIRED: Code.EXPIRED}


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemView:
    """One post asked for.

    The first five attributes are the contract's; the others are for pages. ``name`` is the organisation's, ``code`` the
    post's code number, ``country`` its ISO code (for a control body the country it certifies), ``decided_by`` the name
    of the deciding office, ``decided_at`` also the time of withdrawal or expiry.
    """

    id: UUID
    post_id: UUID
    name: str
    status: ItemStatus
    reason: str | None
    code: str | None
    traces_number: str | None
    country: str | None
    decided_at: datetime | None
    decided_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleRequestView:
    """One request as its applicant sees it: offices, never persons.

    The attributes up to ``next_step`` are the contract's. ``office`` and ``next_step`` are statements: ``str()`` gives
    English. ``since``: with the office since, or the latest change of a closed request. ``due``: when the request moves
    on without a decision; None once closed. ``timeline``: what happened, oldest first, each with its time.
    """

    id: UUID
    environment: Environment
    status: RequestStatus
    items: tuple[ItemView, ...]
    office: Statement
    since: datetime
    due: datetime | None
    next_step: Statement
    kind: RoleKind
    message: str | None
    contact_email: str | None
    contact_phone: str | None
    created_at: datetime
    timeline: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a list; ``next_cursor`` is None on the last one."""

    items: tuple[RoleRequestView, ...]
    next_cursor: str | None


def list_requests(
    session: Session,
    *,
    account: Account,
    environment: Environment,
    cursor: str | None = None,
    limit: int = 50,
) -> Page:
    """List a person's own requests in an environment, newest first, open and closed (R7, R62).

    Args:
        session: any transaction.
        account: the applicant.
        environment: one of the two; nothing of the other shows.
        cursor: ``next_cursor`` of the page before.
        limit: 1 to 200.

    Raises:
        FieldErrors: a cursor that is none of ours.
    """
    own = _own(account, environment).order_by(RoleRequest.created_at.desc(), RoleRequest.id.desc()).limit(limit + 1)
    if cursor is not None:
        own = own.where(_before(session, account, environment, cursor))
    found = session.scalars(_shown(own)).all()
    following = str(found[limit - 1].id) if len(found) > limit else None
    return Page(tuple(view_of(role_request) for role_request in found[:limit]), following)


def get_request(
    session: Session, *, account: Account, environment: Environment, role_request_id: UUID
) -> RoleRequestView:
    """Show one of a person's own requests.

    Raises:
        NotFound: no such request of this person in this environment; another person's looks the same (S26).
    """
    role_request = session.scalar(_shown(_own(account, environment)).where(RoleRequest.id == role_request_id))
    if role_request is None:
        raise NotFound("no such request of this person")
    return view_of(role_request)


def view_of(role_request: RoleRequest) -> RoleRequestView:
    """Show a request that its caller may see, such as one just written."""
    names = {assignment.id: assignment.office.name for assignment in role_request.assignments}
    items = tuple(_item(item, names) for item in role_request.items)
    open_ones = sorted(
        (one for one in role_request.assignments if one.closed_at is None),
        key=lambda one: (one.step, one.since, one.office.name),
    )
    statuses = [item.status for item in items]
    nobody = role_request.nobody_since is not None
    is_open = role_request.status == RequestStatus.OPEN
    return RoleRequestView(
        id=role_request.id,
        environment=Environment(role_request.environment),
        status=RequestStatus(role_request.status),
        items=items,
        office=whereabouts(
            statuses,
            asked=_once(one.office.name for one in open_ones),
            deciders=_once(item.decided_by for item in items if item.status in _DECIDED and item.decided_by),
            nobody=nobody,
        ),
        since=_since(role_request, open_ones),
        due=_due(role_request, open_ones) if is_open else None,
        next_step=what_next(
            statuses,
            submitted_at=role_request.created_at,
            done=steps_done(role_request),
            asked=bool(open_ones),
            nobody=nobody,
        ),
        kind=RoleKind(role_request.kind),
        message=role_request.message,
        contact_email=role_request.contact_email,
        contact_phone=role_request.contact_phone,
        created_at=role_request.created_at,
        timeline=_timeline(role_request, items),
    )


def _own(account: Account, environment: Environment) -> Select[RoleRequest]:
    return select(RoleRequest).where(RoleRequest.account_id == account.id, RoleRequest.environment == environment)


def _shown(role_requests: Select[RoleRequest]) -> Select[RoleRequest]:
    return role_requests.options(
        selectinload(RoleRequest.items).joinedload(RoleRequestItem.post).joinedload(Post.organisation),
        selectinload(RoleRequest.assignments).joinedload(Assignment.office),
    )


def _item(item: RoleRequestItem, offices: Mapping[UUID, str]) -> ItemView:
    organisation = item.post.organisation
    return ItemView(
        id=item.id,
        post_id=item.post_id,
        name=organisation.name,
        status=ItemStatus(item.status),
        reason=item.reason,
        code=item.post.code,
        traces_number=organisation.traces_number,
        country=item.post.country,
        decided_at=item.decided_at,
        decided_by=None if item.decided_by_assignment_id is None else offices.get(item.decided_by_assignment_id),
    )


def _since(role_request: RoleRequest, open_ones: Iterable[Assignment]) -> datetime:
    if role_request.status == RequestStatus.OPEN:
        return min((one.since for one in open_ones), default=role_request.created_at)
    return max((item.decided_at for item in role_request.items if item.decided_at), default=role_request.created_at)


def _due(role_request: RoleRequest, open_ones: Iterable[Assignment]) -> datetime:
    return min((one.due for one in open_ones), default=role_request.created_at + AFTER[Step.NEXT_LEVEL])


def _timeline(role_request: RoleRequest, items: Iterable[ItemView]) -> tuple[Statement, ...]:
    happened = [(role_request.created_at, Statement(Code.SENT, at=role_request.created_at))]
    asked: dict[datetime, list[str]] = defaultdict(list)
    for assignment in role_request.assignments:
        asked[assignment.since].append(assignment.office.name)
    for since, names in asked.items():
        happened.append((since, Statement(Code.ASKED, offices=_once(sorted(names)), at=since)))
    for at, code in ((role_request.reminded_at, Code.REMINDED), (role_request.escalated_at, Code.ESCALATED)):
        if at is not None:
            happened.append((at, Statement(code, at=at)))
    for item in items:
        if item.status in _CLOSED and item.decided_at is not None:
            offices = () if item.decided_by is None else (item.decided_by,)
            happened.append((item.decided_at, Statement(_CLOSED[item.status], offices=offices, at=item.decided_at)))
    happened.sort(key=itemgetter(0))
    return tuple(dict.fromkeys(statement for _, statement in happened))


def _once(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def _before(session: Session, account: Account, environment: Environment, cursor: str) -> ColumnElement[bool]:
    """Build the condition for what comes after the request that ended the page before."""
    try:
        last = session.scalar(_own(account, environment).where(RoleRequest.id == UUID(cursor)))
    except ValueError:
        last = None
    if last is None:
        raise FieldErrors({"cursor": [N_("Use the cursor that came with the page before.")]})
    return or_(
        RoleRequest.created_at < last.created_at,
        and_(RoleRequest.created_at == last.created_at, RoleRequest.id < last.id),
    )
