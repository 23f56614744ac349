from functools import partial
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.db import Database
from shared.domain.environments import Environment
from shared.domain.errors import AlreadyHeld, AlreadyRequested, OtherKind
from shared.models import Account, RoleKindHold, RoleRequest, RoleRequestItem
from tests.builders import a_membership, an_account, an_organisation
from tests.builders_role_requests import a_control_body, a_role_request, an_operator_post, ask, new_operator_fields
from tests.moments import at_the_same_moment

PRODUCTION, TRAINING = Environment.PRODUCTION, Environment.TRAINING


def ask_in_a_transaction(database: Database, account: Account, **choice: Any) -> None:
    with database.transaction() as session:
        ask(session, account, **choice)


@pytest.mark.req("R30", "S31")
def test_another_kind_is_refused_while_one_is_pending_and_the_answer_names_the_kind_held(session: Session) -> None:
    account = an_account(session)
    ask(session, account, an_operator_post(session))
    authority = an_organisation(session, kind="authority").posts[0]

    with pytest.raises(OtherKind, match="asked for authority, bound to operator"):
        ask(session, account, authority)


@pytest.mark.req("R30", "S31")
@pytest.mark.parametrize("status", ["valid", "suspended"])
def test_another_kind_is_refused_while_one_is_held_even_when_suspended(session: Session, status: str) -> None:
    account = an_account(session)
    a_membership(session, account, an_operator_post(session), status=status)
    session.add(RoleKindHold(account_id=account.id, environment="production", kind="operator"))

    with pytest.raises(OtherKind):
        ask(session, account, a_control_body(session).posts[0])


@pytest.mark.req("R30")
def test_a_new_operator_is_refused_to_somebody_of_another_kind(session: Session) -> None:
    account, body = an_account(session), a_control_body(session)
    ask(session, account, body.posts[0])

    with pytest.raises(OtherKind):
        ask(session, account, new_operator=new_operator_fields(body.id))


@pytest.mark.req("R30")
def test_posts_of_two_kinds_in_one_request_are_refused(session: Session) -> None:
    with pytest.raises(OtherKind):
        ask(session, an_account(session), an_operator_post(session), a_control_body(session).posts[0])


@pytest.mark.req("R7", "R30")
def test_the_kind_held_in_production_does_not_bind_in_training(session: Session) -> None:
    account = an_account(session)
    ask(session, account, an_operator_post(session))
    authority = an_organisation(session, kind="authority", environment="training").posts[0]

    ask(session, account, authority, environment=TRAINING)

    holds = session.scalars(select(RoleKindHold).order_by(RoleKindHold.environment)).all()
    assert [(hold.environment, hold.kind) for hold in holds] == [("production", "operator"), ("training", "authority")]


@pytest.mark.req("R32")
@pytest.mark.parametrize("status", ["valid", "suspended"])
def test_a_post_that_is_held_is_refused(session: Session, status: str) -> None:
    account, post = an_account(session), an_operator_post(session)
    a_membership(session, account, post, status=status)

    with pytest.raises(AlreadyHeld):
        ask(session, account, post)


@pytest.mark.req("R32")
@pytest.mark.parametrize("status", ["submitted", "waiting"])
def test_a_post_that_is_asked_for_is_refused(session: Session, status: str) -> None:
    account, post = an_account(session), an_operator_post(session)
    a_role_request(session, account, post, status=status)

    with pytest.raises(AlreadyRequested):
        ask(session, account, post)


@pytest.mark.req("R32")
@pytest.mark.parametrize("status", ["rejected", "withdrawn", "expired"])
def test_a_post_can_be_asked_for_again_once_the_request_for_it_is_over(session: Session, status: str) -> None:
    account, post = an_account(session), an_operator_post(session)
    a_role_request(session, account, post, status=status)

    assert len(ask(session, account, post).role_request.items) == 1


@pytest.mark.req("R32")
def test_somebody_elses_request_for_the_same_post_is_no_obstacle(session: Session) -> None:
    post = an_operator_post(session)
    a_role_request(session, an_account(session), post)

    assert len(ask(session, an_account(session), post).role_request.items) == 1


@pytest.mark.req("R32")
def test_of_several_posts_those_held_or_asked_for_are_left_out_and_named(session: Session) -> None:
    account = an_account(session)
    held, asked_for, free = (an_operator_post(session) for _ in range(3))
    a_membership(session, account, held)
    a_role_request(session, account, asked_for)

    submitted = ask(session, account, held, free, asked_for)

    assert [item.post_id for item in submitted.role_request.items] == [free.id]
    assert submitted.skipped == [(held.id, "already_held"), (asked_for.id, "already_requested")]


@pytest.mark.req("R32")
def test_posts_of_which_some_are_held_and_the_others_asked_for_leave_nothing_to_ask(session: Session) -> None:
    account, held, asked_for = an_account(session), an_operator_post(session), an_operator_post(session)
    a_membership(session, account, held)
    a_role_request(session, account, asked_for)

    with pytest.raises(AlreadyRequested):
        ask(session, account, held, asked_for)


@pytest.mark.req("R30", "S31")
def test_of_two_kinds_asked_for_at_the_same_moment_exactly_one_is_accepted(database: Database) -> None:
    for _ in range(20):
        with database.transaction() as session:
            account = an_account(session)
            operator = an_operator_post(session).id
            authority = an_organisation(session, kind="authority").posts[0].id

        outcomes = at_the_same_moment(
            partial(ask_in_a_transaction, database, account, post_ids=[operator]),
            partial(ask_in_a_transaction, database, account, post_ids=[authority]),
        )

        assert outcomes == ["done", "other_kind"]
        with database.reading() as session:
            kinds = session.scalars(select(RoleRequest.kind).where(RoleRequest.account_id == account.id)).all()
            holds = session.scalars(select(RoleKindHold.kind).where(RoleKindHold.account_id == account.id)).all()
        assert len(kinds) == 1
        assert holds == kinds


@pytest.mark.req("R32")
def test_of_two_requests_for_one_post_at_the_same_moment_exactly_one_is_accepted(database: Database) -> None:
    for _ in range(10):
        with database.transaction() as session:
            account, post_id = an_account(session), an_operator_post(session).id

        outcomes = at_the_same_moment(*[partial(ask_in_a_transaction, database, account, post_ids=[post_id])] * 2)

        assert outcomes == ["already_requested", "done"]
        with database.reading() as session:
            assert len(session.scalars(select(RoleRequestItem).where(RoleRequestItem.post_id == post_id)).all()) == 1
