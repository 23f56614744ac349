"""Whether the process lives, and whether it can do its work."""

from flask import Blueprint, Response, jsonify
from flask.typing import ResponseReturnValue
from flask_wtf import CSRFProtect
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from gateway.application import Gateway, reading

bp = Blueprint("health", __name__)


def register(app: Gateway, csrf: CSRFProtect) -> None:
    """Add ``/healthz`` and ``/readyz``."""
    csrf.exempt(bp)
    app.register_blueprint(bp)


@bp.get("/healthz")
def alive() -> Response:
    """Answer as long as the process does."""
    return jsonify(status="alive")


@bp.get("/readyz")
def ready() -> ResponseReturnValue:
    """Answer 200 when the database answers, else 503; neither broker nor mail server matters to a request."""
    try:
        with reading() as session:
            session.execute(text("SELECT 1"))
    except SQLAlchemyError:
        return jsonify(status="unavailable"), 503, {"Retry-After": "5"}
    return jsonify(status="ready")
