"""Callers of the API and the offices around them, on a clock that stands still."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from gateway.application import Gateway
from shared.db import Database
from shared.messages import Task
from shared.models import Account, Organisation, OutboxRow, Post, RoleRequest
from shared.services.role_request_route import route
from shared.settings import Settings
from tests.builders import an_account
from tests.builders_decisions import a_cca, a_commission, mailed_code, one_in_charge, token_for
from tests.builders_reference import an_operator
from tests.builders_role_requests import a_control_body
from tests.conftest import NOW
from tests.gateway.api.client import Api, log_in

REQUESTS = "/production/role-requests"


@pytest.fixture
def app(app: Gateway, standing_clock: Any) -> Gateway:
    """The application; every test here happens at ``NOW``."""
    return app


@pytest.fixture
def stranger(app: Gateway) -> Api:
    return Api(app)


@pytest.fixture
def applicant(database: Database) -> Account:
    with database.transaction() as session:
        return an_account(session, email="ann@people.example")


@pytest.fixture
def api(app: Gateway, applicant: Account) -> Api:
    """The applicant, logged in."""
    return log_in(app, applicant)


@pytest.fixture
def other_api(app: Gateway, database: Database) -> Api:
    """Somebody else, logged in."""
    with database.transaction() as session:
        other = an_account(session, email="bob@people.example")
    return log_in(app, other)


@dataclass
class Offices:
    """Who can be asked, and what can be asked for, in Production."""

    cca: Organisation
    """Reached by its mailbox, ``cca@authority.example``."""
    bcp: Organisation
    operator: Organisation
    """Without anybody in it."""
    second_operator: Organisation
    in_charge: Account
    """Administrator of the second operator."""
    control_body: Organisation
    """With posts for AE and AF."""

    @property
    def post(self) -> Post:
        return self.operator.posts[0]


@pytest.fixture
def offices(database: Database) -> Offices:
    with database.transaction() as session:
        a_commission(session)
        cca = a_cca(session, mailbox_email="cca@authority.example")
        a_cca(session, country="NL", mailbox_email="nl@authority.example")
        second = an_operator(session, "Beanworks Seeds and Grains bvba")
        found = Offices(
            cca=cca,
            bcp=a_cca(session, role="BCP", name="Aalst Customs Authority"),
            operator=an_operator(session, "ALPRO Comm.V.A.", traces_number="BE-ORG-OP-5"),
            second_operator=second,
            in_charge=one_in_charge(session, second, email="chief@operator.example"),
            control_body=a_control_body(session, "AE-BIO-149", "AF-BIO-149"),
        )
        for organisation in (found.cca, found.bcp, found.operator, found.second_operator, found.control_body):
            assert organisation.posts
        return found


@dataclass
class Worker:
    """Does what the worker does: routes requests, hands mails over."""

    database: Database
    settings: Settings

    def route(self) -> None:
        """Route what waits, once."""
        with self.database.transaction() as session:
            waiting = session.scalars(select(OutboxRow).where(OutboxRow.task == Task.ROUTE_ROLE_REQUESTS)).all()
            for row in waiting:
                route(session, row.subject_id, settings=self.settings, now=NOW)
                session.delete(row)

    def token(self, role_request_id: str, account: Account | None = None) -> str:
        """The token of the link that somebody (or, without account, the mailbox) got."""
        with self.database.reading() as session:
            role_request = session.get_one(RoleRequest, UUID(role_request_id))
            return token_for(session, self.settings, role_request, account)

    def code(self) -> str:
        """The code of the mail that is handed over now."""
        with self.database.transaction() as session:
            return mailed_code(session, self.settings)


@pytest.fixture
def worker(database: Database, settings: Settings) -> Worker:
    return Worker(database, settings)


@pytest.fixture
def ask(api: Api, worker: Worker) -> Callable[..., dict[str, Any]]:
    """The applicant asks for these posts, and the request is routed."""

    def submit(*posts: Post, **more: Any) -> dict[str, Any]:
        answer: TestResponse = api.post(REQUESTS, {"post_ids": [str(post.id) for post in posts], **more})
        assert answer.status_code == 201, answer.text
        worker.route()
        submitted: dict[str, Any] = answer.get_json()
        return submitted

    return submit
