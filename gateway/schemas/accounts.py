"""Step 1: account, password, log-in (R9 to R26)."""

from typing import Any

from marshmallow import ValidationError, fields, validates_schema

from gateway.schemas.fields import Form, Text, Tick, check_email, choice, email_address, line, link_token, person_name
from shared.domain import usernames
from shared.domain.contacts import EMAIL_MAX, Unacceptable
from shared.domain.email_addresses import normalise
from shared.domain.organisations import N_
from shared.domain.passwords import LENGTH_MAX, NOT_TYPED
from shared.domain.person_names import looks_like_organisation
from shared.i18n import LANGUAGES

LIKE_AN_ORGANISATION = N_(
    "This looks like the name of an organisation. Enter your own name, or confirm that it is yours."
)
LANGUAGE = N_("Choose one of the 24 languages.")
LONGEST_SOLUTION = 2000
"""Characters; those of ours have 800."""
LONGEST_TYPED_PASSWORD = 4 * LENGTH_MAX
"""Characters read at all; the rules say what is too long, before any hashing (S19)."""


def password_field(missing: str) -> Text:
    """A password as typed: nothing of it is trimmed or folded here."""
    return Text(_typed_password, missing=missing, required=True, load_only=True)


def _typed_password(value: str) -> str:
    if any("\ud800" <= character <= "\udfff" for character in value):  # halves of characters, from programs only
        raise Unacceptable(NOT_TYPED)
    return value[:LONGEST_TYPED_PASSWORD]


def language_field(**kwargs: Any) -> Text:
    """One of the 24 official languages (R13)."""
    return choice(LANGUAGES, LANGUAGE, **kwargs)


class CaptchaFields(Form):
    """The code in the picture, or the work that is done in its place; asked for unless ``CAPTCHA=off``."""

    captcha_id = fields.UUID(error_messages={"invalid_uuid": N_("Ask for a new code.")})
    captcha_answer = line(20, metadata={"description": "The characters of the code."})
    captcha_solution = line(
        LONGEST_SOLUTION, metadata={"description": "In the place of captcha_answer: the solved challenge of the code."}
    )


class SignUpSchema(CaptchaFields):
    """The form "Create an account", the same for the page and the API."""

    username = Text(usernames.check)
    first_name = person_name(N_("Give your first name."))
    last_name = person_name(N_("Give your last name."))
    email = email_address(missing=N_("Give your e-mail address."), required=True)
    confirm_email = Text(str.strip, missing=N_("Type your e-mail address a second time."), required=True)
    email_language = language_field(required=True, missing=N_("Choose the language of your mails."))
    accept_privacy = Tick(load_default=False)
    confirm_person = Tick(load_default=False)

    @validates_schema(skip_on_field_errors=False)
    def judge(self, data: dict[str, Any], **_: Any) -> None:
        """Check what concerns more than one field."""
        errors = _email_errors(data)
        if not data.get("accept_privacy"):
            errors["accept_privacy"] = [N_("Check the box to say that you have read the privacy statement.")]
        names = [data[name] for name in ("first_name", "last_name") if name in data]
        if len(names) == 2 and not data.get("confirm_person") and looks_like_organisation(*names):  # noqa: PLR2004
            errors["first_name"] = [LIKE_AN_ORGANISATION]
        if errors:
            raise ValidationError(errors)


class PasswordLinkSchema(CaptchaFields):
    """Asking for a (new) password link."""

    email = email_address(missing=N_("Give your e-mail address."), required=True)


class PasswordSchema(Form):
    """Setting the password through a mailed link, by API."""

    token = link_token(required=True, missing=N_("Send the token of the link."))
    password = password_field(N_("Choose a password."))


class PasswordFormSchema(Form):
    """Setting the password through a mailed link, on the page; names may be corrected the first time."""

    password = password_field(N_("Choose a password."))
    confirm_password = password_field(N_("Type the password a second time."))
    first_name = person_name(N_("Give your first name."))
    last_name = person_name(N_("Give your last name."))
    confirm_person = Tick(load_default=False)

    def __init__(self, **kwargs: Any) -> None:
        """Names are asked for only when the page shows them."""
        super().__init__(partial=("first_name", "last_name"), **kwargs)

    @validates_schema
    def same(self, data: dict[str, Any], **_: Any) -> None:
        """Check that both were typed alike."""
        _check_same(data)


class ChangePasswordSchema(Form):
    """Changing the password while logged in (S20)."""

    current_password = password_field(N_("Give your current password."))
    password = password_field(N_("Choose a new password."))


class ChangePasswordFormSchema(ChangePasswordSchema):
    """The same on the page, with the new one typed twice."""

    confirm_password = password_field(N_("Type the new password a second time."))

    @validates_schema
    def same(self, data: dict[str, Any], **_: Any) -> None:
        """Check that both were typed alike."""
        _check_same(data)


class EmailChangeFormSchema(Form):
    """Asking for another address, which passes the checks of signing up; with the password (S20)."""

    email = email_address(missing=N_("Give your new e-mail address."), required=True)
    confirm_email = Text(str.strip, missing=N_("Type your e-mail address a second time."), required=True)
    current_password = password_field(N_("Give your current password."))

    @validates_schema(skip_on_field_errors=False)
    def judge(self, data: dict[str, Any], **_: Any) -> None:
        """Check that both were typed alike."""
        if errors := _email_errors(data):
            raise ValidationError(errors)


class LogInSchema(Form):
    """E-mail and password (R26)."""

    email = line(EMAIL_MAX, missing=N_("Give your e-mail address."), required=True)
    password = password_field(N_("Give your password."))


class LogInFormSchema(LogInSchema):
    """The same on the page, which remembers where the person wanted to go."""

    next = Text(str.strip)


def _email_errors(data: dict[str, Any]) -> dict[str, list[str]]:
    if "email" in data and "confirm_email" in data and not _same(data["email"], data["confirm_email"]):
        return {"confirm_email": [N_("The two e-mail addresses are not the same. Type the second one again.")]}
    return {}


def _same(one: str, other: str) -> bool:
    if one == other:
        return True
    try:
        return normalise(check_email(one)) == normalise(check_email(other))
    except ValueError:
        return False


def _check_same(data: dict[str, Any]) -> None:
    if data["password"] != data["confirm_password"]:
        raise ValidationError(
            {"confirm_password": [N_("The two passwords are not the same. Type the second one again.")]}
        )
