"""The Commission: an office in each environment, and the people who speak for it (R69, domain.md section 6, 11)."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from shared.domain.environments import Environment
from shared.domain.memberships import HELD, Action, Actor, MembershipStatus, apply
from shared.domain.organisations import OrganisationKind
from shared.models import Membership, Organisation, Post
from shared.services import audit
from shared.services.known_accounts import usable_account
from shared.services.reference_changes import names
from shared.services.role_request_accept import route_again_after_arrival

REFERENCE = "commission"
NAME = "European Commission"


def ensure_commission(session: Session, *, environment: Environment, now: datetime) -> Organisation:
    """Return the Commission of an environment, locked for a change, and make it where it is missing.

    It has one post, so that people can be members, and no country: it stands above all of them. It is made without a
    mailbox.
    """
    commission = session.scalar(
        select(Organisation)
        .where(Organisation.environment == environment, Organisation.kind == OrganisationKind.COMMISSION)
        .options(selectinload(Organisation.posts))
        .with_for_update()
    )
    if commission is None:
        commission = Organisation(
            environment=environment,
            kind=OrganisationKind.COMMISSION,
            reference=REFERENCE,
            takes_requests=False,
            created_at=now,
            posts=[Post(environment=environment, kind=OrganisationKind.COMMISSION)],
            **names(NAME),
        )
        session.add(commission)
        session.flush()
    return commission


def add(session: Session, *, email: str, environment: Environment, now: datetime) -> Membership:
    """Make the person behind an address a member of the Commission; one who is already stays so.

    Every member may decide what comes to the Commission, and what its mailbox was asked goes to the people instead.
    It is none of the letter's three roles, so it leaves the person free to hold one.

    Raises:
        NotFound: no account has the address, or it cannot be used.
        AlreadyHeld: the membership is suspended; somebody has to lift that, not a command.
    """
    commission = ensure_commission(session, environment=environment, now=now)
    account = usable_account(session, email)
    post = commission.posts[0]
    held = session.scalar(
        select(Membership).where(
            Membership.account_id == account.id, Membership.post_id == post.id, Membership.status.in_(HELD)
        )
    )
    if held is not None and held.status == MembershipStatus.VALID:
        return held
    membership = Membership(
        environment=environment,
        account_id=account.id,
        post_id=post.id,
        status=apply(MembershipStatus(held.status) if held else None, Action.GRANT, Actor.SYSTEM),
        valid_from=now,
    )
    session.add(membership)
    session.flush()
    route_again_after_arrival(session, [commission.id], arrived_as_administrator=False)
    audit.record(
        session,
        action="membership.granted",
        actor=audit.OPERATOR_AT_THE_CONSOLE,
        subject_type="membership",
        subject_id=membership.id,
        now=now,
        environment=environment,
        ground="commission add",
        account_id=str(account.id),
        post_id=str(post.id),
    )
    return membership
