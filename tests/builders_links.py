"""Builders of mailed links."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from shared.domain.links import LinkPurpose
from shared.models import Account, Link
from shared.services.links import new_link
from shared.settings import Settings
from shared.tokens import make_token
from tests.conftest import NOW


def a_link(
    session: Session,
    account: Account,
    *,
    settings: Settings,
    purpose: LinkPurpose = LinkPurpose.PASSWORD,
    now: datetime = NOW,
    **changes: Any,
) -> Link:
    """A link whose mail was handed over ``now``; it works for 90 minutes."""
    link = new_link(session, purpose=purpose, keyring=settings.keyring, now=now, account_id=account.id)
    for name, value in ({"expires_at": now + timedelta(minutes=90)} | changes).items():
        setattr(link, name, value)
    session.flush()
    return link


def token_of(link: Link, settings: Settings) -> str:
    """What stands at the end of the link's address in the mail."""
    token = make_token(settings.keyring, purpose=link.purpose, link_id=link.id, key_number=link.key_number)
    assert token is not None
    return token
