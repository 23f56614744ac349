"""Creating an account by API."""

from typing import Any

from flask import Blueprint
from marshmallow import fields

from gateway.api.operations import Operation, operation
from gateway.application import settings, transaction
from gateway.captcha_check import CaptchaWrong, check_captcha
from gateway.schemas.accounts import SignUpSchema
from gateway.schemas.fields import Form
from gateway.throttling import SIGN_UP, check_limit
from gateway.web.sign_up import sign_up_fields
from shared import clock
from shared.domain.errors import TooManyRequests
from shared.services.sign_up import look_for, sign_up

bp = Blueprint("api_accounts", __name__)


class AcceptedSchema(Form):
    """The answer to what is done by mail; it says nothing about the address (S7)."""

    status = fields.String(required=True)


ACCEPTED = {"status": "accepted"}


@bp.post("/accounts")
@operation(
    Operation(
        summary="Create an account",
        body=SignUpSchema(),
        answer=AcceptedSchema(),
        status=202,
        errors=(CaptchaWrong, TooManyRequests),
        needs_log_in=False,
    )
)
def create(body: dict[str, Any]) -> dict[str, Any]:
    """Create an account; the mail with the password link follows."""
    check_limit(SIGN_UP)
    check_captcha(body, visitor=None)
    filled_in = sign_up_fields(body)
    with transaction() as session:
        looked = look_for(session, filled_in)  # first, for it brings the time along
        sign_up(session, filled_in, settings=settings(), now=clock.now(session), looked=looked)
    return ACCEPTED
