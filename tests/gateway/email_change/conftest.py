"""A person who wants another address, and the links in the two mails."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from shared.db import Database
from shared.domain.email_changes import Side
from shared.models import EmailChange
from shared.services.email_changes import links_of
from shared.settings import Settings
from tests.builders_links import token_of
from tests.conftest import NOW
from tests.gateway.browser import Browser
from tests.gateway.conftest import PASSWORD

PATH = "/account/email"
ACCOUNT = "/account/profile"
NEW = "ann@colzagro.example"
FIELDS = {"email": NEW, "confirm_email": NEW, "current_password": PASSWORD}


@pytest.fixture
def mailed(database: Database, settings: Settings) -> Callable[[Side], str]:
    """Hand both mails over; returns the address of the link in the mail to a mailbox."""

    def mail(side: Side) -> str:
        with database.transaction() as session:
            links = links_of(session, session.scalars(select(EmailChange)).one())
            for link in links.values():
                link.expires_at = link.expires_at or NOW + timedelta(minutes=90)
            return f"/email/{token_of(links[side], settings)}"

    return mail


@pytest.fixture
def waiting(logged_in: Browser) -> Browser:
    """The person has asked for the change."""
    assert logged_in.send(PATH, FIELDS).status_code == 303
    return logged_in
