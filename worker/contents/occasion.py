"""One mail about to be written: its row, its reader, and how that reader writes times and countries."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy.orm import Session

from shared.country_names import country_name
from shared.i18n import format_time, translations
from shared.models import Account, Email, Link
from shared.models.base import Base
from shared.settings import Settings
from shared.tokens import make_token

NOBODYS_ZONE = "Europe/Brussels"
"""The zone for times in mails to an office mailbox, which has no preference."""

Contents = dict[str, Any]

Row = TypeVar("Row", bound=Base)


class KeyGone(Exception):
    """A link or code cannot be written any more because its key was taken out of SECRET_KEYS."""


class RowGone(Exception):
    """What the mail is about is not there any more, so there is nothing to say."""


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
        return time_for(moment, language=self.email.language, zone=self.zone)

    def country(self, code: str | None) -> str:
        """The name of a country in the reader's language; empty for none."""
        return country_name(code, self.email.language)

    def say(self, sentence: str, values: dict[str, str]) -> str:
        """A sentence of the domain in the reader's language, its gaps filled."""
        return translations(self.email.language).gettext(sentence) % values

    def row(self, model: type[Row], row_id: UUID | str | None) -> Row:
        """The row that the mail is about.

        Args:
            model: its table.
            row_id: its id, also as the text that the context of a mail keeps.

        Raises:
            RowGone: it was deleted since the mail was queued.
        """
        row = self.session.get(model, UUID(str(row_id))) if row_id else None
        if row is None:
            raise RowGone(f"{model.__tablename__} {row_id}")
        return row

    @property
    def page_url(self) -> str:
        """The one page that helps the reader of a mail without a link of its own: the profile, or the help page.

        An office mailbox has no profile, nor has a mail about no environment one to show.
        """
        if self.email.account_id is None or self.email.environment is None:
            return self.help_url
        return f"{self.settings.public_url}/{self.email.environment}/profile"

    @property
    def help_url(self) -> str:
        """The help page."""
        return f"{self.settings.public_url}/account/help"

    def link_url(self, link: Link) -> str:
        """The address of a link, made now and never stored (S2).

        Raises:
            KeyGone: the key that signs this link was taken away.
        """
        return link_url(self.settings, purpose=link.purpose, link_id=link.id, key_number=link.key_number)


def link_url(settings: Settings, *, purpose: str, link_id: UUID, key_number: int) -> str:
    """The same, for a link whose columns were read by themselves."""
    token = make_token(settings.keyring, purpose=purpose, link_id=link_id, key_number=key_number)
    if token is None:
        raise KeyGone(str(link_id))
    return f"{settings.public_url}/{purpose}/{token}"


def time_for(moment: datetime, *, language: str, zone: str) -> str:
    """A moment as a reader writes it (R65): to the minute, so that thousands within one are told the same."""
    return _time_for(moment.replace(second=0, microsecond=0), language, zone)


@lru_cache(maxsize=256)
def _time_for(minute: datetime, language: str, zone: str) -> str:
    return format_time(minute, language=language, zone=zone)
