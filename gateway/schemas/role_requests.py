"""Asking for roles, and one's own requests (R30, R46, R54, R57 to R62)."""

from typing import Any

from marshmallow import ValidationError, fields, post_dump, validate, validates_schema

from gateway.schemas.fields import Form, Tick, check_email
from gateway.schemas.organisations import NewOperatorSchema, if_given, row_id
from shared.domain import contacts
from shared.domain.environments import Environment
from shared.domain.errors import AlreadyHeld, AlreadyRequested, TooManyRequests
from shared.domain.organisations import N_
from shared.domain.role_requests import ItemStatus, RequestStatus
from shared.services.role_request_submit import MOST_POSTS

CHOOSE = N_("Choose at least one.")
TOO_MANY = N_("Choose at most 300 at a time.")
ONE_WAY = N_("Send exactly one of post_ids, control_body_id with all_countries, and new_operator.")
ALL_COUNTRIES = N_("Send true to ask for every country of the control body, or choose post_ids.")
CONTROL_BODY = N_("Send the control body whose countries you ask for.")


class AddedWordsSchema(Form):
    """What the window "Confirm authorisation request for ..." offers to add (R57 to R59); all of it optional."""

    message = if_given(lambda value: contacts.multi_line(value, limit=contacts.MESSAGE_MAX))
    contact_email = if_given(check_email)
    contact_phone = if_given(contacts.check_phone)


class SubmitSchema(AddedWordsSchema):
    """One press of "send authorisation request"."""

    post_ids = fields.List(
        row_id(),
        validate=[validate.Length(min=1, error=CHOOSE), validate.Length(max=MOST_POSTS, error=TOO_MANY)],
        error_messages={"invalid": CHOOSE},
    )
    control_body_id = row_id()
    all_countries = Tick(load_default=False)
    new_operator = fields.Nested(NewOperatorSchema)

    @validates_schema(skip_on_field_errors=False, pass_original=True)
    def one_way(self, data: dict[str, Any], original: Any, **_: Any) -> None:
        """Refuse a press that asks in no way, or in two ways at once."""
        # What was sent counts, not what passed: a wrong id must not be answered with "send one".
        sent = set(original) if isinstance(original, dict) else set()
        ways = [name for name in ("post_ids", "control_body_id", "new_operator") if name in sent]
        if data.get("all_countries") and "control_body_id" not in ways:
            raise ValidationError({"control_body_id": [CONTROL_BODY]})
        if len(ways) != 1:
            raise ValidationError({name: [ONE_WAY] for name in ways or ["post_ids"]})
        if ways == ["control_body_id"] and data.get("all_countries") is False:
            raise ValidationError({"all_countries": [ALL_COUNTRIES]})


class ItemSchema(Form):
    """One post asked for; ``name`` is the organisation's. The office's reason stands beside a rejection."""

    id = fields.UUID(required=True)
    post_id = fields.UUID(required=True)
    name = fields.String(required=True)
    status = fields.String(required=True, validate=validate.OneOf(list(ItemStatus)))
    reason = fields.String()

    @post_dump
    def only_where_there_is_one(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Leave out a reason that was never given."""
        return {name: value for name, value in data.items() if name != "reason" or value is not None}


class SkippedSchema(Form):
    """A post left out of a request, and the problem code that says why."""

    post_id = fields.UUID(required=True)
    reason = fields.String(
        required=True,
        validate=validate.OneOf([AlreadyHeld.code, AlreadyRequested.code, TooManyRequests.code]),
    )


class RoleRequestSchema(Form):
    """A request as its applicant sees it: offices, never persons.

    ``skipped`` is told once, in the answer to the press; later it is empty. ``due`` is null once the request is closed.
    """

    id = fields.UUID(required=True)
    environment = fields.String(required=True, validate=validate.OneOf(list(Environment)))
    status = fields.String(required=True, validate=validate.OneOf(list(RequestStatus)))
    items = fields.List(fields.Nested(ItemSchema), required=True)
    skipped = fields.List(fields.Nested(SkippedSchema), required=True, dump_default=())
    office = fields.String(required=True)
    since = fields.AwareDateTime(required=True)
    due = fields.AwareDateTime(required=True, allow_none=True)
    next_step = fields.String(required=True)


class RoleRequestListSchema(Form):
    """A page of one's own requests, newest first."""

    items = fields.List(fields.Nested(RoleRequestSchema), required=True)
    next_cursor = fields.String(required=True, allow_none=True)
