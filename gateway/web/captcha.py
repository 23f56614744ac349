"""The picture and the sound of a code (R14)."""

from uuid import UUID

from flask import Blueprint, Response, abort

from gateway import captcha
from gateway.application import reading
from gateway.throttling import CAPTCHA, SOUND, check_limit
from shared import clock
from shared.models import Captcha

bp = Blueprint("captcha", __name__, url_prefix="/captcha")


@bp.get("/<uuid:captcha_id>.png")
def picture(captcha_id: UUID) -> Response:
    """Draw the code."""
    check_limit(CAPTCHA)
    _check_alive(captcha_id)
    return Response(captcha.picture(captcha_id), mimetype="image/png")


@bp.get("/<uuid:captcha_id>.wav")
def sound(captcha_id: UUID) -> Response:
    """Read the code out."""
    check_limit(SOUND)
    _check_alive(captcha_id)
    return Response(captcha.sound(captcha_id), mimetype="audio/wav")


def _check_alive(captcha_id: UUID) -> None:
    with reading() as session:
        found = session.get(Captcha, captcha_id)
        if found is None or found.used_at is not None or clock.now(session) - found.created_at >= captcha.LIFETIME:
            abort(404)
