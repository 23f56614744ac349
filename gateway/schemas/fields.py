"""The kinds of field that forms are made of; each says in its errors what to do."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from email_validator import EmailNotValidError, validate_email
from marshmallow import RAISE, Schema, ValidationError, fields

from shared.domain import contacts, person_names
from shared.domain.contacts import Unacceptable
from shared.domain.organisations import N_

WRONG_TYPE = N_("Send this as text.")


class Form(Schema):
    """A form or body: what it does not know, it refuses (S29)."""

    class Meta:
        """Settings that marshmallow reads."""

        unknown = RAISE

    error_messages = {"unknown": N_("This field is not known."), "type": N_("Send an object with named fields.")}  # noqa: RUF012


class Text(fields.String):
    """Text that a rule of the domain cleans; the rule's sentence is the error."""

    default_error_messages = {  # noqa: RUF012 - the library's way
        "required": N_("Fill in this field."),
        "null": N_("Fill in this field."),
        "invalid": WRONG_TYPE,
        "invalid_utf8": WRONG_TYPE,
    }

    def __init__(self, clean: Callable[[str], str], *, missing: str | None = None, **kwargs: Any) -> None:
        """Use ``clean`` to check; ``missing`` is the sentence when nothing was sent."""
        messages: Any = {"required": missing, "null": missing} if missing else None
        super().__init__(error_messages=messages, **kwargs)
        self._clean = clean
        self._missing = missing

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        try:
            cleaned = self._clean(text)
        except Unacceptable as error:
            raise ValidationError([error]) from None  # shown as text, kept for translating
        if self.required and not cleaned:
            raise self.make_error("required")
        return cleaned


def line(limit: int, *, missing: str | None = None, **kwargs: Any) -> Text:
    """One line of text of at most ``limit`` characters (S35)."""
    return Text(lambda value: contacts.single_line(value, limit=limit), missing=missing, **kwargs)


def paragraph(limit: int, **kwargs: Any) -> Text:
    """Several lines of text of at most ``limit`` characters (S35)."""
    return Text(lambda value: contacts.multi_line(value, limit=limit), **kwargs)


def person_name(missing: str) -> Text:
    """A first or last name in any alphabet, but not in several at once (S39)."""
    return Text(person_names.check_name, missing=missing, required=True)


def phone(**kwargs: Any) -> Text:
    """A telephone or fax number as people write it (domain.md 3.5)."""
    return Text(contacts.check_phone, **kwargs)


def email_address(*, missing: str | None = None, **kwargs: Any) -> Text:
    """An address our mails can reach."""
    return Text(check_email, missing=missing, **kwargs)


def check_email(value: str) -> str:
    """Clean a typed e-mail address.

    Domains may be international. Letters beyond ASCII before the @ are refused with a sentence: many mail servers
    cannot take them, and a mail retried for ever helps nobody (S51).

    Raises:
        Unacceptable: it is no address, too long, or one we cannot write to.
    """
    address = contacts.single_line(value, limit=contacts.EMAIL_MAX)
    try:
        validate_email(address, check_deliverability=False, allow_smtputf8=True, test_environment=True)
    except EmailNotValidError:
        raise Unacceptable(N_("Give an e-mail address such as name@example.org.")) from None
    if not address.rpartition("@")[0].isascii():
        raise Unacceptable(N_("Give an address with plain letters before the @: we cannot send mail to this one."))
    return address


class Tick(fields.Boolean):
    """A box that is ticked or not: true and false from programs, ``on`` from a form."""

    truthy = {True, "on", "true"}  # noqa: RUF012
    falsy = {False, "off", "false"}  # noqa: RUF012
    default_error_messages = {"invalid": N_("Send true or false."), "null": N_("Send true or false.")}  # noqa: RUF012

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> bool:
        if not isinstance(value, bool | str):  # 1 equals True, and is no tick
            raise self.make_error("invalid", input=value)
        return super()._deserialize(value, attr, data, **kwargs)


def choice(options: tuple[str, ...], sentence: str, **kwargs: Any) -> Text:
    """One of a few words."""

    def check(value: str) -> str:
        if value not in options:
            raise Unacceptable(sentence)
        return value

    return Text(check, **kwargs)


def link_token(**kwargs: Any) -> Text:
    """The token of a mailed link; whether it is one, only the key can say."""
    return Text(lambda value: value if re.fullmatch(r"[A-Za-z0-9_-]{1,64}", value) else "-", **kwargs)
