"""Builders of role requests and what stands around them; see ``tests.builders``."""

import itertools
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from shared.domain.environments import Environment
from shared.models import (
    Account,
    Assignment,
    AssignmentItem,
    Organisation,
    Post,
    RoleKindHold,
    RoleRequest,
    RoleRequestItem,
)
from shared.models.base import new_id
from shared.services.operator_create import NewOperator
from shared.services.role_request_submit import Submitted, submit
from tests.builders import an_organisation
from tests.conftest import NOW

_numbers = itertools.count(1)


def a_control_body(session: Session, *codes: str, **changes: Any) -> Organisation:
    """A control body with its seat in the Netherlands and a post for each code; with one for AE without any."""
    values = {"name": "Control Union Certifications", "country": "NL"} | changes
    body = an_organisation(session, kind="control_body", **values)
    first, *others = codes or (f"AE-BIO-{next(_numbers)}",)
    body.posts[0].code, body.posts[0].country = first, first[:2]
    body.posts += [
        Post(id=new_id(), environment=body.environment, kind="control_body", code=code, country=code[:2])
        for code in others
    ]
    session.flush()
    return body


def a_role_request(
    session: Session, account: Account, *posts: Post, status: str = "waiting", now: datetime = NOW, **changes: Any
) -> RoleRequest:
    """An open request of the account for these posts (a valid operator's without any), with the kind of role held.

    ``status`` is that of every item; the request is closed when it is no open one.
    """
    posts = posts or (an_organisation(session).posts[0],)
    is_open = status in {"submitted", "waiting"}
    values: dict[str, Any] = {
        "id": new_id(),
        "environment": posts[0].environment,
        "account_id": account.id,
        "kind": posts[0].kind,
        "status": "open" if is_open else "closed",
        "created_at": now,
        "next_step_at": now + timedelta(days=7) if is_open else None,
        "items": [
            RoleRequestItem(
                account_id=account.id,
                post_id=post.id,
                position=position,
                status=status,
                decided_at=None if is_open else now,
            )
            for position, post in enumerate(posts)
        ],
    }
    role_request = RoleRequest(**values | changes)
    session.add(role_request)
    key = {"account_id": account.id, "environment": posts[0].environment}
    if is_open and session.get(RoleKindHold, key) is None:
        session.add(RoleKindHold(kind=posts[0].kind, **key))
    session.flush()
    return role_request


def an_assignment(
    session: Session,
    role_request: RoleRequest,
    *,
    office: Organisation | None = None,
    account: Account | None = None,
    **changes: Any,
) -> Assignment:
    """The account is asked to decide on all items for an office; without one the office's mailbox is."""
    office = office or an_organisation(
        session, kind="authority", role="CCA", environment=role_request.environment, name="Central Authority"
    )
    number = next(_numbers)
    values: dict[str, Any] = {
        "id": new_id(),
        "role_request_id": role_request.id,
        "office_id": office.id,
        "account_id": account.id if account else None,
        "mailbox": None if account else office.mailbox_email or f"office{number}@authority.example",
        "rule": "operator_country",
        "step": 0,
        "since": role_request.created_at,
        "due": role_request.created_at + timedelta(days=14),
        "items": [AssignmentItem(item_id=item.id) for item in role_request.items],
    }
    assignment = Assignment(**values | changes)
    session.add(assignment)
    session.flush()
    session.expire(role_request, ["assignments"])
    return assignment


def an_operator_post(session: Session, **changes: Any) -> Post:
    """The post of a valid operator."""
    return an_organisation(session, **changes).posts[0]


def ask(session: Session, account: Account, *posts: Post, **changes: Any) -> Submitted:
    """The account asks for these posts in Production, as the product does it, without limits."""
    values: dict[str, Any] = {"environment": Environment.PRODUCTION, "now": NOW, "rate_limits": False}
    if posts:
        values["post_ids"] = [post.id for post in posts]
    return submit(session, account=account, **values | changes)


def new_operator_fields(control_body_id: UUID | None, **changes: Any) -> NewOperator:
    """The letter's sample of "Create new Operator", with the EORI number its text demands (domain.md 6, trap 2)."""
    values: dict[str, Any] = {
        "name": "Test Importer",
        "country": "BE",
        "city": "1000 Bruxelles",
        "address": "Street 1",
        "phone": "+32123456",
        "eori": "BE0123456789",
        "section": "Organic Importer (ORGANIC IMPORTER)",
        "activity": "Organic Importer",
        "control_body_id": control_body_id,
    }
    return NewOperator(**values | changes)
