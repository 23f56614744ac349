"""The life of a membership after it was given, and of an administrator's right (C6, C14, S33, S34)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session, joinedload

from shared.domain.environments import Environment
from shared.domain.errors import NotFound
from shared.domain.memberships import HELD, Action, Actor, MembershipStatus, apply
from shared.models import Administrator, Membership, Post
from shared.services import audit, role_kinds
from shared.services.role_request_accept import route_again_after_arrival
from shared.services.role_request_route import reroute_requests_of
from shared.settings import Settings


def end(
    session: Session,
    membership_id: UUID,
    *,
    by: Actor,
    actor: str,
    settings: Settings,
    now: datetime,
    ground: str | None = None,
) -> Membership:
    """End a membership for good.

    With the last post that somebody holds in an organisation goes the right of an administrator there. Requests that
    the person was asked to decide are routed again in the same transaction, so that none waits for nobody (S34), and
    the person is free for another kind of role when nothing else binds (R30).

    Args:
        session: a transaction that holds no lock of a request or an organisation.
        membership_id: which one.
        by: in which capacity: the system (commands included), somebody who may decide on the post, or the member.
        actor: for the event: ``audit.by_account(...)``, ``SYSTEM`` or ``OPERATOR_AT_THE_CONSOLE``.
        settings: for the keys of links.
        now: the product's time.
        ground: the rule or command on which it is done.

    Raises:
        NotFound: no such membership, or it has ended before.
    """
    membership = _change(session, membership_id, Action.END, by, actor=actor, now=now, ground=ground)
    membership.valid_to = now
    session.flush()
    organisation_id = membership.post.organisation_id
    if not _holds_anything(session, membership.account_id, organisation_id):
        _take_right(session, membership.account_id, organisation_id, actor=actor, now=now, ground=ground)
    reroute_requests_of(
        session, account_id=membership.account_id, office_id=organisation_id, settings=settings, now=now
    )
    role_kinds.release_if_free(
        session, account_id=membership.account_id, environment=Environment(membership.environment)
    )
    return membership


def suspend(
    session: Session,
    membership_id: UUID,
    *,
    by: Actor,
    actor: str,
    settings: Settings,
    now: datetime,
    ground: str | None = None,
) -> Membership:
    """Suspend a membership until somebody lifts that; meanwhile the person decides nothing by it (C14, S33).

    Parameters as for ``end``; requests that the person was asked to decide are routed again.

    Raises:
        NotFound: no such membership, or not a valid one.
    """
    membership = _change(session, membership_id, Action.SUSPEND, by, actor=actor, now=now, ground=ground)
    session.flush()
    reroute_requests_of(
        session,
        account_id=membership.account_id,
        office_id=membership.post.organisation_id,
        settings=settings,
        now=now,
    )
    return membership


def lift(
    session: Session, membership_id: UUID, *, by: Actor, actor: str, now: datetime, ground: str | None = None
) -> Membership:
    """Lift a suspension; what the office's mailbox was asked meanwhile comes to the person (C14).

    Raises:
        NotFound: no such membership, or not a suspended one.
        WrongActor: only somebody who may decide on the post lifts.
    """
    membership = _change(session, membership_id, Action.LIFT, by, actor=actor, now=now, ground=ground)
    session.flush()
    organisation_id = membership.post.organisation_id
    is_administrator = session.get(Administrator, (membership.account_id, organisation_id)) is not None
    route_again_after_arrival(session, [organisation_id], arrived_as_administrator=is_administrator)
    return membership


def remove_administrator(
    session: Session,
    *,
    account_id: UUID,
    organisation_id: UUID,
    actor: str,
    settings: Settings,
    now: datetime,
    ground: str | None = None,
) -> None:
    """Take from somebody the right to decide for an organisation; what they hold there stays.

    Requests that they were asked to decide are routed again in the same transaction (S34).

    Raises:
        NotFound: the person is no administrator there.
    """
    if not _take_right(session, account_id, organisation_id, actor=actor, now=now, ground=ground):
        raise NotFound("no administrator of this organisation")
    reroute_requests_of(session, account_id=account_id, office_id=organisation_id, settings=settings, now=now)


def _change(
    session: Session,
    membership_id: UUID,
    action: Action,
    by: Actor,
    *,
    actor: str,
    now: datetime,
    ground: str | None,
) -> Membership:
    membership = session.scalar(
        select(Membership)
        .where(Membership.id == membership_id)
        .options(joinedload(Membership.post))
        .with_for_update(of=Membership)
        .execution_options(populate_existing=True)
    )
    if membership is None:
        raise NotFound("no such membership")
    membership.status = apply(MembershipStatus(membership.status), action, by)
    past = {Action.END: "ended", Action.SUSPEND: "suspended", Action.LIFT: "lifted"}
    audit.record(
        session,
        action=f"membership.{past[action]}",
        actor=actor,
        subject_type="membership",
        subject_id=membership.id,
        now=now,
        environment=membership.environment,
        ground=ground,
        account_id=str(membership.account_id),
        post_id=str(membership.post_id),
    )
    return membership


def _holds_anything(session: Session, account_id: UUID, organisation_id: UUID) -> bool:
    holds = exists().where(
        Membership.account_id == account_id,
        Membership.status.in_(HELD),
        Membership.post_id == Post.id,
        Post.organisation_id == organisation_id,
    )
    return session.scalars(select(holds)).one()


def _take_right(
    session: Session, account_id: UUID, organisation_id: UUID, *, actor: str, now: datetime, ground: str | None
) -> bool:
    administrator = session.get(Administrator, (account_id, organisation_id))
    if administrator is None:
        return False
    environment = administrator.organisation.environment
    session.execute(
        delete(Administrator).where(
            Administrator.account_id == account_id, Administrator.organisation_id == organisation_id
        )
    )
    audit.record(
        session,
        action="administrator.removed",
        actor=actor,
        subject_type="organisation",
        subject_id=organisation_id,
        now=now,
        environment=environment,
        ground=ground,
        account_id=str(account_id),
    )
    return True
