"""Changes of address, asked for as people do; see ``tests.builders``."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.domain.email_changes import Side
from shared.models import Account, EmailChange, Link
from shared.services.email_changes import ask_for_change, links_of
from shared.settings import Settings
from tests.builders_links import token_of
from tests.conftest import NOW

NEW = "Ann@Colzagro.example"
NINETY = timedelta(minutes=90)


def an_email_change(
    session: Session, account: Account, *, settings: Settings, address: str = NEW, now: datetime = NOW
) -> EmailChange:
    """A change that was asked for ``now``, and both of whose mails were handed over at once."""
    ask_for_change(session, account.id, address, settings=settings, now=now)
    session.flush()
    change = session.scalars(select(EmailChange).where(EmailChange.account_id == account.id)).one()
    for link in links_of(session, change).values():
        link.expires_at = now + NINETY
    session.flush()
    return change


def link_to(session: Session, change: EmailChange, side: Side) -> Link:
    """The link that went to one of its mailboxes."""
    return links_of(session, change)[side]


def token_to(session: Session, change: EmailChange, side: Side, settings: Settings) -> str:
    """The token in that mail."""
    return token_of(link_to(session, change, side), settings)
