"""Deciding from a mail (R67 to R73, S25)."""

import re
from typing import Any

from marshmallow import fields, post_dump, post_load, validate

from gateway.schemas.fields import Form, Tick, choice, link_token
from gateway.schemas.organisations import if_given, row_id
from shared.domain import contacts
from shared.domain.environments import Environment
from shared.domain.organisations import N_
from shared.domain.role_requests import ItemStatus
from shared.services.role_request_verdict import Decision

TOKEN = N_("Send the token of the link.")
CHOOSE_DECISION = N_("Choose accept or reject.")
CHOOSE_ITEMS = N_("Choose at least one.")
MOST_ITEMS = 300
_VERSION = N_("Send the version that the lookup gave.")
_VERSION_MAX = 2**31 - 1
_DECIDER_NAME_MAX = 200
_CODE_MAX = 20
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,64}")


class DecisionFormSchema(Form):
    """What the page "Decide" sends: a box that is not ticked says no."""

    decision = choice(tuple(Decision), CHOOSE_DECISION, missing=CHOOSE_DECISION, required=True)
    item_ids = fields.List(
        row_id(),
        validate=validate.Length(1, MOST_ITEMS, error=CHOOSE_ITEMS),
        error_messages={"invalid": CHOOSE_ITEMS},
        allow_none=True,
    )
    reason = if_given(lambda value: contacts.multi_line(value, limit=contacts.REASON_MAX))
    grant_administrator = Tick(load_default=False)
    decider_name = if_given(lambda value: contacts.single_line(value, limit=_DECIDER_NAME_MAX))
    version = fields.Integer(
        strict=False,
        validate=validate.Range(0, _VERSION_MAX, error=_VERSION),
        error_messages={"invalid": _VERSION, "too_large": _VERSION},
        allow_none=True,
    )
    code = if_given(lambda value: contacts.single_line(value, limit=_CODE_MAX))

    @post_load
    def name_decision(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Hand over the decision as the rules know it."""
        return data | {"decision": Decision(data["decision"])}


class DecisionSchema(DecisionFormSchema):
    """A decision by API: the token comes along, and what is left out of the tick is left to the rules."""

    token = link_token(required=True, missing=TOKEN)
    grant_administrator = Tick(load_default=None)
    decider_token = if_given(lambda value: value if _SECRET.fullmatch(value) else "-")


class LookupSchema(Form):
    """Asking what a decide link is about."""

    token = link_token(required=True, missing=TOKEN)


class DecidedItemSchema(Form):
    """One item after the decision."""

    id = fields.UUID(required=True)
    post_id = fields.UUID(required=True)
    name = fields.String(required=True)
    status = fields.String(required=True, validate=validate.OneOf(list(ItemStatus)))


class DecidedSchema(Form):
    """The decision was taken.

    ``decider_token`` comes once, with the answer to a decision that a code proved: sent along with later decisions of
    the same recipient it spares the code for 30 days.
    """

    items = fields.List(fields.Nested(DecidedItemSchema), required=True)
    decider_token = fields.String(attribute="decider_secret")

    @post_dump
    def only_when_new(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Leave the secret out where there is none to keep."""
        return {name: value for name, value in data.items() if value is not None}


class ApplicantSchema(Form):
    """Who asks, and what an approver should look at twice (R17, S39)."""

    first_name = fields.String(required=True)
    last_name = fields.String(required=True)
    username = fields.String(required=True)
    email = fields.String(required=True)
    name_scripts = fields.List(fields.String(), required=True)
    name_mixes_scripts = fields.Boolean(required=True)
    looks_like_organisation = fields.Boolean(required=True)
    is_role_mailbox = fields.Boolean(required=True)


class ItemToDecideSchema(Form):
    """One post that is asked for."""

    id = fields.UUID(required=True)
    post_id = fields.UUID(required=True)
    kind = fields.String(required=True)
    name = fields.String(required=True)
    address = fields.String(required=True)
    code = fields.String(required=True, allow_none=True)
    role = fields.String(required=True, allow_none=True)
    traces_number = fields.String(required=True, allow_none=True)
    country = fields.String(required=True, allow_none=True)
    status = fields.String(required=True, validate=validate.OneOf(list(ItemStatus)))
    reason = fields.String(required=True, allow_none=True)


class ActivitySchema(Form):
    """One activity of an operator; ``activity`` is its code, ``control_body`` a name."""

    activity = fields.String(required=True)
    identifier = fields.String(required=True, allow_none=True)
    control_body = fields.String(required=True, allow_none=True)
    valid_from = fields.AwareDateTime(required=True, allow_none=True)
    valid_to = fields.AwareDateTime(required=True, allow_none=True)
    publication_date = fields.Date(required=True, allow_none=True)
    application_date = fields.Date(required=True, allow_none=True)


class OperatorSchema(Form):
    """An operator with all that was typed or loaded; its ``email`` is contact data that nothing is sent to (S30)."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)
    address = fields.String(required=True)
    country = fields.String(required=True, allow_none=True)
    status = fields.String(required=True)
    traces_number = fields.String(required=True, allow_none=True)
    region = fields.String(required=True, allow_none=True)
    city = fields.String(required=True, allow_none=True)
    street = fields.String(required=True, allow_none=True)
    latitude = fields.Float(required=True, allow_none=True)
    longitude = fields.Float(required=True, allow_none=True)
    phone = fields.String(required=True, allow_none=True)
    fax = fields.String(required=True, allow_none=True)
    email = fields.String(required=True, allow_none=True)
    website = fields.String(required=True, allow_none=True)
    eori = fields.String(required=True, allow_none=True)
    section_chapter = fields.String(required=True, allow_none=True)
    activities = fields.List(fields.Nested(ActivitySchema), required=True)


class ToDecideSchema(Form):
    """A request that waits for this recipient; ``reasons`` say why it came here (R73), ``version`` what was shown."""

    environment = fields.String(required=True, validate=validate.OneOf(list(Environment)))
    version = fields.Integer(required=True)
    office = fields.String(required=True)
    asks_decider_name = fields.Boolean(required=True)
    reasons = fields.List(fields.String(), required=True)
    also_asked = fields.List(fields.String(), required=True)
    applicant = fields.Nested(ApplicantSchema, required=True)
    message = fields.String(required=True, allow_none=True)
    contact_email = fields.String(required=True, allow_none=True)
    contact_phone = fields.String(required=True, allow_none=True)
    items = fields.List(fields.Nested(ItemToDecideSchema), required=True)
    new_operator = fields.Nested(OperatorSchema, required=True, allow_none=True)
    look_alikes = fields.List(fields.Nested(OperatorSchema), required=True)
    administrator_is_default = fields.Boolean(required=True)
    submitted_at = fields.AwareDateTime(required=True)
    since = fields.AwareDateTime(required=True)
    due = fields.AwareDateTime(required=True)


class ConcludedSchema(Form):
    """Nothing is left to decide: which office, when, how; nothing about any person.

    ``office`` is null where nobody decided; ``outcome`` holds the statuses of the items, each once.
    """

    environment = fields.String(required=True, validate=validate.OneOf(list(Environment)))
    office = fields.String(required=True, allow_none=True)
    decided_at = fields.AwareDateTime(required=True, allow_none=True, attribute="at")
    outcome = fields.List(fields.String(validate=validate.OneOf(list(ItemStatus))), required=True, attribute="statuses")
