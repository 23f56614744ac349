"""Two calls at the same moment, over HTTP, against one application and its real database (S31, S32)."""

from collections.abc import Callable, Sequence
from functools import partial
from threading import Barrier, Thread
from typing import Any

import pytest
from werkzeug.test import TestResponse

from gateway.application import Gateway
from shared.db import Database
from shared.models import AuditEvent, Email, RoleRequest, RoleRequestItem
from tests.builders import an_account
from tests.gateway.api.client import Api, log_in
from tests.gateway.api.conftest import REQUESTS, Offices, Worker

Rows = Callable[[type[Any]], Sequence[Any]]
ROUNDS = 20


def together(*calls: Callable[[], TestResponse]) -> list[TestResponse]:
    """Make each call in a thread of its own, all at the same moment; the answers in the order of the calls."""
    barrier, answers = Barrier(len(calls)), dict[int, TestResponse]()

    def run(number: int, call: Callable[[], TestResponse]) -> None:
        barrier.wait()
        answers[number] = call()

    threads = [Thread(target=run, args=numbered) for numbered in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [answers[number] for number in range(len(calls))]


def statuses(answers: list[TestResponse]) -> list[int]:
    return sorted(answer.status_code for answer in answers)


@pytest.fixture
def newcomer(app: Gateway, database: Database) -> Callable[[], Api]:
    """Makes somebody new, logged in."""

    def make() -> Api:
        with database.transaction() as session:
            account = an_account(session)
        return log_in(app, account)

    return make


@pytest.mark.req("S31", "R30")
@pytest.mark.slow
def test_of_two_kinds_of_role_asked_for_at_the_same_moment_one_is_taken(
    newcomer: Callable[[], Api], offices: Offices, rows: Rows
) -> None:
    operator, authority = ({"post_ids": [str(post.id)]} for post in (offices.post, offices.bcp.posts[0]))

    for _ in range(ROUNDS):
        person = newcomer()
        answers = together(
            partial(person.post, REQUESTS, operator),
            partial(person.post, REQUESTS, authority),
        )
        assert statuses(answers) == [201, 409], [answer.text for answer in answers]

    assert len(rows(RoleRequest)) == ROUNDS


@pytest.mark.req("S31", "R32")
@pytest.mark.slow
def test_of_two_requests_for_one_post_at_the_same_moment_one_is_taken(
    newcomer: Callable[[], Api], offices: Offices, rows: Rows
) -> None:
    for _ in range(ROUNDS):
        ask = partial(newcomer().post, REQUESTS, {"post_ids": [str(offices.post.id)]})
        assert statuses(together(ask, ask)) == [201, 409]

    assert len(rows(RoleRequest)) == ROUNDS


@pytest.mark.req("S32", "R71")
@pytest.mark.slow
@pytest.mark.usefixtures("without_codes")
def test_of_two_decisions_at_the_same_moment_one_counts(
    *, newcomer: Callable[[], Api], stranger: Api, offices: Offices, worker: Worker, rows: Rows
) -> None:
    for _ in range(ROUNDS):
        body = {"post_ids": [str(offices.second_operator.posts[0].id)]}
        request_id = newcomer().post(REQUESTS, body).get_json()["id"]
        worker.route()
        accept = {"token": worker.token(request_id, offices.in_charge), "decision": "accept"}
        reject = {"token": worker.token(request_id), "decision": "reject", "reason": "No.", "decider_name": "A. Clerk"}
        answers = together(
            partial(stranger.post, "/decisions", accept),
            partial(stranger.post, "/decisions", reject),
        )
        assert statuses(answers) == [200, 409], [answer.text for answer in answers]
        loser = next(answer for answer in answers if answer.status_code == 409)
        assert loser.get_json()["office"] in {offices.cca.name, offices.second_operator.name}

    decided = [
        event for event in rows(AuditEvent) if event.action in {"role_request.accepted", "role_request.rejected"}
    ]
    assert len({event.subject_id for event in decided}) == len(decided) == ROUNDS
    assert [mail.template for mail in rows(Email)].count("outcome") == ROUNDS


@pytest.mark.slow
def test_of_two_requests_with_one_key_at_the_same_moment_one_is_carried_out(
    newcomer: Callable[[], Api], offices: Offices, rows: Rows
) -> None:
    for number in range(ROUNDS):
        ask = partial(newcomer().post, REQUESTS, {"post_ids": [str(offices.post.id)]}, key=f"key-{number}")

        first, second = together(ask, ask)

        assert (first.status_code, second.status_code) == (201, 201)
        assert first.data == second.data

    assert len(rows(RoleRequest)) == ROUNDS


@pytest.mark.req("S32")
@pytest.mark.slow
@pytest.mark.usefixtures("without_codes")
def test_a_decision_and_a_withdrawal_at_the_same_moment_leave_one_of_both(
    *, newcomer: Callable[[], Api], stranger: Api, offices: Offices, worker: Worker, rows: Rows
) -> None:
    for _ in range(ROUNDS):
        person = newcomer()
        request_id = person.post(REQUESTS, {"post_ids": [str(offices.post.id)]}).get_json()["id"]
        worker.route()
        reject = {"token": worker.token(request_id), "decision": "reject", "reason": "No.", "decider_name": "A. Clerk"}
        answers = together(
            partial(stranger.post, "/decisions", reject),
            partial(person.post, f"{REQUESTS}/{request_id}/actions/withdraw"),
        )
        assert statuses(answers) == [200, 409], [answer.text for answer in answers]

    outcomes = [mail.template for mail in rows(Email)].count("outcome")
    assert outcomes == [item.status for item in rows(RoleRequestItem)].count("rejected")
