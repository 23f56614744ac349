"""The description of the API (OpenAPI 3.1), made from the contracts above the views, and a page to read it."""

import inspect
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from flask import Blueprint, current_app, jsonify, render_template
from flask.typing import ResponseReturnValue
from marshmallow import Schema, fields, validate

from gateway.api.operations import Operation
from gateway.errors import PROBLEM, STATUS, IdempotencyKeyReused
from gateway.idempotency import HEADER, LONGEST
from shared.domain.environments import Environment
from shared.domain.errors import DomainError
from shared.domain.role_requests import ItemStatus

bp = Blueprint("openapi", __name__)
_COME_BACK = (429, 503)
_CONVERTER = re.compile(r"<(?:[^<>:]+:)?(\w+)>")


class ProblemSchema(Schema):
    """What every error looks like (RFC 9457)."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    code = fields.String(required=True)
    errors = fields.Dict(keys=fields.String(), values=fields.List(fields.String()))
    """By field, with ``validation_failed``."""
    office = fields.String(allow_none=True)
    """With ``already_decided``; the two below too."""
    decided_at = fields.AwareDateTime(allow_none=True)
    outcome = fields.List(fields.String(validate=validate.OneOf(list(ItemStatus))))


@bp.get("/api/v1/openapi.json")
def description() -> ResponseReturnValue:
    """The description, for programs."""
    return jsonify(describe())


@bp.get("/api/docs")
def docs() -> ResponseReturnValue:
    """The description, for people; works without JavaScript."""
    return render_template("api/docs.html", spec=describe())


def describe() -> dict[str, Any]:
    """Build the description from the routes that stand."""
    return _describe(current_app._get_current_object())  # type: ignore[attr-defined]  # noqa: SLF001


@cache
def _describe(app: Any) -> dict[str, Any]:
    from apispec import APISpec
    from apispec.ext.marshmallow import MarshmallowPlugin

    spec = APISpec(
        title="Gatehouse",
        version="1",
        openapi_version="3.1.0",
        info={"description": "Accounts, roles and decisions. Errors are problem+json with a stable code."},
        plugins=[MarshmallowPlugin(schema_name_resolver=_name)],
    )
    spec.components.security_scheme("bearer", {"type": "http", "scheme": "bearer"})
    spec.components.schema("Problem", schema=ProblemSchema)
    for rule in app.url_map.iter_rules():
        contract = getattr(app.view_functions[rule.endpoint], "operation", None)
        if contract is not None:
            method = next(iter(rule.methods - {"HEAD", "OPTIONS"})).lower()
            path = _CONVERTER.sub(r"{\1}", rule.rule)
            spec.path(path=path, operations={method: _operation(contract, rule, app.view_functions[rule.endpoint])})
    found: dict[str, Any] = spec.to_dict()
    return found


def _operation(contract: Operation, rule: Any, view: Any) -> dict[str, Any]:
    described: dict[str, Any] = {
        "summary": contract.summary,
        "description": inspect.cleandoc(view.__doc__ or ""),
        "operationId": rule.endpoint.replace(".", "_").removeprefix("api_"),
        "parameters": [_path_parameter(name, rule) for name in sorted(rule.arguments)],
        "responses": _responses(contract),
        "security": [{"bearer": []}] if contract.needs_log_in else [],
    }
    if contract.query is not None:
        described["parameters"].append({"in": "query", "schema": contract.query})
    if contract.idempotent:
        described["parameters"].append(
            {"in": "header", "name": HEADER, "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST}}
        )
    if contract.body is not None:
        described["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": contract.body}},
        }
    return described


def _path_parameter(name: str, rule: Any) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string"}
    if name == "environment":
        schema["enum"] = list(Environment)
    elif f"<uuid:{name}>" in rule.rule:
        schema["format"] = "uuid"
    return {"in": "path", "name": name, "required": True, "schema": schema}


def _responses(contract: Operation) -> dict[str, Any]:
    answer: dict[str, Any] = {"description": "Done"}
    if contract.answer is not None:
        answer["content"] = {"application/json": {"schema": _schema(contract.answer)}}
    responses = {str(contract.status): answer}
    problems: dict[int, list[str]] = {503: ["unavailable"]}
    if contract.needs_log_in:
        problems[401] = ["login_required"]
    if contract.body is not None or contract.query is not None:
        problems[422] = ["validation_failed"]
    if contract.body is not None:
        problems |= {400: ["validation_failed"], 413: ["body_too_large"], 415: ["validation_failed"]}
    reused: tuple[type[DomainError], ...] = (IdempotencyKeyReused,) if contract.idempotent else ()
    for error in (*contract.errors, *reused):
        problems.setdefault(STATUS[error], []).append(error.code)
    for status, codes in sorted(problems.items()):
        responses[str(status)] = {
            "description": ", ".join(dict.fromkeys(codes)),
            "content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        if status in _COME_BACK:
            responses[str(status)]["headers"] = {"Retry-After": {"schema": {"type": "integer"}}}
    return responses


def _schema(answer: Schema | Mapping[type, Schema]) -> Any:
    return answer if isinstance(answer, Schema) else {"oneOf": list(answer.values())}


def _name(schema: Any) -> str:
    kind = schema if isinstance(schema, type) else type(schema)
    return str(kind.__name__).removesuffix("Schema")
