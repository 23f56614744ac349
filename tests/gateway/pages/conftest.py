"""Pages of step 2 on a copy of the demonstration: both environments loaded once, one database for each test."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url

from gateway.application import Gateway
from gateway.passwords import hash_password
from shared.db import Database
from shared.domain.environments import Environment
from shared.models import Account, Base, Email, Staff
from shared.services.reference_load import load_demo
from shared.settings import load_settings
from tests.builders import an_account
from tests.builders_sent import a_sent_mail
from tests.conftest import NOW
from tests.database_copies import Copies, copies_of
from tests.gateway.pages.helpdesk import PASSWORD
from tests.gateway.pages.visitors import Visitor
from tests.ready_made_database import empty_database_url


@pytest.fixture(scope="session")
def demonstrations(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Copies]:
    """Copies of a database with all tables and the demonstration in both environments."""
    folder = tmp_path_factory.mktemp("demonstration")
    with empty_database_url(folder) as url:
        with pytest.MonkeyPatch.context() as environment:
            environment.setenv("DATABASE_URL", url)
            environment.setenv("VAR_DIR", str(folder))
            settings = load_settings()
        database = Database(settings)
        Base.metadata.create_all(database.engine)
        with database.transaction() as session:
            for one in Environment:
                load_demo(session, settings=settings, environment=one, now=NOW)
        database.dispose()  # the last connection that closes leaves one file behind
        copies = copies_of(make_url(url))
        yield copies
        copies.drop()


@pytest.fixture
def database_url(demonstrations: Copies, tmp_path: Path) -> Iterator[str]:
    """A copy of the demonstration of this test's own."""
    with demonstrations.one(tmp_path) as url:
        yield url


@pytest.fixture
def app(app: Gateway, standing_clock: object) -> Gateway:
    """The application; every test here happens at ``NOW``, until it moves the product's clock."""
    return app


@pytest.fixture
def visitor(app: Gateway) -> Iterator[Callable[..., Visitor]]:
    """Makes browsers: of strangers, or of people who are logged in."""
    made: list[Visitor] = []

    def make(account: Account | None = None) -> Visitor:
        made.append(Visitor(app, account))
        return made[-1]

    yield make
    for one in made:
        one.leave()


@pytest.fixture
def ann(database: Database) -> Account:
    """A person with an account and no role."""
    with database.transaction() as session:
        return an_account(session, email="ann@alpro.example", first_name="Ann", last_name="Peeters")


@pytest.fixture
def nora(database: Database) -> Account:
    """Somebody who cannot set a password, for no mail arrives."""
    with database.transaction() as session:
        return an_account(
            session,
            email="nora@alrpo.example",
            first_name="Nora",
            last_name="Maes",
            password_hash=None,
            password_set_at=None,
        )


@pytest.fixture
def helga(database: Database) -> Account:
    """Somebody of the helpdesk."""
    with database.transaction() as session:
        account = an_account(
            session,
            email="helga@helpdesk.example",
            first_name="Helga",
            last_name="Huber",
            password_hash=hash_password(PASSWORD),
        )
        session.add(Staff(account_id=account.id, duty="helpdesk", since=NOW))
        return account


@pytest.fixture
def helpdesk(visitor: Callable[..., Visitor], helga: Account) -> Visitor:
    """Somebody of the helpdesk on its first page."""
    return visitor(helga).go("/helpdesk")


@pytest.fixture
def sent(database: Database) -> Callable[..., Email]:
    """Makes mails to somebody that the mail server took."""

    def send(account: Account, **changes: Any) -> Email:
        with database.transaction() as session:
            return a_sent_mail(session, account, **changes)

    return send
