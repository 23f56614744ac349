"""Step 2: the three searches, their lists, and "Create new Operator" (R33 to R56)."""

from collections.abc import Callable
from datetime import UTC, date, datetime, tzinfo
from typing import Any

from marshmallow import ValidationError, fields, validate

from gateway.schemas.fields import Form, Text, check_email, line
from shared.domain import contacts
from shared.domain.contacts import Unacceptable
from shared.domain.operators import check_eori, check_latitude, check_longitude, check_website
from shared.domain.organisations import N_
from shared.services.search_pages import LIMIT_DEFAULT, LIMIT_MAX

LIMIT = N_("Give a number from 1 to 200.")
_MOMENT = N_("Give date and time with an offset, such as 2026-06-09T11:32+02:00.")
_DATE = N_("Give a date such as 2026-06-09.")
_SKIPPED = N_("The clocks skip this time. Choose an hour before or after.")
_YEAR = N_("Give a year from 1900 to 2199.")
_DEGREES = N_("Give degrees as a number, such as 50.85.")
_NOT_AN_ID = N_("Not found. Choose from the results of a search.")
_YEARS = range(1900, 2200)
_CHOICE_MAX = 100
_SECTION_CHAPTER_MAX = 60
_CURSOR_MAX = 4000


def if_given(clean: Callable[[str], str], **kwargs: Any) -> Text:
    """An optional text: null and blanks are as good as leaving it out, anything else ``clean`` has to accept."""
    return Text(lambda value: clean(value) if value.strip() else "", allow_none=True, **kwargs)


def row_id(**kwargs: Any) -> fields.UUID:
    """The id of something that a search found; whether it is there, only the rules can say."""
    return fields.UUID(error_messages={"invalid_uuid": _NOT_AN_ID}, **kwargs)


class PageSchema(Form):
    """Which piece of a list (contract: lists)."""

    cursor = Text(lambda value: contacts.single_line(value, limit=_CURSOR_MAX))
    limit = fields.Integer(
        load_default=LIMIT_DEFAULT,
        validate=validate.Range(1, LIMIT_MAX, error=LIMIT),
        error_messages={"invalid": LIMIT, "too_large": LIMIT},
    )


class _FilterSchema(PageSchema):
    country = line(_CHOICE_MAX)
    name = line(contacts.SEARCH_MAX)


class OperatorSearchSchema(_FilterSchema):
    """Filters of the list of operators (R33); section and activity by code or English label, in any case."""

    section = line(_CHOICE_MAX)
    activity = line(_CHOICE_MAX)


class AuthoritySearchSchema(_FilterSchema):
    """Filters of the list of authorities (R47); role is BCP or CCA."""

    role = line(_CHOICE_MAX)


class ControlBodySearchSchema(_FilterSchema):
    """Filters of the list of control bodies (R52); country is that of the seat."""

    code = line(contacts.SEARCH_MAX)


class OperatorItemSchema(Form):
    """A row of the list of operators (R34)."""

    post_id = fields.UUID(required=True)
    name = fields.String(required=True)
    traces_number = fields.String(required=True, allow_none=True)
    address = fields.String(required=True)
    country = fields.String(required=True, allow_none=True)
    activities = fields.List(fields.String(), required=True)


class AuthorityItemSchema(Form):
    """A row of the list of authorities (R48)."""

    post_id = fields.UUID(required=True)
    name = fields.String(required=True)
    address = fields.String(required=True)
    country = fields.String(required=True, allow_none=True)
    role = fields.String(required=True, allow_none=True)
    code = fields.String(required=True, allow_none=True)


class CategorySchema(Form):
    """A product category: its letter, and what that means under the regime of the row."""

    letter = fields.String(required=True)
    text = fields.String(required=True)


class ControlBodyItemSchema(Form):
    """A row of the list of control bodies: one code number, for one country that is certified (R53)."""

    post_id = fields.UUID(required=True)
    code = fields.String(required=True, allow_none=True)
    country = fields.String(required=True, allow_none=True)
    regime = fields.String(required=True, allow_none=True)
    categories = fields.List(fields.Nested(CategorySchema), required=True)
    control_body_id = fields.UUID(required=True)
    control_body_name = fields.String(required=True)
    address = fields.String(required=True)
    seat_country = fields.String(required=True, allow_none=True)


class _ListSchema(Form):
    next_cursor = fields.String(required=True, allow_none=True)


class OperatorListSchema(_ListSchema):
    """A page of the list of operators."""

    items = fields.List(fields.Nested(OperatorItemSchema), required=True)


class AuthorityListSchema(_ListSchema):
    """A page of the list of authorities."""

    items = fields.List(fields.Nested(AuthorityItemSchema), required=True)


class ControlBodyListSchema(_ListSchema):
    """A page of the list of control bodies."""

    items = fields.List(fields.Nested(ControlBodyItemSchema), required=True)


def _degrees(check: Callable[[float], Any]) -> fields.Float:
    def judge(value: float) -> None:
        try:
            check(value)
        except Unacceptable as error:
            raise ValidationError([error]) from None

    return fields.Float(
        allow_none=True,
        validate=judge,
        error_messages={"invalid": _DEGREES, "special": _DEGREES, "too_large": _DEGREES},
    )


class _Moment(fields.AwareDateTime):
    """A moment; typed without an offset it is a time of the zone, one that its clocks do show."""

    def _deserialize(self, *given: Any, **more: Any) -> datetime:
        moment: datetime = super()._deserialize(*given, **more)
        if moment.tzinfo is self.default_timezone and moment != moment.astimezone(UTC).astimezone(moment.tzinfo):
            raise ValidationError(_SKIPPED)
        return moment


def _moment() -> fields.AwareDateTime:
    return _Moment(
        allow_none=True, validate=_check_year, error_messages={"invalid": _MOMENT, "invalid_awareness": _MOMENT}
    )


def _day() -> fields.Date:
    return fields.Date(allow_none=True, validate=_check_year, error_messages={"invalid": _DATE})


def _check_year(value: date | datetime) -> None:
    # Beyond these a shift to another zone could leave the calendar.
    if value.year not in _YEARS:
        raise ValidationError(_YEAR)


class NewOperatorSchema(Form):
    """The form "Create new Operator" (R38 to R44, domain.md 2.4), the same for the page and the API.

    Only the shape of each field is judged here; what concerns several of them, and which choices there are, is the
    business of ``services.operator_create``. On the page ``zone`` is the reader's: a time typed there has no offset.
    """

    name = line(contacts.OPERATOR_NAME_MAX, missing=N_("Give the name of the operator."), required=True)
    country = line(_CHOICE_MAX, missing=N_("Choose a country."), required=True)
    region = if_given(lambda value: contacts.single_line(value, limit=contacts.REGION_MAX))
    city = line(contacts.CITY_MAX, missing=N_("Give the city."), required=True)
    address = line(contacts.ADDRESS_MAX, missing=N_("Give street and number."), required=True)
    latitude = _degrees(check_latitude)
    longitude = _degrees(check_longitude)
    phone = if_given(contacts.check_phone)
    fax = if_given(contacts.check_phone)
    email = if_given(check_email)
    website = if_given(check_website)
    eori = if_given(check_eori)
    section_chapter = if_given(lambda value: contacts.single_line(value, limit=_SECTION_CHAPTER_MAX))
    section = line(_CHOICE_MAX, missing=N_("Choose a section."), required=True)
    activity = line(_CHOICE_MAX, missing=N_("Choose an activity."), required=True)
    identifier = if_given(lambda value: contacts.single_line(value, limit=contacts.IDENTIFIER_MAX))
    control_body_id = row_id(allow_none=True)
    valid_from = _moment()
    valid_to = _moment()
    publication_date = _day()
    application_date = _day()

    def __init__(self, *, zone: tzinfo | None = None, **kwargs: Any) -> None:
        """Take times without an offset for times of ``zone``; without one they are refused (R42)."""
        super().__init__(**kwargs)
        for name in ("valid_from", "valid_to"):
            self.fields[name].default_timezone = zone  # type: ignore[attr-defined]
