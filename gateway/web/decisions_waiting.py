"""Requests that wait for a logged-in approver: a list, and the way to the page of each (R73)."""

from uuid import UUID

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload, selectinload

from gateway.application import reading, settings
from gateway.link_cookies import to_clean_address
from gateway.web.environments import environment_blueprint
from gateway.web.log_in_required import log_in_required
from shared.domain.environments import Environment
from shared.domain.errors import NotFound
from shared.domain.links import LinkPurpose
from shared.models import Account, Assignment, AssignmentItem, Link, Organisation, Post, RoleRequest, RoleRequestItem
from shared.tokens import make_token

bp: Blueprint = environment_blueprint("decisions_waiting", __name__)
MOST = 200


@bp.get("/decisions")
@log_in_required
def list_waiting(account: Account, environment: Environment) -> ResponseReturnValue:
    """List what this person was asked to decide, most urgent first."""
    with reading() as session:
        waiting = session.scalars(
            _open(account, environment)
            .order_by(Assignment.due, Assignment.id)
            .limit(MOST)
            .options(
                joinedload(Assignment.office),
                joinedload(Assignment.role_request).joinedload(RoleRequest.account),
                selectinload(Assignment.items)
                .joinedload(AssignmentItem.item)
                .joinedload(RoleRequestItem.post)
                .joinedload(Post.organisation),
            )
        ).all()
    return render_template("decide/waiting.html", waiting=waiting)


@bp.get("/decisions/<uuid:assignment_id>")
@log_in_required
def open_one(account: Account, environment: Environment, assignment_id: UUID) -> ResponseReturnValue:
    """Open the page of one of them, by the link that was mailed to this very person; decides nothing."""
    with reading() as session:
        link = session.scalar(
            select(Link)
            .join(Assignment, Assignment.id == Link.assignment_id)
            .where(Assignment.id.in_(_open(account, environment).with_only_columns(Assignment.id)))
            .where(Assignment.id == assignment_id, Link.purpose == LinkPurpose.DECIDE, Link.locked_at.is_(None))
            .order_by(Link.created_at.desc())
            .limit(1)
        )
    token = link and make_token(
        settings().keyring, purpose=LinkPurpose.DECIDE, link_id=link.id, key_number=link.key_number
    )
    if not token:
        raise NotFound("no such assignment of this person")
    return to_clean_address(token, purpose=LinkPurpose.DECIDE, lifetime=settings().decision_link_lifetime)


def _open(account: Account, environment: Environment) -> Select[Assignment]:
    return (
        select(Assignment)
        .join(Organisation, Organisation.id == Assignment.office_id)
        .where(
            Assignment.account_id == account.id,
            Assignment.closed_at.is_(None),
            Organisation.environment == environment,
        )
    )
