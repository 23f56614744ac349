"""What an operation of the API is: its contract stands above the view, checks what comes in, and makes the description.

A view gets what its contract promises: ``body`` and ``query`` as loaded by their schemas, ``visitor`` where a log-in is
needed. What it returns is dumped by ``answer``; a finished answer (``gateway.idempotency``) goes out as it is.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from http import HTTPStatus
from typing import Any

from flask import Response, g, jsonify
from flask.typing import ResponseReturnValue
from marshmallow import Schema

from gateway.api.bodies import json_body, query_values
from gateway.errors import PROBLEM, problem
from gateway.idempotency import Given
from gateway.sessions import visitor_from_bearer
from shared.domain.errors import DomainError


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation, as described and as enforced."""

    summary: str
    body: Schema | None = None
    query: Schema | None = None
    answer: Schema | Mapping[type, Schema] | None = None
    """How the answer looks; by type of what the view returns, where it may return several."""
    status: int = 200
    errors: tuple[type[DomainError], ...] = ()
    needs_log_in: bool = True
    idempotent: bool = False
    """Accepts ``Idempotency-Key``."""


def operation(contract: Operation) -> Callable[[Callable[..., Any]], Callable[..., ResponseReturnValue]]:
    """Make a view keep its contract."""

    def decorate(view: Callable[..., Any]) -> Callable[..., ResponseReturnValue]:
        @wraps(view)
        def checked(**path: Any) -> ResponseReturnValue:
            values = dict(path)
            if contract.needs_log_in:
                visitor = visitor_from_bearer()
                if visitor is None:
                    return problem(401, "login_required")
                values["visitor"] = g.visitor = visitor
            if contract.query is not None:
                values["query"] = contract.query.load(query_values())
            if contract.body is not None:
                values["body"] = contract.body.load(json_body())
            return _answer(contract, view(**values))

        checked.operation = contract  # type: ignore[attr-defined]  # read by the description and the access matrix
        return checked

    return decorate


def _answer(contract: Operation, result: Any) -> ResponseReturnValue:
    if isinstance(result, Given):
        return _given(result)
    if contract.answer is None:
        return "" if result is None else result, contract.status
    schema = contract.answer if isinstance(contract.answer, Schema) else contract.answer[type(result)]
    body: Mapping[str, Any] = schema.dump(result)
    return dict(body), contract.status


def _given(result: Given) -> Response:
    response = jsonify(result.body)
    response.status_code = result.status
    if result.status >= HTTPStatus.BAD_REQUEST:
        response.mimetype = PROBLEM
    return response
