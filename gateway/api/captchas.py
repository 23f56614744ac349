"""Codes in a picture, and the work that does in their place, for API clients."""

from typing import Any

from flask import Blueprint, url_for
from marshmallow import fields

from gateway.api.operations import Operation, operation
from gateway.application import transaction
from gateway.captcha import new_captcha
from gateway.captcha_work import new_challenge
from gateway.schemas.fields import Form
from gateway.throttling import CAPTCHA, check_limit
from shared import clock
from shared.domain.errors import TooManyRequests

bp = Blueprint("api_captchas", __name__)


class CaptchaSchema(Form):
    """Where the picture and the sound of a code are, and the challenge that can be solved in their place."""

    id = fields.UUID(required=True)
    image_url = fields.String(required=True)
    audio_url = fields.String(required=True)
    challenge = fields.Dict(
        keys=fields.String(),
        required=True,
        metadata={
            "description": "A proof of work of ALTCHA, version 2. Its libraries solve it; send what they make of it, "
            "base64 of JSON with challenge and solution, as captcha_solution."
        },
    )


@bp.post("/captchas")
@operation(
    Operation(
        summary="Make a code in a picture",
        answer=CaptchaSchema(),
        status=201,
        errors=(TooManyRequests,),
        needs_log_in=False,
    )
)
def create() -> dict[str, Any]:
    """Make a code that is good for one answer, or for one solution of its challenge, within five minutes."""
    check_limit(CAPTCHA)
    with transaction() as session:
        captcha_id = new_captcha(session, visitor=None, now=clock.now(session))
    return {
        "id": captcha_id,
        "image_url": url_for("captcha.picture", captcha_id=captcha_id),
        "audio_url": url_for("captcha.sound", captcha_id=captcha_id),
        "challenge": new_challenge(captcha_id),
    }
