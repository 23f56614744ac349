"""Reading what a program sent (S51; ASVS 15.3.5, 15.3.7)."""

import json
from typing import Any

from flask import request
from marshmallow import ValidationError
from werkzeug.exceptions import BadRequest, UnsupportedMediaType


def json_body() -> Any:
    """Return the JSON body.

    Raises:
        UnsupportedMediaType: it is announced as something else.
        BadRequest: it is no JSON, nests too deep, or names a field twice.
        RequestEntityTooLarge: it is over the limit.
    """
    if request.mimetype != "application/json":
        raise UnsupportedMediaType
    try:
        return json.loads(request.get_data(), object_pairs_hook=_once, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise BadRequest from None


def query_values() -> dict[str, str]:
    """Return the query, empty values left out.

    Raises:
        ValidationError: a parameter came twice.
    """
    values = {}
    for name, sent in request.args.lists():
        if len(sent) > 1:
            raise ValidationError({name: ["Send this parameter once."]})
        if sent[0]:
            values[name] = sent[0]
    return values


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a field named twice")
    return found


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")
