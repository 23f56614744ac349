"""The person's own profile (R62 to R65)."""

from typing import Any, NoReturn

from marshmallow import ValidationError, fields, missing, post_load, validate

from gateway.schemas.accounts import language_field
from gateway.schemas.fields import Form, Text, Tick, person_name
from gateway.schemas.role_requests import RoleRequestSchema
from shared.domain.contacts import SEARCH_MAX, single_line
from shared.domain.memberships import MembershipStatus
from shared.domain.organisations import N_
from shared.i18n import LANGUAGES
from shared.services.profiles import Notification

EMAIL_STAYS = N_("The e-mail address cannot be changed here: a change has to be confirmed from both mailboxes.")
USERNAME_STAYS = N_("The username cannot be changed.")


class Refused(fields.Field[Any]):
    """A field that is known and may not be changed; the error says why."""

    def __init__(self, sentence: str) -> None:
        super().__init__(metadata={"description": str(sentence), "readOnly": True})
        self._sentence = sentence

    def deserialize(self, value: Any, *_: Any, **__: Any) -> Any:
        """Refuse whatever was sent, null too."""
        return value if value is missing else self._refuse()

    def _refuse(self) -> NoReturn:
        raise ValidationError(self._sentence)


class NotificationsSchema(Form):
    """Mails that can be switched off; password, code and outcome mails are not among them (R64)."""

    reminder = Tick()
    closing = Tick()
    colleague_joined = Tick()


class ProfileChangeSchema(Form):
    """Changes to one's own profile; what is left out stays (PATCH). New names run the checks of signing up (R17)."""

    username = Refused(USERNAME_STAYS)
    first_name = person_name(N_("Give your first name."))
    last_name = person_name(N_("Give your last name."))
    confirm_person = Tick(load_default=False)
    email = Refused(EMAIL_STAYS)
    email_language = language_field()
    ui_language = language_field()
    time_zone = Text(lambda value: single_line(value, limit=SEARCH_MAX))
    notifications = fields.Nested(NotificationsSchema)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(partial=("first_name", "last_name"), **kwargs)


class ProfileFormSchema(Form):
    """The profile page's form: every field is there, and a box that is not ticked is a mail switched off."""

    first_name = person_name(N_("Give your first name."))
    last_name = person_name(N_("Give your last name."))
    confirm_person = Tick(load_default=False)
    email_language = language_field(required=True)
    ui_language = language_field(required=True)
    time_zone = Text(lambda value: single_line(value, limit=SEARCH_MAX), required=True)
    reminder = Tick(load_default=False)
    closing = Tick(load_default=False)
    colleague_joined = Tick(load_default=False)

    @post_load
    def gather(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Put the boxes together, as ``services.profiles.change`` takes them."""
        return data | {"notifications": {event.value: data.pop(event) for event in Notification}}


class MembershipSchema(Form):
    """A post that the person holds; ``is_administrator`` counts for the whole organisation."""

    id = fields.UUID(required=True)
    post_id = fields.UUID(required=True)
    kind = fields.String(required=True)
    name = fields.String(required=True)
    code = fields.String(required=True, allow_none=True)
    traces_number = fields.String(required=True, allow_none=True)
    country = fields.String(required=True, allow_none=True)
    status = fields.String(required=True, validate=validate.OneOf(list(MembershipStatus)))
    is_administrator = fields.Boolean(required=True)
    valid_from = fields.AwareDateTime(required=True)
    valid_to = fields.AwareDateTime(required=True, allow_none=True)


class ProfileInEnvironmentSchema(Form):
    """What the person holds in one environment, and the fifty latest requests there."""

    memberships = fields.List(fields.Nested(MembershipSchema), required=True)
    requests = fields.List(fields.Nested(RoleRequestSchema), required=True)


class EnvironmentsSchema(Form):
    """Both environments side by side, neither mixed into the other (R7)."""

    production = fields.Nested(ProfileInEnvironmentSchema, required=True)
    training = fields.Nested(ProfileInEnvironmentSchema, required=True)


class ProfileSchema(Form):
    """The whole profile."""

    username = fields.String(required=True)
    first_name = fields.String(required=True)
    last_name = fields.String(required=True)
    email = fields.String(required=True)
    email_language = fields.String(required=True, validate=validate.OneOf(LANGUAGES))
    ui_language = fields.String(required=True, validate=validate.OneOf(LANGUAGES))
    time_zone = fields.String(required=True)
    notifications = fields.Nested(NotificationsSchema, required=True)
    environments = fields.Nested(EnvironmentsSchema, required=True)
