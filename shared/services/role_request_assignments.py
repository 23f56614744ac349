"""Assignments: one request, one office, one recipient; asking somebody to decide, and no longer asking."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session, joinedload, selectinload

from shared.domain.ladder import AFTER, Step
from shared.domain.links import LinkPurpose
from shared.domain.role_requests import OPEN
from shared.domain.routing import Rule
from shared.models import Assignment, AssignmentItem, Link, Post, RoleRequest, RoleRequestItem
from shared.models.base import new_id
from shared.services.emails import Recipient, queue_email
from shared.services.links import new_link
from shared.services.role_request_offices import OfficeDirectory
from shared.services.role_request_recipients import RecipientOfOffice
from shared.settings import Settings


def lock_request(session: Session, role_request_id: UUID) -> RoleRequest | None:
    """Lock a request for a change and return it as it is now.

    Everything that changes a request, its items or its assignments takes this lock first (then the organisations', in
    the order of their ids): so two decisions come one after the other, and nothing waits in a circle (S32).
    """
    return session.scalar(
        select(RoleRequest)
        .where(RoleRequest.id == role_request_id)
        .options(joinedload(RoleRequest.account))
        .with_for_update(of=RoleRequest)
        .execution_options(populate_existing=True)
    )


def items_of(session: Session, role_request_id: UUID) -> Sequence[RoleRequestItem]:
    """Read the items of a request with their posts and organisations, in their order, as they are now."""
    return session.scalars(
        select(RoleRequestItem)
        .where(RoleRequestItem.role_request_id == role_request_id)
        .order_by(RoleRequestItem.position)
        .options(joinedload(RoleRequestItem.post).joinedload(Post.organisation))
        .execution_options(populate_existing=True)
    ).all()


def open_assignments(session: Session, role_request_id: UUID) -> Sequence[Assignment]:
    """Read the assignments of a request that still ask somebody, with what they cover, as they are now."""
    return session.scalars(
        select(Assignment)
        .where(Assignment.role_request_id == role_request_id, Assignment.closed_at.is_(None))
        .order_by(Assignment.step, Assignment.since, Assignment.id)
        .options(
            joinedload(Assignment.account),
            joinedload(Assignment.office),
            selectinload(Assignment.items),
        )
        .execution_options(populate_existing=True)
    ).all()


def is_open(item: RoleRequestItem) -> bool:
    """True while an item waits for somebody."""
    return item.status in OPEN


def recipient_of(assignment: Assignment) -> RecipientOfOffice:
    """The recipient of an assignment, living or not."""
    office = assignment.office
    return RecipientOfOffice(
        office.id, assignment.account, assignment.mailbox, office.mailbox_language, is_canary=office.is_canary
    )


def mail_recipient(assignment: Assignment) -> Recipient:
    """Where the mails of an assignment go, and in which language."""
    return recipient_of(assignment).for_mail


def may_decide(assignment: Assignment, item: RoleRequestItem, directory: OfficeDirectory) -> bool:
    """True when the recipient of an assignment may decide on an item at this moment (R70, S33)."""
    key = recipient_of(assignment).key
    return any(recipient.key == key for recipient in those_who_may_decide(assignment, item, directory))


def those_who_may_decide(
    assignment: Assignment, item: RoleRequestItem, directory: OfficeDirectory
) -> Sequence[RecipientOfOffice]:
    """Everybody at the office of an assignment who may decide on an item at this moment."""
    is_own = item.post.organisation_id == assignment.office_id
    return directory.recipients_of(assignment.office, as_own_organisation=is_own)


def ask(
    session: Session,
    role_request: RoleRequest,
    recipient: RecipientOfOffice,
    items: Iterable[RoleRequestItem],
    *,
    rule: Rule,
    step: int,
    settings: Settings,
    now: datetime,
) -> Assignment:
    """Ask one recipient of one office to decide on some items: an assignment and its mail with a link (R73)."""
    assignment = Assignment(
        id=new_id(),
        role_request_id=role_request.id,
        office_id=recipient.office_id,
        account_id=recipient.account.id if recipient.account else None,
        mailbox=recipient.mailbox,
        rule=rule,
        step=step,
        since=now,
        due=_due(role_request.created_at, now),
        items=[AssignmentItem(item_id=item.id) for item in items],
    )
    session.add(assignment)
    # Link and mail refer to the assignment: its row has to be there first.
    session.flush()
    send_link(session, assignment, template="decide", settings=settings, now=now)
    return assignment


def ask_also(
    session: Session, assignment: Assignment, items: Iterable[RoleRequestItem], *, settings: Settings, now: datetime
) -> None:
    """Let an assignment cover further items, and tell its recipient with a fresh link."""
    assignment.items.extend(AssignmentItem(item_id=item.id) for item in items)
    session.flush()
    send_link(session, assignment, template="decide", settings=settings, now=now)


def send_link(session: Session, assignment: Assignment, *, template: str, settings: Settings, now: datetime) -> None:
    """Queue a mail with a fresh decide link of its own; links sent before keep working.

    The link names no account: it stands for the assignment, so that one person's links to many requests do not
    supersede each other.
    """
    link = new_link(session, purpose=LinkPurpose.DECIDE, keyring=settings.keyring, now=now, assignment_id=assignment.id)
    queue_email(
        session,
        template=template,
        to=mail_recipient(assignment),
        now=now,
        environment=assignment.office.environment,
        link_id=link.id,
        role_request_id=assignment.role_request_id,
        assignment_id=assignment.id,
    )


def use_up_links(session: Session, assignment_ids: Sequence[UUID], *, now: datetime) -> None:
    """Use up every link of assignments that have nothing left to decide: also one whose mail is still to be sent."""
    session.execute(
        update(Link)
        .where(Link.assignment_id.in_(assignment_ids), Link.purpose == LinkPurpose.DECIDE, Link.used_at.is_(None))
        .values(used_at=now)
    )


def _due(submitted_at: datetime, now: datetime) -> datetime:
    """Until when the office is expected to decide: the day the next level joins, after that the day of expiry."""
    joins = submitted_at + AFTER[Step.NEXT_LEVEL]
    return joins if now < joins else submitted_at + AFTER[Step.EXPIRY]
