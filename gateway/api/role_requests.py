"""Asking for roles, and one's own requests, by API."""

from dataclasses import fields
from typing import Any
from uuid import UUID

from flask import Blueprint
from sqlalchemy.orm import Session

from gateway.api.operations import Operation, operation
from gateway.application import reading, settings, transaction
from gateway.idempotency import Given, carry_out
from gateway.schemas.organisations import PageSchema
from gateway.schemas.role_requests import RoleRequestListSchema, RoleRequestSchema, SubmitSchema
from gateway.sessions import Visitor
from gateway.web.environments import environment_blueprint
from shared import clock
from shared.domain.environments import Environment
from shared.domain.errors import (
    AlreadyDecided,
    AlreadyHeld,
    AlreadyRequested,
    FieldErrors,
    NotFound,
    OtherKind,
    RequestWithdrawn,
    TooManyRequests,
)
from shared.services import role_request_views as views
from shared.services.operator_create import NewOperator
from shared.services.role_request_submit import Submitted, submit
from shared.services.role_request_withdraw import withdraw as take_back

bp: Blueprint = environment_blueprint("api_role_requests", __name__)
_NEW = "new_operator"


@bp.post("/role-requests")
@operation(
    Operation(
        summary="Ask for roles",
        body=SubmitSchema(),
        answer=RoleRequestSchema(),
        status=201,
        errors=(NotFound, OtherKind, AlreadyHeld, AlreadyRequested, FieldErrors, TooManyRequests),
        idempotent=True,
    )
)
def create(visitor: Visitor, environment: Environment, body: dict[str, Any]) -> Given:
    """Ask for posts, for all countries of a control body, or for a new operator to be created and joined.

    Posts that are held or asked for already are left out and named in `skipped`; when nothing remains, the answer is
    409.
    """

    def work(session: Session) -> dict[str, Any]:
        return _told(_submit(session, visitor, environment, body))

    return carry_out(work, caller=f"account:{visitor.account.id}", answer=RoleRequestSchema(), status=201)


@bp.get("/role-requests")
@operation(
    Operation(
        summary="List one's own requests",
        query=PageSchema(),
        answer=RoleRequestListSchema(),
        errors=(NotFound, FieldErrors),
    )
)
def index(visitor: Visitor, environment: Environment, query: dict[str, Any]) -> views.Page:
    """List one's own requests in an environment, newest first, open and closed."""
    with reading() as session:
        return views.list_requests(session, account=visitor.account, environment=environment, **query)


@bp.get("/role-requests/<uuid:role_request_id>")
@operation(Operation(summary="Show one of one's own requests", answer=RoleRequestSchema(), errors=(NotFound,)))
def show(visitor: Visitor, environment: Environment, role_request_id: UUID) -> views.RoleRequestView:
    """Show where a request is and what happens next. Another person's request looks like one that does not exist."""
    with reading() as session:
        return views.get_request(
            session,
            account=visitor.account,
            environment=environment,
            role_request_id=role_request_id,
        )


@bp.post("/role-requests/<uuid:role_request_id>/actions/withdraw")
@operation(
    Operation(
        summary="Take a request back",
        answer=RoleRequestSchema(),
        errors=(NotFound, AlreadyDecided, RequestWithdrawn),
    )
)
def withdraw(visitor: Visitor, environment: Environment, role_request_id: UUID) -> views.RoleRequestView:
    """Take back what is still open of a request; what was decided stays decided. Needs no body."""
    with transaction() as session:
        role_request = take_back(
            session,
            account=visitor.account,
            environment=environment,
            role_request_id=role_request_id,
            now=clock.now(session),
        )
        return views.view_of(role_request)


def _submit(session: Session, visitor: Visitor, environment: Environment, body: dict[str, Any]) -> Submitted:
    asked = {name: value for name, value in body.items() if name not in {"all_countries", _NEW}}
    if _NEW in body:
        asked[_NEW] = NewOperator(**body[_NEW])
    try:
        return submit(
            session,
            account=visitor.account,
            environment=environment,
            now=clock.now(session),
            rate_limits=settings().rate_limits,
            **asked,
        )
    except FieldErrors as error:
        # The rules know the fields of a new operator by their own names; the body has them one level down.
        raise FieldErrors({_place(field, body): found for field, found in error.errors.items()}) from None


def _place(field: str, body: dict[str, Any]) -> str:
    return f"{_NEW}.{field}" if _NEW in body else field


def _told(submitted: Submitted) -> dict[str, Any]:
    view = views.view_of(submitted.role_request)
    skipped = [{"post_id": post_id, "reason": reason} for post_id, reason in submitted.skipped]
    return {field.name: getattr(view, field.name) for field in fields(view)} | {"skipped": skipped}
