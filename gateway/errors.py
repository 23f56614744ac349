"""Errors: one table from what went wrong to the answer; a page for people, problem+json for programs (RFC 9457)."""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, Final

from flask import Response, g, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from marshmallow import ValidationError
from marshmallow.exceptions import SCHEMA
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from gateway.application import Gateway
from gateway.captcha_check import CaptchaWrong
from gateway.templating import product_time
from shared.db import is_away
from shared.domain import errors
from shared.services.decision_target import DecidedBefore


class CurrentPasswordWrong(errors.CredentialsWrong):
    """Somebody who is logged in did not know the password that is to be changed (S20)."""


class IdempotencyKeyReused(errors.DomainError):
    """The ``Idempotency-Key`` was sent before, with another body."""

    code = "idempotency_key_reused"


API: Final = "/api/"
PROBLEM: Final = "application/problem+json"
STATUS: Final[dict[type[errors.DomainError], int]] = {
    errors.NotFound: 404,
    errors.LinkUnknown: 404,
    errors.LinkExpired: 410,
    errors.LinkUsed: 410,
    errors.LinkSuperseded: 410,
    errors.LinkLocked: 423,
    errors.CredentialsWrong: 401,
    CurrentPasswordWrong: 403,
    errors.OtherKind: 409,
    errors.AlreadyHeld: 409,
    errors.AlreadyRequested: 409,
    errors.AlreadyDecided: 409,
    errors.RequestWithdrawn: 409,
    errors.NotAnApprover: 403,
    errors.OwnRequest: 403,
    errors.CodeRequired: 401,
    errors.CodeWrong: 401,
    errors.AddressTaken: 409,
    errors.TooManyRequests: 429,
    errors.FieldErrors: 422,
    IdempotencyKeyReused: 422,
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
    app.register_error_handler(errors.DomainError, _domain)
    app.register_error_handler(ValidationError, _validation)
    app.register_error_handler(CSRFError, _forged)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(DBAPIError, _database)
    app.register_error_handler(PoolTimeout, _database)
    app.register_error_handler(Exception, _unexpected)


def problem(status: int, code: str, **more: Any) -> Response:
    """Answer a program: the same body for the same problem, whoever asks and whenever."""
    response = jsonify(problem_body(status, code, **more))
    response.status_code = status
    response.mimetype = PROBLEM
    return response


def problem_body(status: int, code: str, **more: Any) -> dict[str, Any]:
    """Make the body of a problem, of nothing but what JSON knows."""
    facts = {name: value.isoformat() if isinstance(value, datetime) else value for name, value in more.items()}
    return {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "code": code, **facts}


def answer(status: int, code: str, headers: dict[str, str] | None = None, **more: Any) -> ResponseReturnValue:
    """Answer an error in the form that suits who asked."""
    if request.path.startswith(API):
        response = problem(status, code, **more)
        if status == HTTPStatus.UNAUTHORIZED:
            response.headers["WWW-Authenticate"] = "Bearer"  # RFC 9110 15.5.2
        response.headers.update(headers or {})
        return response
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        # The page that says "not now" must not ask the database who is reading it.
        g.visitor = None
    again_at = None
    if status == HTTPStatus.TOO_MANY_REQUESTS and headers:
        again_at = product_time() + timedelta(seconds=int(headers["Retry-After"]))
    page = render_template("errors/page.html", status=status, code=code, again_at=again_at, **more)
    return page, status, headers or {}


def status_of(error: errors.DomainError) -> int:
    """The status an error is answered with: its own, or that of the error it is a kind of."""
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def facts_of(error: errors.DomainError) -> dict[str, Any]:
    """What the answer tells beside the code; the same from call to call."""
    if isinstance(error, errors.FieldErrors):
        return {"errors": error.errors}
    if isinstance(error, DecidedBefore):
        return {"office": error.office, "decided_at": error.at, "outcome": [error.status.value]}
    return {}


def _domain(error: errors.DomainError) -> ResponseReturnValue:
    headers = {}
    if isinstance(error, errors.TooManyRequests):
        headers["Retry-After"] = str(error.retry_after)
    return answer(status_of(error), error.code, headers, **facts_of(error))


def _validation(error: ValidationError) -> ResponseReturnValue:
    return answer(422, "validation_failed", errors=dict(_by_field(error.messages)))


def _by_field(messages: Any, path: str = "") -> Iterator[tuple[str, list[str]]]:
    """Give each field's sentences; a field inside another is named with a dot, as in ``new_operator.city``."""
    if isinstance(messages, dict):
        for field, found in messages.items():
            inside = "" if field == SCHEMA and path else str(field)
            yield from _by_field(found, ".".join(filter(None, (path, inside))))
    else:
        yield path, [str(found) for found in (messages if isinstance(messages, list) else [messages])]


def _forged(error: CSRFError) -> ResponseReturnValue:
    del error
    return answer(403, "forged")


def _http(error: HTTPException) -> ResponseReturnValue:
    cause = getattr(error, "original_exception", None)
    if cause is not None:  # an error page failed in its turn
        return _database(cause) if isinstance(cause, SQLAlchemyError) else _unexpected(cause)
    status = error.code or 500
    if status < HTTPStatus.BAD_REQUEST:
        return error.get_response()
    code = _CODES.get(status, "not_found" if status < HTTPStatus.INTERNAL_SERVER_ERROR else "unexpected")
    allowed = getattr(error, "valid_methods", None)
    return answer(status, code, {"Allow": ", ".join(sorted(allowed))} if allowed else None)  # RFC 9110 15.5.6


def _database(error: SQLAlchemyError) -> ResponseReturnValue:
    """Say "not now" when the database is away; anything else it complains of is a fault of ours."""
    if not is_away(error):
        return _unexpected(error)
    logger.warning("the database does not answer", extra={"request_id": g.get("request_id")})
    return answer(503, "unavailable", {"Retry-After": RETRY_AFTER})


def _unexpected(error: Exception) -> ResponseReturnValue:
    """Tell the person nothing but a number to name to the helpdesk; tell the log where it happened (S44)."""
    logger.error("unexpected error", exc_info=error, extra={"request_id": g.get("request_id")})
    return answer(500, "unexpected")
