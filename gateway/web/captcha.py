"""The picture and the sound of a code, and the work that does in its place (R14)."""

from datetime import timedelta
from uuid import UUID

from flask import Blueprint, Response, abort, jsonify

from gateway import captcha
from gateway.application import reading
from gateway.captcha_work import new_challenge
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


@bp.get("/<uuid:captcha_id>.json")
def work(captcha_id: UUID) -> Response:
    """Give a browser the work that it can do in the place of reading the code."""
    check_limit(CAPTCHA)
    left = _check_alive(captcha_id)
    return jsonify(challenge=new_challenge(captcha_id), seconds_left=int(left.total_seconds()))


def _check_alive(captcha_id: UUID) -> timedelta:
    """Return the time that is left for the answer; there is no such page when there is none."""
    with reading() as session:
        found = session.get(Captcha, captcha_id)
        left = found and captcha.time_left(found, now=clock.now(session))
    return left or abort(404)
