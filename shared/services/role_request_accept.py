"""What acceptance gives: the membership, a valid operator, the first administrator (R46, architecture.md section 5)."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.orm import Session

from shared import outbox
from shared.domain.memberships import HELD, MembershipStatus
from shared.domain.role_requests import OPEN, RequestStatus
from shared.messages import Queue, Task
from shared.models import (
    Account,
    Administrator,
    Assignment,
    Membership,
    Organisation,
    Post,
    RoleRequest,
    RoleRequestItem,
)
from shared.services.emails import Recipient, queue_email
from shared.services.operator_decide import settle_new_operator
from shared.services.profiles import Notification, wants
from shared.services.role_request_recipients import LIVES


def lock_organisations(session: Session, items: Collection[RoleRequestItem]) -> list[Organisation]:
    """Lock the organisations behind items, in the order of their ids, and return them as they are now."""
    ids = {item.post.organisation_id for item in items}
    return list(
        session.scalars(
            select(Organisation)
            .where(Organisation.id.in_(ids))
            .order_by(Organisation.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    )


def is_first_person(session: Session, organisation_id: UUID) -> bool:
    """True while an organisation has no administrator and nobody holds a post in it.

    Whoever is accepted then becomes its administrator unless the approver says no. To be asked under the lock of the
    organisation's row where something hangs on it.
    """
    nobody_in_charge = ~exists().where(Administrator.organisation_id == organisation_id)
    nobody_in_it = ~exists().where(
        Post.organisation_id == organisation_id, Membership.post_id == Post.id, Membership.status.in_(HELD)
    )
    return session.scalars(select(nobody_in_charge & nobody_in_it)).one()


def accept(
    session: Session,
    role_request: RoleRequest,
    items: Sequence[RoleRequestItem],
    *,
    administrator_of: Collection[UUID],
    decider: Account | None,
    now: datetime,
) -> None:
    """Give the applicant what the items ask for; their organisations are locked.

    Administrators who were there before are told of their new colleague, but for whoever decided and for those who
    switched it off (R64).

    Args:
        session: the deciding transaction.
        role_request: the request, locked.
        items: those that were just accepted.
        administrator_of: ids of organisations of which the applicant becomes administrator.
        decider: the person who decided, None for a mailbox.
        now: the product's time.
    """
    organisations = {item.post.organisation_id: item.post.organisation for item in items}
    for organisation in organisations.values():
        settle_new_operator(session, organisation, is_accepted=True)
        _tell_colleagues(session, role_request, organisation, decider, now)
    _give_memberships(session, role_request, items, now)
    for organisation_id in administrator_of:
        make_administrator(session, account_id=role_request.account_id, organisation_id=organisation_id, now=now)


def make_administrator(session: Session, *, account_id: UUID, organisation_id: UUID, now: datetime) -> bool:
    """Give somebody the right to decide for an organisation; False when it was there before."""
    if session.get(Administrator, (account_id, organisation_id)) is not None:
        return False
    session.add(Administrator(account_id=account_id, organisation_id=organisation_id, since=now))
    return True


def route_again_after_arrival(
    session: Session, organisation_ids: Collection[UUID], *, arrived_as_administrator: bool
) -> None:
    """Write down the work of routing again what somebody who arrived in an organisation takes over.

    That is what its mailbox holds, which is asked only while there is nobody; for a new administrator, what is asked
    for in the organisation; and whatever had nobody so far. Left to the worker, since it locks other requests than the
    one in hand.
    """
    held_by_mailbox = exists().where(
        Assignment.role_request_id == RoleRequest.id,
        Assignment.office_id.in_(organisation_ids),
        Assignment.account_id.is_(None),
        Assignment.closed_at.is_(None),
    )
    asks_for_it = exists().where(
        RoleRequestItem.role_request_id == RoleRequest.id,
        RoleRequestItem.status.in_(OPEN),
        RoleRequestItem.post_id == Post.id,
        Post.organisation_id.in_(organisation_ids),
    )
    here = select(Organisation.environment).where(Organisation.id.in_(organisation_ids))
    has_nobody = and_(RoleRequest.nobody_since.is_not(None), RoleRequest.environment.in_(here))
    reasons = or_(held_by_mailbox, has_nobody)
    if arrived_as_administrator:
        reasons = or_(reasons, asks_for_it)
    concerned = session.scalars(
        select(RoleRequest.id).where(RoleRequest.status == RequestStatus.OPEN, reasons).order_by(RoleRequest.id)
    )
    for role_request_id in concerned.all():
        outbox.add(session, task=Task.ROUTE_ROLE_REQUESTS, queue=Queue.ROUTING, subject_id=role_request_id)


def _give_memberships(
    session: Session, role_request: RoleRequest, items: Sequence[RoleRequestItem], now: datetime
) -> None:
    # Given from the command line while the request waited: one is enough, and a suspension stays.
    held = set(
        session.scalars(
            select(Membership.post_id).where(
                Membership.account_id == role_request.account_id,
                Membership.post_id.in_([item.post_id for item in items]),
                Membership.status.in_(HELD),
            )
        )
    )
    session.add_all(
        Membership(
            environment=role_request.environment,
            account_id=role_request.account_id,
            post_id=item.post_id,
            item_id=item.id,
            status=MembershipStatus.VALID,
            valid_from=now,
        )
        for item in items
        if item.post_id not in held
    )


def _tell_colleagues(
    session: Session, role_request: RoleRequest, organisation: Organisation, decider: Account | None, now: datetime
) -> None:
    colleagues = session.scalars(
        select(Account)
        .join(Administrator, Administrator.account_id == Account.id)
        .where(Administrator.organisation_id == organisation.id, Account.id != role_request.account_id, LIVES)
        .order_by(Account.email_key)
    )
    for colleague in colleagues:
        if colleague is not decider and wants(colleague, Notification.COLLEAGUE_JOINED):
            queue_email(
                session,
                template="colleague-joined",
                to=Recipient.of(colleague),
                now=now,
                environment=organisation.environment,
                role_request_id=role_request.id,
                organisation_id=str(organisation.id),
                member_id=str(role_request.account_id),
            )
