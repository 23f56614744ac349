from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy.orm import Session

from shared.db import Database
from shared.domain.environments import Environment
from shared.domain.errors import TooManyRequests
from shared.models import Account
from shared.services.role_request_withdraw import withdraw
from tests.builders import an_account
from tests.builders_role_requests import a_control_body, a_role_request, an_operator_post, ask, new_operator_fields
from tests.conftest import NOW
from tests.moments import at_the_same_moment

PRODUCTION = Environment.PRODUCTION


def ask_in_a_transaction(database: Database, account: Account, **choice: Any) -> None:
    with database.transaction() as session:
        ask(session, account, **choice)


@pytest.mark.req("S12")
def test_the_twenty_first_request_within_a_day_is_refused_until_the_first_is_a_day_old(session: Session) -> None:
    account = an_account(session)
    for number in range(20):
        a_role_request(session, account, status="rejected", now=NOW + number * timedelta(minutes=1))
    post, at = an_operator_post(session), NOW + timedelta(hours=23, minutes=59, seconds=59)

    with pytest.raises(TooManyRequests) as refused:
        ask(session, account, post, now=at, rate_limits=True)

    assert refused.value.retry_after == 1
    assert ask(session, account, post, now=at + timedelta(seconds=1), rate_limits=True)


@pytest.mark.req("S12")
def test_the_limit_of_a_day_counts_both_environments_together_and_nobody_else(session: Session) -> None:
    account, other = an_account(session), an_account(session)
    training = [an_operator_post(session, environment="training") for _ in range(10)]
    for post in training:
        a_role_request(session, account, post, status="rejected")
    for _ in range(10):
        a_role_request(session, account, status="rejected")
    post = an_operator_post(session)

    with pytest.raises(TooManyRequests):
        ask(session, account, post, rate_limits=True)

    assert ask(session, other, post, rate_limits=True)


@pytest.mark.req("S12")
def test_a_fourth_new_operator_within_a_week_is_refused(session: Session) -> None:
    account, body = an_account(session), a_control_body(session)
    for number in range(3):
        at = NOW + number * timedelta(days=1)
        ask(session, account, new_operator=new_operator_fields(body.id), now=at, rate_limits=True)
    at = NOW + timedelta(days=6)

    with pytest.raises(TooManyRequests) as refused:
        ask(session, account, new_operator=new_operator_fields(body.id), now=at, rate_limits=True)

    assert refused.value.retry_after == timedelta(days=1).total_seconds()
    at = NOW + timedelta(days=7)
    assert ask(session, account, new_operator=new_operator_fields(body.id), now=at, rate_limits=True)


@pytest.mark.req("S12")
def test_a_post_taken_back_can_be_asked_for_again_after_an_hour(session: Session) -> None:
    account, post = an_account(session), an_operator_post(session)
    request_id = ask(session, account, post, now=NOW - timedelta(minutes=10)).role_request.id
    withdraw(session, account=account, environment=PRODUCTION, role_request_id=request_id, now=NOW)

    with pytest.raises(TooManyRequests) as refused:
        ask(session, account, post, now=NOW + timedelta(minutes=59, seconds=59), rate_limits=True)

    assert refused.value.retry_after == 1
    assert ask(session, account, post, now=NOW + timedelta(hours=1), rate_limits=True)


@pytest.mark.req("S12")
def test_tick_all_leaves_out_what_was_taken_back_within_the_hour(session: Session) -> None:
    account, body = an_account(session), a_control_body(session, "AE-BIO-149", "AF-BIO-149")
    first, second = sorted(body.posts, key=lambda post: post.code or "")
    a_role_request(session, account, first, status="withdrawn")

    submitted = ask(session, account, control_body_id=body.id, rate_limits=True)

    assert [item.post_id for item in submitted.role_request.items] == [second.id]
    assert submitted.skipped == [(first.id, "too_many_requests")]


@pytest.mark.req("S12")
def test_no_limit_counts_where_limits_are_switched_off(session: Session) -> None:
    account, post = an_account(session), an_operator_post(session)
    for _ in range(20):
        a_role_request(session, account, post, status="withdrawn")

    assert ask(session, account, post, rate_limits=False)


@pytest.mark.req("S12")
def test_requests_at_the_same_moment_do_not_pass_the_limit_together(database: Database) -> None:
    with database.transaction() as session:
        account, body = an_account(session), a_control_body(session)
        for _ in range(2):
            ask(session, account, new_operator=new_operator_fields(body.id))
    new_operator = new_operator_fields(body.id)

    outcomes = at_the_same_moment(
        *[partial(ask_in_a_transaction, database, account, new_operator=new_operator, rate_limits=True)] * 3
    )

    assert outcomes == ["done", "too_many_requests", "too_many_requests"]
