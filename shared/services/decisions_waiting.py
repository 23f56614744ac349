"""What a person was asked to decide and nobody has decided yet (R73)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased, joinedload, selectinload

from shared.domain.environments import Environment
from shared.domain.links import LinkPurpose
from shared.domain.organisations import OperatorStatus
from shared.domain.roles import RoleKind
from shared.domain.searching import fold_for_search
from shared.models import Account, Assignment, AssignmentItem, Link, Organisation, Post, RoleRequest, RoleRequestItem
from shared.services.role_request_assignments import is_open
from shared.services.search_pages import LIMIT_DEFAULT, Key, Page, after, check_limit, page_of, place_of, words_of
from shared.tokens import Keyring, make_token

_OLDEST_FIRST: Key = (Assignment.since, Assignment.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingRow:
    """One request as the list shows it to somebody who was asked."""

    assignment_id: UUID
    person: str
    kind: RoleKind
    first: str
    """The organisation it is about; of several, the one that was named first."""
    others: int
    creates_operator: bool
    """The organisation is a new operator, which is decided together with the person."""
    office: str
    since: datetime
    due: datetime
    decided_here: bool
    """Somebody decided through this very assignment, which only the one who was asked can have done."""


@dataclass(frozen=True, slots=True)
class Waiting(Page[WaitingRow]):
    """A piece of the list, and how many requests the whole of it has."""

    total: int


def list_waiting(
    session: Session,
    account: Account,
    environment: Environment,
    *,
    now: datetime,
    name: str | None = None,
    kind: RoleKind | None = None,
    office: UUID | None = None,
    overdue: bool = False,
    cursor: str | None = None,
    limit: int = LIMIT_DEFAULT,
) -> Waiting:
    """List what this person was asked to decide, the oldest first.

    Args:
        session: a transaction, reading is enough.
        account: who was asked.
        environment: where.
        now: the product's time.
        name: words that the names of the applicant and of the organisations hold together, in any order; case and
            accents do not matter.
        kind: the kind of role that is asked for; None for all.
        office: the id of the office for which the person was asked; None for all.
        overdue: only what was to be decided before ``now``.
        cursor: ``next_cursor`` of the page before, with the same filters.
        limit: rows in a page, 1 to 200.

    Raises:
        FieldErrors: on ``name``, ``cursor`` or ``limit``.
    """
    most = check_limit(limit)
    wanted = _open(account, environment)
    if kind is not None:
        wanted = wanted.where(Assignment.role_request.has(RoleRequest.kind == kind))
    if office is not None:
        wanted = wanted.where(Assignment.office_id == office)
    if overdue:
        wanted = wanted.where(Assignment.due < now)
    words = words_of(name)
    if words:
        return _named(session, wanted, words, cursor, most)
    total = session.scalars(select(func.count()).select_from(wanted.with_only_columns(Assignment.id).subquery())).one()
    place = after(_OLDEST_FIRST, cursor)
    rows = _shown(session, (wanted if place is None else wanted.where(place)).limit(most + 1))
    return _page(rows, most, total)


def rows_of(
    session: Session, account: Account, environment: Environment, assignment_ids: Collection[UUID]
) -> list[WaitingRow]:
    """Show what the list shows of some of this person's assignments, oldest first, whether or not they still wait."""
    mine = _mine(account, environment).where(Assignment.id.in_(assignment_ids))
    return [_row(assignment) for assignment in _shown(session, mine)]


def offices_asked(session: Session, account: Account, environment: Environment) -> list[tuple[UUID, str]]:
    """List the offices for which something waits for this person, by name."""
    here = _open(account, environment).with_only_columns(Organisation.id, Organisation.name).distinct()
    return [(row.id, row.name) for row in session.execute(here.order_by(Organisation.name, Organisation.id))]


def token_to(
    session: Session,
    account: Account,
    environment: Environment,
    assignment_id: UUID,
    *,
    keyring: Keyring,
    also_closed: bool = False,
) -> str | None:
    """Give the token of the newest link by which this very person may decide one of them.

    None when it is not theirs, or is locked; and when it is over, unless ``also_closed``: then the token tells how it
    ended.
    """
    theirs = (_mine if also_closed else _open)(account, environment).with_only_columns(Assignment.id)
    link = session.scalar(
        select(Link)
        .join(Assignment, Assignment.id == Link.assignment_id)
        .where(Assignment.id.in_(theirs))
        .where(Assignment.id == assignment_id, Link.purpose == LinkPurpose.DECIDE, Link.locked_at.is_(None))
        .order_by(Link.created_at.desc())
        .limit(1)
    )
    if link is None:
        return None
    return make_token(keyring, purpose=LinkPurpose.DECIDE, link_id=link.id, key_number=link.key_number)


def _mine(account: Account, environment: Environment) -> Select[Assignment]:
    return (
        select(Assignment)
        .join(Organisation, Organisation.id == Assignment.office_id)
        .where(Assignment.account_id == account.id, Organisation.environment == environment)
    )


def _open(account: Account, environment: Environment) -> Select[Assignment]:
    return _mine(account, environment).where(Assignment.closed_at.is_(None))


def _named(session: Session, wanted: Select[Assignment], words: list[str], cursor: str | None, most: int) -> Waiting:
    """The page of those whose names hold all words.

    Names of people are stored as they write them and not folded, so all that waits for this one person is gone through.
    """
    asked = aliased(Organisation)
    names = (
        wanted.join(RoleRequest, RoleRequest.id == Assignment.role_request_id)
        .join(Account, Account.id == RoleRequest.account_id)
        .join(AssignmentItem, AssignmentItem.assignment_id == Assignment.id)
        .join(RoleRequestItem, RoleRequestItem.id == AssignmentItem.item_id)
        .join(Post, Post.id == RoleRequestItem.post_id)
        .join(asked, asked.id == Post.organisation_id)
        .with_only_columns(
            Assignment.since, Assignment.id, Account.first_name, Account.last_name, asked.search_name.label("asked")
        )
        .distinct()
        .order_by(*_OLDEST_FIRST)
    )
    found: dict[tuple[datetime, UUID], str] = {}
    for row in session.execute(names):
        key = (row.since, row.id)
        found[key] = f"{found.get(key) or fold_for_search(f'{row.first_name} {row.last_name}')} {row.asked}"
    fitting = [key for key, text in found.items() if all(word in text for word in words)]
    place = place_of(_OLDEST_FIRST, cursor)
    ids = [key[1] for key in fitting if place is None or key > tuple(place)][: most + 1]
    return _page(_shown(session, wanted.where(Assignment.id.in_(ids))), most, len(fitting))


def _shown(session: Session, statement: Select[Assignment]) -> Sequence[Assignment]:
    """Read assignments with all that a row shows of each."""
    return session.scalars(
        statement.order_by(*_OLDEST_FIRST).options(
            joinedload(Assignment.office),
            joinedload(Assignment.role_request).joinedload(RoleRequest.account),
            selectinload(Assignment.items)
            .joinedload(AssignmentItem.item)
            .joinedload(RoleRequestItem.post)
            .joinedload(Post.organisation),
        )
    ).all()


def _page(rows: Sequence[Assignment], most: int, total: int) -> Waiting:
    page = page_of(rows, most, item=_row, place=lambda one: (one.since, one.id))
    return Waiting(page.items, page.next_cursor, total)


def _row(assignment: Assignment) -> WaitingRow:
    items = sorted((one.item for one in assignment.items), key=lambda item: item.position)
    shown = [item for item in items if is_open(item)] or items
    organisation = shown[0].post.organisation
    return WaitingRow(
        assignment_id=assignment.id,
        person=assignment.role_request.account.full_name,
        kind=RoleKind(assignment.role_request.kind),
        first=organisation.name,
        others=len(shown) - 1,
        creates_operator=organisation.status == OperatorStatus.NEW,
        office=assignment.office.name,
        since=assignment.since,
        due=assignment.due,
        decided_here=any(item.decided_by_assignment_id == assignment.id for item in items),
    )
