"""Reading the form "Create new Operator": its fields, its control body, the words added to the request (R38 to R43)."""

from typing import Any

from flask import request
from marshmallow import ValidationError
from sqlalchemy.orm import Session

from gateway.forms import form_values
from gateway.schemas.organisations import NewOperatorSchema
from gateway.schemas.role_requests import AddedWordsSchema
from gateway.web.refusals import Errors, errors_by_field
from gateway.web.wording import reader_zone
from shared import reference
from shared.domain.environments import Environment
from shared.domain.errors import FieldErrors
from shared.domain.operators import new_operator_errors
from shared.domain.organisations import N_
from shared.domain.searching import fold_for_search
from shared.services.control_bodies_search import suggest_control_bodies
from shared.services.operator_create import NewOperator
from shared.services.organisations_items import ControlBodySuggestion

FIND = "find_control_body"
"""Name of the button that searches inside the form."""
SEARCH = "control_body_search"
SEEN = "seen"
"""Ids of the look-alikes that were shown before "create anyway"."""
_OF_THE_PAGE = frozenset({FIND, SEARCH, SEEN})
_WORDS = frozenset(AddedWordsSchema().fields)
_WAYS_TO_REACH = ("phone", "fax", "email", "website")
_CHOOSE = N_("Choose one of the control bodies and control authorities that were found.")
_NOTHING_FOUND = N_("No control body or control authority was found. Try a part of its name, or its code number.")


class NewOperatorFormSchema(NewOperatorSchema, AddedWordsSchema):
    """The form as the page sends it: with the words for the request, in one press (R46)."""


def read_form(session: Session, environment: Environment) -> tuple[NewOperator, dict[str, Any]]:
    """Check the form.

    Returns:
        The operator, and the words added to the request.

    Raises:
        FieldErrors: all that is missing or wrong, at once.
    """
    values = {name: value for name, value in form_values().items() if name not in _OF_THE_PAGE}
    errors: Errors = {}
    try:
        if "control_body_id" not in values and (chosen := _typed_control_body(session, environment)):
            values["control_body_id"] = chosen
    except FieldErrors as error:
        errors = dict(error.errors)
    try:
        loaded: dict[str, Any] = NewOperatorFormSchema(zone=reader_zone()).load(values)
    except ValidationError as error:
        errors = errors_by_field(error, field="name") | errors
        loaded = error.valid_data if isinstance(error.valid_data, dict) else {}
    errors = _of_several_fields(loaded, errors) | errors
    if errors:
        raise FieldErrors(errors)
    words = {name: loaded.pop(name) for name in _WORDS & loaded.keys()}
    given: dict[str, Any] = {name: None if value == "" else value for name, value in loaded.items()}
    return NewOperator(**given), words


def suggestions_for(session: Session, environment: Environment) -> list[ControlBodySuggestion]:
    """The control bodies that fit what is typed into the search inside the form.

    Raises:
        FieldErrors: on the search; it is too long, or holds control characters.
    """
    try:
        return suggest_control_bodies(session, environment=environment, text=request.form.get(SEARCH))
    except FieldErrors as error:
        raise FieldErrors({"control_body_id": next(iter(error.errors.values()))}) from None


def _typed_control_body(session: Session, environment: Environment) -> str | None:
    """The id of the one control body that bears exactly the name that was typed, without a choice among several."""
    typed = fold_for_search(request.form.get(SEARCH, ""))
    if not typed:
        return None
    found = suggestions_for(session, environment)
    exact = [one for one in found if fold_for_search(one.name) == typed]
    if len(exact) == 1:
        return str(exact[0].control_body_id)
    raise FieldErrors({"control_body_id": [_CHOOSE if found else _NOTHING_FOUND]})


def _of_several_fields(loaded: dict[str, Any], errors: Errors) -> Errors:
    """What the rules for several fields find in those that passed, so that nobody has to press twice to learn it."""
    activity = next((one for one in reference.activities() if one.is_named(loaded.get("activity", ""))), None)
    names = (*_WAYS_TO_REACH, "latitude", "longitude", "eori", "control_body_id", "valid_from", "valid_to")
    found: Errors = new_operator_errors(
        **{name: loaded.get(name) for name in names},
        eori_mandatory=activity is not None and activity.eori_mandatory,
        control_body_mandatory=activity is None or activity.control_body_mandatory,
    )
    if any(name in errors for name in _WAYS_TO_REACH):
        found.pop("phone", None)
    if "latitude" in errors or "longitude" in errors:
        found = {name: value for name, value in found.items() if name not in {"latitude", "longitude"}}
    return found
