"""What the values of settings must look like; each check says in its error what to write instead, one mends."""

import re
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from marshmallow import ValidationError

from shared.tokens import Keyring

SHORTEST_KEY = 32
"""Characters a key in SECRET_KEYS must have at least."""


def begins_with(schemes: tuple[str, ...]) -> Callable[[str], None]:
    """Make a check that an address begins with one of the schemes; an empty one passes."""

    def check(value: str) -> None:
        if value and not value.startswith(tuple(f"{scheme}://" for scheme in schemes)):
            raise ValidationError(f"must begin with one of {', '.join(f'{scheme}://' for scheme in schemes)}")

    return check


def web_address(value: str) -> None:
    """Check the address people type; scheme, host and perhaps a port: pages and cookies know no path."""
    parts = urlsplit(value)
    if value and (
        parts.scheme not in {"http", "https"}
        or not parts.hostname
        or parts.path.strip("/")
        or parts.query
        or parts.fragment
    ):
        raise ValidationError("must be a web address such as https://gatehouse.example")


def as_browsers_say(url: str) -> str:
    """Return the address as a browser names it in Host and Origin: small letters, no default port, nothing behind."""
    parts = urlsplit(url)
    host = f"[{parts.hostname}]" if parts.hostname and ":" in parts.hostname else parts.hostname
    is_default = parts.port is None or parts.port == {"http": 80, "https": 443}.get(parts.scheme)
    return f"{parts.scheme}://{host}" if is_default else f"{parts.scheme}://{host}:{parts.port}"


def mail_address(value: str) -> None:
    """Check one plain e-mail address, without a name beside it."""
    if not re.fullmatch(r"[^@\s<>,]+@[^@\s<>,]+", value):
        raise ValidationError("must be one plain e-mail address")


def mail_address_or_none(value: str) -> None:
    """Check one plain e-mail address, or none."""
    if value:
        mail_address(value)


def user_and_password(value: str | None) -> None:
    """Check ``user:password``."""
    if value and not re.fullmatch(r"[^:,\s]+:[^,\s]+", value):
        raise ValidationError("must be user:password")


def secret_keys(values: Sequence[str]) -> None:
    """Check that keys are long enough and can be told apart by their numbers."""
    if any(len(key) < SHORTEST_KEY for key in values):
        raise ValidationError(f"each key needs at least {SHORTEST_KEY} characters")
    if len({Keyring.number_of(key.encode()) for key in values}) != len(values):
        raise ValidationError("two keys have the same number; make another")
