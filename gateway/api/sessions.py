"""Logging in and out, by API: a bearer token instead of a cookie."""

from typing import Any

from flask import Blueprint
from marshmallow import fields

from gateway.api.operations import Operation, operation
from gateway.application import transaction
from gateway.credentials import check_credentials
from gateway.schemas.accounts import LogInSchema
from gateway.schemas.fields import Form
from gateway.sessions import Visitor, end_login, start_login
from shared import clock
from shared.domain.errors import CredentialsWrong, TooManyRequests

bp = Blueprint("api_sessions", __name__)


class SessionSchema(Form):
    """A log-in of an API client."""

    token = fields.String(required=True)
    expires_at = fields.AwareDateTime(required=True)


@bp.post("/sessions")
@operation(
    Operation(
        summary="Log in",
        body=LogInSchema(),
        answer=SessionSchema(),
        status=201,
        errors=(CredentialsWrong, TooManyRequests),
        needs_log_in=False,
    )
)
def create(body: dict[str, Any]) -> dict[str, Any]:
    """Log in; send the token as `Authorization: Bearer ...` from then on."""
    account = check_credentials(body["email"], body["password"])
    with transaction() as session:
        token, expires_at = start_login(session, account.id, now=clock.now(session))
    return {"token": token, "expires_at": expires_at}


@bp.delete("/sessions/current")
@operation(Operation(summary="Log out", status=204))
def delete(visitor: Visitor) -> None:
    """End this log-in."""
    with transaction() as session:
        end_login(session, visitor.login_id, now=clock.now(session))
