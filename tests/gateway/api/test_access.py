"""The full matrix of callers, addresses and methods, generated from the routes (S26, R2)."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from gateway.application import Gateway
from gateway.passwords import hash_password
from shared.db import Database
from shared.models import Account, Assignment
from shared.services import staff as duties
from shared.services.staff import Duty
from tests.builders import an_account, an_organisation
from tests.builders_decisions import a_member, one_in_charge
from tests.conftest import NOW
from tests.gateway.api.access_table import TABLE, Access, classified, routes
from tests.gateway.api.client import PREFIX, Api, codes_of, log_in
from tests.gateway.api.conftest import Offices, Worker
from tests.gateway.browser import Browser

PASSWORD = "Correct-Horse-7"
DUTIES = {Access.HELPDESK: Duty.HELPDESK, Access.OPERATIONS: Duty.OPERATIONS}
"""Pages for our own people, and whose they are."""
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
NOT_ALLOWED = 405


@pytest.mark.req("S26")
def test_every_route_is_classified_once_and_no_route_is_classified_that_is_not_there(app: Gateway) -> None:
    table = [line for access in TABLE for line in classified(access)]

    assert sorted(table) == sorted(set(table))
    assert sorted(table) == sorted(routes(app))


@dataclass
class Objects:
    """What belongs to whom."""

    role_request_id: str
    """Of the applicant, in Production."""
    assignment_id: str
    """Of the administrator of the second operator, about that request."""
    account_id: str
    """The applicant."""

    def fill(self, path: str, *, environment: str = "production", **changes: str) -> str:
        values = {"role_request_id": self.role_request_id, "assignment_id": self.assignment_id}
        values |= {"account_id": self.account_id, "subject_id": self.role_request_id} | changes
        return path.format(environment=environment, **values)


@pytest.fixture
def objects(database: Database, ask: Callable[..., dict[str, Any]], offices: Offices, applicant: Account) -> Objects:
    request = ask(offices.second_operator.posts[0])
    with database.reading() as session:
        assignment_id = session.scalars(
            select(Assignment.id).where(Assignment.account_id == offices.in_charge.id)
        ).one()
    return Objects(request["id"], str(assignment_id), str(applicant.id))


class Caller:
    """Sends the same to pages and API, with the log-in that each of them knows."""

    def __init__(self, app: Gateway, account: Account | None) -> None:
        self._api = Api(app) if account is None else log_in(app, account)
        self._browser = Browser(app)
        if account is not None:
            sent = self._browser.send("/account/log-in", {"email": account.email, "password": PASSWORD})
            assert sent.status_code == 303

    def call(self, method: str, path: str) -> TestResponse:
        if path.startswith(PREFIX):
            return self._api.call(method, path.removeprefix(PREFIX))
        fields = {"csrf_token": self._browser.csrf_token()} if method not in {"GET", "HEAD"} else None
        return self._browser.client.open(path, method=method, base_url=self._browser.address, data=fields)


@pytest.fixture
def caller(app: Gateway, database: Database) -> Callable[[Account | None], Caller]:
    """Makes callers; people get a password on the way."""

    def make(account: Account | None = None) -> Caller:
        if account is not None:
            with database.transaction() as session:
                session.get_one(Account, account.id).password_hash = hash_password(PASSWORD)
        return Caller(app, account)

    return make


@pytest.fixture
def others(database: Database, offices: Offices) -> dict[str, Account]:
    """Everybody who might want to look at what is not theirs, one of each kind."""
    with database.transaction() as session:
        elsewhere = an_organisation(session, name="Elsewhere")
        return {
            "a person without a role": an_account(session),
            "a member of another operator": a_member(session, elsewhere),
            "the administrator of another operator": one_in_charge(session, elsewhere),
            "a member of an authority that was not asked": a_member(session, offices.bcp),
            "a member of a control body": a_member(session, offices.control_body),
        }


@pytest.mark.req("S26", "R2")
def test_a_stranger_gets_nowhere_without_a_log_in(caller: Callable[..., Caller], objects: Objects) -> None:
    stranger = caller()
    closed = [classified(access) for access in (Access.LOGGED_IN, Access.OWN_OBJECT, *DUTIES)]
    for method, path in chain.from_iterable(closed):
        answer = stranger.call(method, objects.fill(path))
        if path.startswith(PREFIX):
            assert codes_of(answer) == (401, "login_required"), path
        else:
            assert answer.status_code == 302, (method, path)
            assert answer.headers["Location"].startswith("/account/log-in"), path


@pytest.mark.req("S26")
def test_the_owner_gets_to_what_is_theirs(
    *, caller: Callable[..., Caller], objects: Objects, applicant: Account, offices: Offices
) -> None:
    owners = {"role_request_id": caller(applicant), "assignment_id": caller(offices.in_charge)}
    for method, path in sorted(classified(Access.OWN_OBJECT)):
        (owner,) = (one for name, one in owners.items() if name in path)
        # Of two ways to take a request back the second finds nothing to do, and says so.
        assert owner.call(method, objects.fill(path)).status_code in {200, 303, 409}, path


@pytest.mark.req("S26", "R7")
def test_what_belongs_to_another_looks_like_what_is_not_there_by_every_method(
    *, caller: Callable[..., Caller], objects: Objects, others: dict[str, Account], applicant: Account, offices: Offices
) -> None:
    owners = {"the applicant": applicant, "the approver who was asked": offices.in_charge}
    theirs = {"role_request_id": "the applicant", "assignment_id": "the approver who was asked"}
    paths = sorted({path for _, path in classified(Access.OWN_OBJECT)})
    for name, account in (others | owners).items():
        person = caller(account)
        for path in paths:
            (kind,) = (one for one in theirs if one in path)
            foreign = [] if theirs[kind] == name else [objects.fill(path)]
            missing = objects.fill(path, **{kind: str(uuid4())})
            elsewhere = objects.fill(path, environment="training")
            for method in METHODS:
                expected = outcome(person.call(method, missing))
                assert expected[0] in {404, NOT_ALLOWED}
                for address in (*foreign, elsewhere):
                    assert outcome(person.call(method, address)) == expected, (name, method, path)
                assert (expected[0] == 404) is ((method.replace("HEAD", "GET"), path) in classified(Access.OWN_OBJECT))


def outcome(answer: TestResponse) -> tuple[int, object]:
    """Status, and for programs the whole body: a page shows who is logged in and where."""
    return answer.status_code, answer.get_json() if answer.is_json and answer.data else None


@pytest.fixture
def staff(database: Database) -> dict[Duty, Account]:
    """One of our own people for each duty, who has no other."""
    with database.transaction() as session:
        people = {duty: an_account(session) for duty in Duty}
        for duty, account in people.items():
            duties.add(session, email=account.email, duty=duty, now=NOW)
    return people


@pytest.mark.req("S26")
@pytest.mark.parametrize("access", DUTIES)
def test_a_page_of_our_own_people_is_not_there_for_anybody_without_its_duty(
    *,
    access: Access,
    caller: Callable[..., Caller],
    objects: Objects,
    others: dict[str, Account],
    applicant: Account,
    offices: Offices,
    staff: dict[Duty, Account],
) -> None:
    colleagues = {f"one of ours for {duty}": one for duty, one in staff.items() if duty != DUTIES[access]}
    owners = {"the person looked for": applicant, "the approver who was asked": offices.in_charge}
    paths = sorted({path for _, path in classified(access)})
    for name, account in (others | owners | colleagues).items():
        person = caller(account)
        for path in paths:
            for method in METHODS:
                served = (method.replace("HEAD", "GET"), path) in classified(access)
                assert person.call(method, objects.fill(path)).status_code == (404 if served else NOT_ALLOWED), (
                    name,
                    method,
                    path,
                )


@pytest.mark.req("S26")
@pytest.mark.parametrize("access", DUTIES)
def test_who_has_the_duty_gets_to_its_pages(
    *, access: Access, caller: Callable[..., Caller], objects: Objects, staff: dict[Duty, Account]
) -> None:
    person = caller(staff[DUTIES[access]])
    for method, path in classified(access):
        # The forms are sent empty: what is missing is named on the page.
        assert person.call(method, objects.fill(path)).status_code == (200 if method == "GET" else 422), path
        if "{" in path:
            missing = objects.fill(path, account_id=str(uuid4()), subject_id=str(uuid4()))
            assert person.call("GET", missing).status_code in {404, NOT_ALLOWED}


@pytest.mark.req("S26", "S6")
def test_link_pages_open_for_nobody_without_the_link(
    *, caller: Callable[..., Caller], objects: Objects, others: dict[str, Account], worker: Worker
) -> None:
    someone = caller(others["a person without a role"])
    for method, path in classified(Access.LINK):
        if not path.startswith(PREFIX):
            answer = someone.call(method, path.format(token="A" * 44, link_id=uuid4()))
            assert answer.status_code == 404, (method, path)


@pytest.mark.req("S26", "S10")
def test_lists_show_nobody_elses_objects(
    *, caller: Callable[..., Caller], objects: Objects, others: dict[str, Account]
) -> None:
    person = caller(others["a person without a role"])
    for method, path in classified(Access.LOGGED_IN):
        if method == "GET":
            text = person.call(method, objects.fill(path)).text
            assert objects.role_request_id not in text, path
            assert objects.assignment_id not in text, path


@pytest.mark.req("R2")
def test_public_addresses_ask_nobody_to_log_in(caller: Callable[..., Caller], objects: Objects) -> None:
    stranger = caller()
    for method, path in classified(Access.PUBLIC):
        address = objects.fill(path, captcha_id=str(uuid4()), filename="gatehouse.css")
        answer = stranger.call(method, address)
        answer.close()
        assert answer.status_code not in {401, 403}, path
        assert not answer.headers.get("Location", "").startswith("/account/log-in"), path
