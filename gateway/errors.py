"""Errors: one table from what went wrong to the answer; a page for people, problem+json for programs (RFC 9457)."""

import logging
import uuid
from http import HTTPStatus
from typing import Any, Final

from flask import Response, g, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from marshmallow import ValidationError
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from gateway.application import Gateway
from gateway.captcha_check import CaptchaWrong
from shared.domain import errors

API: Final = "/api/"
STATUS: Final[dict[type[errors.DomainError], int]] = {
    errors.NotFound: 404,
    errors.LinkUnknown: 404,
    errors.LinkExpired: 410,
    errors.LinkUsed: 410,
    errors.LinkSuperseded: 410,
    errors.LinkLocked: 423,
    errors.CredentialsWrong: 401,
    errors.OtherKind: 409,
    errors.AlreadyHeld: 409,
    errors.AlreadyRequested: 409,
    errors.AlreadyDecided: 409,
    errors.RequestWithdrawn: 409,
    errors.NotAnApprover: 403,
    errors.OwnRequest: 403,
    errors.CodeRequired: 401,
    errors.CodeWrong: 401,
    errors.TooManyRequests: 429,
    errors.FieldErrors: 422,
    CaptchaWrong: 422,
}
_CODES: Final = {
    400: "validation_failed",
    401: "login_required",
    403: "not_an_approver",
    404: "not_found",
    405: "not_found",
    413: "body_too_large",
    415: "validation_failed",
    422: "validation_failed",
    429: "too_many_requests",
    503: "unavailable",
}
RETRY_AFTER: Final = "5"
"""Seconds after which a request that met no database may come again."""

logger = logging.getLogger(__name__)


def register(app: Gateway) -> None:
    """Answer every error in one place."""
    app.before_request(_name_request)
    app.after_request(_tell_request_name)
    app.register_error_handler(errors.DomainError, _domain)
    app.register_error_handler(ValidationError, _validation)
    app.register_error_handler(CSRFError, _forged)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(DBAPIError, _database)
    app.register_error_handler(PoolTimeout, _database)
    app.register_error_handler(Exception, _unexpected)


def _name_request() -> None:
    g.request_id = uuid.uuid4().hex


def _tell_request_name(response: Response) -> Response:
    response.headers["X-Request-Id"] = g.get("request_id", "")
    return response


def problem(status: int, code: str, **more: Any) -> Response:
    """Answer a program: the same body for the same problem, whoever asks and whenever."""
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "code": code, **more}
    response = jsonify(body)
    response.status_code = status
    response.mimetype = "application/problem+json"
    return response


def answer(status: int, code: str, headers: dict[str, str] | None = None, **more: Any) -> ResponseReturnValue:
    """Answer an error in the form that suits who asked."""
    if request.path.startswith(API):
        response = problem(status, code, **more)
        response.headers.update(headers or {})
        return response
    page = render_template("errors/page.html", status=status, code=code, **more)
    return page, status, headers or {}


def _domain(error: errors.DomainError) -> ResponseReturnValue:
    headers, more = {}, {}
    if isinstance(error, errors.TooManyRequests):
        headers["Retry-After"] = str(error.retry_after)
    if isinstance(error, errors.FieldErrors):
        more["errors"] = error.errors
    more.update(getattr(error, "facts", {}))
    return answer(STATUS[type(error)], error.code, headers, **more)


def _validation(error: ValidationError) -> ResponseReturnValue:
    return answer(422, "validation_failed", errors=_texts(error.messages))


def _texts(messages: Any) -> Any:
    if isinstance(messages, dict):
        return {str(field): _texts(found) for field, found in messages.items()}
    if isinstance(messages, list):
        return [str(found) for found in messages]
    return [str(messages)]


def _forged(error: CSRFError) -> ResponseReturnValue:
    del error
    return answer(403, "forged")


def _http(error: HTTPException) -> ResponseReturnValue:
    status = error.code or 500
    if status < HTTPStatus.BAD_REQUEST:
        return error.get_response()
    return answer(status, _CODES.get(status, "not_found"))


def _database(error: SQLAlchemyError) -> ResponseReturnValue:
    """Say "not now" when the database is away; anything else it complains of is a fault of ours."""
    away = isinstance(error, PoolTimeout) or (
        isinstance(error, DBAPIError)
        and (error.connection_invalidated or type(error).__name__ in {"OperationalError", "InterfaceError"})
    )
    if not away:
        return _unexpected(error)
    logger.warning("the database does not answer", extra={"request_id": g.get("request_id")})
    return answer(503, "unavailable", {"Retry-After": RETRY_AFTER})


def _unexpected(error: Exception) -> ResponseReturnValue:
    """Tell the person nothing but a number to name to the helpdesk; tell the log where it happened (S44)."""
    logger.error("unexpected error", exc_info=error, extra={"request_id": g.get("request_id")})
    return answer(500, "unexpected")
