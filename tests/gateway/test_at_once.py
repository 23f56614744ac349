"""Many visitors at the same moment, on real threads and a real database."""

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import pytest

from gateway.application import Gateway
from gateway.captcha import characters
from shared.models import Account, AuditEvent, Email, Link
from tests.gateway.browser import Program
from tests.gateway.conftest import BODY

pytestmark = pytest.mark.slow
Rows = Callable[[type[Any]], Sequence[Any]]


def together(count: int, act: Callable[[int], int]) -> Counter[int]:
    """Let so many visitors act at once; returns how often each status was answered."""
    start = threading.Barrier(count)

    def go(number: int) -> int:
        start.wait()
        return act(number)

    with ThreadPoolExecutor(count) as people:
        return Counter(people.map(go, range(count)))


@pytest.mark.req("S3", "R21")
def test_of_fifty_uses_of_one_link_one_succeeds(
    app: Gateway, newcomer: Account, mailed_link: Callable[..., str], rows: Rows
) -> None:
    token = mailed_link(newcomer)

    answers = together(
        50,
        lambda number: (
            Program(app).post("/passwords", {"token": token, "password": f"Battery-Staple-{number}"}).status_code
        ),
    )

    assert answers == {204: 1, 410: 49}
    assert [event.action for event in rows(AuditEvent)] == ["password.set"]
    assert len([link for link in rows(Link) if link.used_at]) == 1
    assert not rows(Email)


@pytest.mark.req("R5", "S40")
def test_of_twenty_sign_ups_with_one_address_one_account_remains(app: Gateway, rows: Rows) -> None:
    answers = together(20, lambda _: Program(app).post("/accounts", BODY).status_code)

    assert answers == {202: 20}
    assert len(rows(Account)) == 1
    assert {email.template for email in rows(Email)} == {"password"}
    assert all(email.account_id == rows(Account)[0].id for email in rows(Email))


@pytest.mark.req("R11", "S39")
def test_of_ten_sign_ups_with_one_username_one_gets_it_and_nobody_an_error(app: Gateway, rows: Rows) -> None:
    def sign_up(number: int) -> int:
        address = f"ann{number}@alpro.example"
        return (
            Program(app)
            .post("/accounts", BODY | {"email": address, "confirm_email": address, "username": "ann"})
            .status_code
        )

    assert together(10, sign_up) == {202: 10}

    assert [account.username_was_assigned for account in rows(Account)].count(False) == 1
    assert len({account.username_key for account in rows(Account)}) == 10


@pytest.mark.req("S41")
@pytest.mark.usefixtures("captcha_on")
def test_of_ten_answers_to_one_code_one_is_taken(app: Gateway, program: Program, rows: Rows) -> None:
    code = program.post("/captchas").json["id"]  # type: ignore[index]
    with app.app_context():
        right = {"captcha_id": code, "captcha_answer": characters(UUID(code))}

    def sign_up(number: int) -> int:
        address = f"ann{number}@alpro.example"
        body = BODY | right | {"email": address, "confirm_email": address}
        return Program(app).post("/accounts", body).status_code

    assert together(10, sign_up) == {202: 1, 422: 9}
    assert len(rows(Account)) == 1


@pytest.mark.req("S12")
@pytest.mark.usefixtures("limits_on")
def test_of_thirty_sign_ups_at_once_from_one_machine_twenty_pass(app: Gateway, rows: Rows) -> None:
    def sign_up(number: int) -> int:
        address = f"ann{number}@alpro.example"
        return Program(app).post("/accounts", BODY | {"email": address, "confirm_email": address}).status_code

    assert together(30, sign_up) == {202: 20, 429: 10}
    assert len(rows(Account)) == 20
