from functools import partial

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from shared.db import Database
from shared.domain.environments import Environment
from shared.domain.errors import OtherKind
from shared.domain.roles import RoleKind
from shared.models import Account, Membership, Post, RoleKindHold, RoleRequest, RoleRequestItem
from shared.services.role_kinds import held_kind, hold, release_if_free
from tests.builders import a_membership, an_account, an_organisation
from tests.builders_role_requests import a_role_request
from tests.moments import at_the_same_moment

PRODUCTION, TRAINING = Environment.PRODUCTION, Environment.TRAINING
OPERATOR, AUTHORITY = RoleKind.OPERATOR, RoleKind.AUTHORITY


@pytest.mark.req("R28", "R29")
def test_a_person_without_a_role_is_bound_to_no_kind(session: Session) -> None:
    assert held_kind(session, account_id=an_account(session).id, environment=PRODUCTION) is None


@pytest.mark.req("R30")
def test_a_kind_held_twice_is_held_once(session: Session) -> None:
    account_id = an_account(session).id

    for _ in range(2):
        hold(session, account_id=account_id, environment=PRODUCTION, kind=OPERATOR)

    assert [row.kind for row in session.scalars(select(RoleKindHold))] == ["operator"]


@pytest.mark.req("R30")
def test_the_refusal_of_a_second_kind_names_the_one_held_and_changes_nothing(session: Session) -> None:
    account = an_account(session)
    a_role_request(session, account)

    with pytest.raises(OtherKind, match="asked for authority, bound to operator"):
        hold(session, account_id=account.id, environment=PRODUCTION, kind=AUTHORITY)

    assert held_kind(session, account_id=account.id, environment=PRODUCTION) is OPERATOR


@pytest.mark.req("R7", "R30")
def test_each_environment_has_its_own_kind(session: Session) -> None:
    account = an_account(session)
    a_role_request(session, account)

    hold(session, account_id=account.id, environment=TRAINING, kind=AUTHORITY)

    assert held_kind(session, account_id=account.id, environment=PRODUCTION) is OPERATOR
    assert held_kind(session, account_id=account.id, environment=TRAINING) is AUTHORITY


@pytest.mark.req("R30")
@pytest.mark.parametrize("status", ["submitted", "waiting"])
def test_an_open_item_binds(session: Session, status: str) -> None:
    account = an_account(session)
    a_role_request(session, account, status=status)

    assert not release_if_free(session, account_id=account.id, environment=PRODUCTION)

    assert held_kind(session, account_id=account.id, environment=PRODUCTION) is OPERATOR


@pytest.mark.req("R30")
@pytest.mark.parametrize(("status", "is_free"), [("valid", False), ("suspended", False), ("ended", True)])
def test_a_membership_binds_until_it_ends(session: Session, status: str, is_free: bool) -> None:
    account = an_account(session)
    a_membership(session, account, an_organisation(session).posts[0], status=status)
    hold(session, account_id=account.id, environment=PRODUCTION, kind=OPERATOR)

    assert release_if_free(session, account_id=account.id, environment=PRODUCTION) is is_free

    assert (held_kind(session, account_id=account.id, environment=PRODUCTION) is None) is is_free


@pytest.mark.req("R30")
@pytest.mark.parametrize("status", ["rejected", "withdrawn", "expired"])
def test_every_kind_is_free_again_when_the_last_item_is_over(session: Session, status: str) -> None:
    account = an_account(session)
    role_request = a_role_request(session, account)
    session.execute(update(RoleRequestItem).values(status=status))

    assert release_if_free(session, account_id=account.id, environment=PRODUCTION)

    hold(session, account_id=account.id, environment=PRODUCTION, kind=AUTHORITY)
    assert role_request.kind == "operator"


@pytest.mark.req("R7", "R30")
def test_what_is_pending_in_the_other_environment_or_for_others_does_not_bind(session: Session) -> None:
    account = an_account(session)
    a_role_request(session, account, an_organisation(session, environment="training").posts[0])
    a_role_request(session, an_account(session))
    hold(session, account_id=account.id, environment=PRODUCTION, kind=OPERATOR)

    assert release_if_free(session, account_id=account.id, environment=PRODUCTION)


@pytest.mark.req("R30")
def test_a_hold_that_outlived_its_membership_does_not_bind(session: Session) -> None:
    account = an_account(session)
    membership = a_membership(session, account, an_organisation(session).posts[0])
    hold(session, account_id=account.id, environment=PRODUCTION, kind=OPERATOR)
    session.execute(update(Membership).where(Membership.id == membership.id).values(status="ended"))

    hold(session, account_id=account.id, environment=PRODUCTION, kind=AUTHORITY)

    assert held_kind(session, account_id=account.id, environment=PRODUCTION) is AUTHORITY


def bind_and_ask(database: Database, account: Account, post: Post) -> None:
    with database.transaction() as session:
        hold(session, account_id=account.id, environment=PRODUCTION, kind=RoleKind(post.kind))
        a_role_request(session, account, post)


@pytest.mark.req("S31")
def test_of_two_transactions_that_bind_to_different_kinds_at_the_same_moment_one_is_refused(database: Database) -> None:
    for _ in range(20):
        with database.transaction() as session:
            account = an_account(session)
            posts = [an_organisation(session, kind=kind).posts[0] for kind in (OPERATOR, AUTHORITY)]

        outcomes = at_the_same_moment(*[partial(bind_and_ask, database, account, post) for post in posts])

        assert outcomes == ["done", "other_kind"]
        with database.reading() as session:
            asked = session.scalars(select(RoleRequest.kind).where(RoleRequest.account_id == account.id)).one()
            assert held_kind(session, account_id=account.id, environment=PRODUCTION) == asked
