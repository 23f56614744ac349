"""Builders of offices, of routed requests, and of decide links in somebody's hands; see ``tests.builders``."""

import itertools
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.domain.links import LinkPurpose
from shared.models import (
    Account,
    Assignment,
    AuditEvent,
    DecisionChallenge,
    Email,
    Link,
    Organisation,
    Post,
    RoleRequest,
)
from shared.services.decision_codes import code_of, stamp_challenge
from shared.services.decision_lookup import lookup
from shared.services.decision_shown import ToDecide
from shared.services.role_request_decide import Decided, Undecided, decide
from shared.services.role_request_route import route
from shared.services.role_request_verdict import Decision
from shared.settings import Settings, StepUp
from shared.tokens import make_token
from tests.builders import a_membership, an_account, an_administrator, an_organisation
from tests.builders_role_requests import a_role_request
from tests.conftest import NOW

Case = tuple[RoleRequest, Account, str]
"""A request for a post at an operator, its administrator, and the token in the administrator's mail."""
_numbers = itertools.count(1)


def a_cca(session: Session, **changes: Any) -> Organisation:
    """A central competent authority in Belgium, with nobody in it and no mailbox."""
    number = next(_numbers)
    values = {"role": "CCA", "name": f"Central Authority {number}", "reference": f"BE9{number:03}"} | changes
    return an_organisation(session, kind="authority", **values)


def a_commission(session: Session, **changes: Any) -> Organisation:
    """The Commission in Production, with its post and the mailbox ``commission@commission.example``."""
    values = {
        "name": "European Commission",
        "country": None,
        "takes_requests": False,
        "mailbox_email": "commission@commission.example",
    } | changes
    commission = an_organisation(session, kind="commission", **values)
    commission.posts.append(Post(environment=commission.environment, kind="commission"))
    session.flush()
    return commission


def a_member(session: Session, organisation: Organisation, **changes: Any) -> Account:
    """A person who holds the first post of an organisation."""
    account = an_account(session, **changes)
    a_membership(session, account, organisation.posts[0])
    return account


def one_in_charge(session: Session, organisation: Organisation, **changes: Any) -> Account:
    """A member who is also administrator of an organisation."""
    account = a_member(session, organisation, **changes)
    an_administrator(session, account, organisation)
    return account


def without_codes(settings: Settings) -> Settings:
    """Settings under which a link alone decides."""
    return replace(settings, step_up=StepUp.NEVER)


def a_routed_request(
    session: Session, settings: Settings, *posts: Post, applicant: Account | None = None, now: datetime = NOW
) -> RoleRequest:
    """A request for these posts that was just routed to whoever is there."""
    role_request = a_role_request(session, applicant or an_account(session), *posts, status="submitted", now=now)
    route(session, role_request.id, settings=settings, now=now)
    return role_request


def assignments_of(session: Session, role_request: RoleRequest) -> Sequence[Assignment]:
    """All assignments of a request, oldest level first."""
    return session.scalars(
        select(Assignment)
        .where(Assignment.role_request_id == role_request.id)
        .order_by(Assignment.step, Assignment.since)
        .execution_options(populate_existing=True)
    ).all()


def open_assignment_of(session: Session, role_request: RoleRequest, account: Account | None = None) -> Assignment:
    """The one open assignment by which somebody (or, without account, a mailbox) is asked."""
    return session.scalars(
        select(Assignment).where(
            Assignment.role_request_id == role_request.id,
            Assignment.account_id.is_(None) if account is None else Assignment.account_id == account.id,
            Assignment.closed_at.is_(None),
        )
    ).one()


def token_for(session: Session, settings: Settings, role_request: RoleRequest, account: Account | None = None) -> str:
    """The token that somebody (or, without account, a mailbox) got in the newest mail of a request."""
    assignment = session.scalars(
        select(Assignment)
        .where(
            Assignment.role_request_id == role_request.id,
            Assignment.account_id.is_(None) if account is None else Assignment.account_id == account.id,
        )
        .order_by(Assignment.since.desc())
        .limit(1)
    ).one()
    return token_of(settings, newest_link(session, assignment.id))


def newest_link(session: Session, assignment_id: UUID) -> Link:
    """The link mailed last for an assignment."""
    return session.scalars(
        select(Link).where(Link.assignment_id == assignment_id).order_by(Link.created_at.desc()).limit(1)
    ).one()


def token_of(settings: Settings, link: Link) -> str:
    """The token of a decide link."""
    token = make_token(settings.keyring, purpose=LinkPurpose.DECIDE, link_id=link.id, key_number=link.key_number)
    assert token is not None
    return token


def shown(session: Session, settings: Settings, token: str) -> ToDecide:
    """What the holder of a link sees of a request that is still to be decided."""
    view = lookup(session, token, settings=settings, now=NOW)
    assert isinstance(view, ToDecide)
    return view


def press(session: Session, settings: Settings, token: str, *, now: datetime = NOW, **more: Any) -> Decided | Undecided:
    """The holder of a link presses a button, by default "Accept"."""
    values: dict[str, Any] = {"token": token, "decision": Decision.ACCEPT, "settings": settings, "now": now}
    return decide(session, **values | more)


def say(session: Session, settings: Settings, token: str, decision: Decision = Decision.ACCEPT, **more: Any) -> Decided:
    """The same, where a refusal is an error."""
    return press(session, settings, token, decision=decision, **more).or_raise()


def mailed_code(session: Session, settings: Settings, *, now: datetime = NOW) -> str:
    """Hand over the code that was queued last, and read it."""
    challenge = session.scalars(select(DecisionChallenge).order_by(DecisionChallenge.created_at.desc()).limit(1)).one()
    assert stamp_challenge(challenge, now=now) is None
    session.flush()
    code = code_of(challenge, settings.keyring)
    assert code is not None
    return code


def mails(session: Session, template: str) -> list[str]:
    """The addresses that mails of a template were written to, in order."""
    return sorted(session.scalars(select(Email.recipient).where(Email.template == template)))


def events(session: Session, action: str) -> Sequence[AuditEvent]:
    """The audit events of an action."""
    return session.scalars(select(AuditEvent).where(AuditEvent.action == action).order_by(AuditEvent.at)).all()
