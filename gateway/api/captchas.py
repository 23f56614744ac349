"""Codes in a picture, for API clients."""

from typing import Any

from flask import Blueprint, url_for
from marshmallow import fields

from gateway.api.operations import Operation, operation
from gateway.application import transaction
from gateway.captcha import new_captcha
from gateway.schemas.fields import Form
from gateway.throttling import CAPTCHA, check_limit
from shared import clock
from shared.domain.errors import TooManyRequests

bp = Blueprint("api_captchas", __name__)


class CaptchaSchema(Form):
    """Where the picture and the sound of a code are."""

    id = fields.UUID(required=True)
    image_url = fields.String(required=True)
    audio_url = fields.String(required=True)


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
    """Make a code that is good for one answer within five minutes."""
    check_limit(CAPTCHA)
    with transaction() as session:
        captcha_id = new_captcha(session, visitor=None, now=clock.now(session))
    return {
        "id": captcha_id,
        "image_url": url_for("captcha.picture", captcha_id=captcha_id),
        "audio_url": url_for("captcha.sound", captcha_id=captcha_id),
    }
