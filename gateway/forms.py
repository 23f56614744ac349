"""Reading what a browser's form sent."""

from typing import Any

from flask import request
from marshmallow import Schema, ValidationError

from gateway.languages import CHOICE

_FRAME = frozenset({"csrf_token", CHOICE})
"""Fields of the page's frame, which no schema knows."""
_SECRET = frozenset({"password", "confirm_password", "captcha_answer", "captcha_solution"})
"""Fields that are typed anew when the form is shown again."""


def form_values(*, lists: frozenset[str] = frozenset()) -> dict[str, Any]:
    """Return the fields of the form, empty ones left out.

    A field sent twice is refused, unless it is one of ``lists`` (S51; ASVS 15.3.7).

    Raises:
        ValidationError: a field that must come once came twice.
    """
    values: dict[str, Any] = {}
    for name, sent in request.form.lists():
        if name in _FRAME:
            continue
        if name in lists:
            values[name] = sent
        elif len(sent) > 1:
            raise ValidationError({name: ["Send this field once."]})
        elif sent[0].strip():
            values[name] = sent[0]
    return values


def address_values() -> dict[str, str]:
    """Return the fields in the address, empty ones left out.

    Raises:
        ValidationError: a field came twice.
    """
    values = {}
    for name, sent in request.args.lists():
        if len(sent) > 1:
            raise ValidationError({name: ["Send this field once."]})
        if sent[0].strip():
            values[name] = sent[0]
    return values


def load_form(schema: Schema, *, lists: frozenset[str] = frozenset()) -> dict[str, Any]:
    """Check the form against a schema, the same one the API uses.

    Raises:
        ValidationError: by field, what is missing or wrong.
    """
    loaded: dict[str, Any] = schema.load(form_values(lists=lists))
    return loaded


def typed(*, but: frozenset[str] = frozenset(_SECRET)) -> dict[str, Any]:
    """Return what was typed, for showing the form again; never passwords and codes."""
    return {name: value for name, value in request.form.items() if name not in but | _FRAME}


def errors_of(error: ValidationError) -> dict[str, Any]:
    """Return the sentences of a failed check by field, for showing them at the fields."""
    by_field: dict[str, Any] = error.normalized_messages()  # type: ignore[no-untyped-call]
    return by_field
