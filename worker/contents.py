"""What each mail says: rows turned into plain values, inside the transaction that takes the mail."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from shared.i18n import format_time
from shared.models import Account, Email, Link
from shared.settings import Settings
from shared.tokens import make_token

NOBODYS_ZONE = "Europe/Brussels"
"""The zone for times in mails to an office mailbox, which has no preference."""

Contents = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Occasion:
    """One mail about to be written."""

    session: Session
    email: Email
    settings: Settings
    now: datetime

    @property
    def account(self) -> Account | None:
        """The person it goes to; None for an office mailbox."""
        return self.session.get(Account, self.email.account_id) if self.email.account_id else None

    @property
    def zone(self) -> str:
        """The reader's time zone."""
        return self.account.time_zone if self.account else NOBODYS_ZONE

    def time(self, moment: datetime) -> str:
        """A moment as the reader writes it (R65)."""
        return format_time(moment, language=self.email.language, zone=self.zone)


def contents_of(occasion: Occasion) -> Contents:
    """Gather what the mail's template needs, as plain values."""
    contents = _base(occasion)
    contents.update(BUILDERS[occasion.email.template](occasion))
    return contents


def link_url(occasion: Occasion, link: Link) -> str:
    """The address that stands in the mail, made now and never stored (S2).

    Raises:
        KeyGone: the key that signs this link was taken away.
    """
    token = make_token(occasion.settings.keyring, purpose=link.purpose, link_id=link.id, key_number=link.key_number)
    if token is None:
        raise KeyGone(str(link.id))
    return f"{occasion.settings.public_url}/{link.purpose}/{token}"


class KeyGone(Exception):
    """A link cannot be written any more because its key was taken out of SECRET_KEYS."""


def _base(occasion: Occasion) -> Contents:
    settings, email = occasion.settings, occasion.email
    return {
        "environment": email.environment,
        "helpdesk_emails": list(settings.helpdesk_emails),
        "home_url": f"{settings.public_url}/{email.environment or ''}",
        "help_url": f"{settings.public_url}/account/help",
        "is_demo": settings.is_demo,
    }


def _password(occasion: Occasion) -> Contents:
    link = occasion.session.get_one(Link, occasion.email.link_id)
    account = occasion.session.get_one(Account, occasion.email.account_id)
    assert link.expires_at is not None  # noqa: S101 - stamped before the contents are gathered
    return {
        "link_url": link_url(occasion, link),
        "minutes": occasion.settings.link_lifetime // timedelta(minutes=1),
        "expires": occasion.time(link.expires_at),
        "is_first": account.password_hash is None,
        "name": account.full_name,
    }


def _already_registered(occasion: Occasion) -> Contents:
    return {"link_url": f"{occasion.settings.public_url}/account/log-in"}


def _password_changed(occasion: Occasion) -> Contents:
    return {"changed": occasion.time(occasion.email.created_at), "link_url": _forgotten_url(occasion)}


def _forgotten_url(occasion: Occasion) -> str:
    return f"{occasion.settings.public_url}/account/password-link"


BUILDERS: dict[str, Callable[[Occasion], Contents]] = {
    "password": _password,
    "already-registered": _already_registered,
    "password-changed": _password_changed,
}
