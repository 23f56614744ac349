from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.domain.environments import Environment
from shared.domain.errors import NotFound
from shared.domain.memberships import Actor, WrongActor
from shared.messages import Task
from shared.models import Account, Administrator, Membership, OutboxRow, RoleKindHold
from shared.services import memberships
from shared.services.audit import OPERATOR_AT_THE_CONSOLE
from shared.services.role_kinds import held_kind
from shared.services.role_request_recipients import living_recipients
from shared.settings import Settings
from tests.builders import a_membership, an_account, an_administrator, an_organisation
from tests.builders_decisions import (
    a_cca,
    a_commission,
    a_member,
    a_routed_request,
    assignments_of,
    events,
    mails,
    one_in_charge,
)
from tests.builders_role_requests import a_control_body
from tests.conftest import NOW

COMMISSION = "commission@commission.example"


def membership_of(session: Session, account: Account) -> Membership:
    return session.scalars(select(Membership).where(Membership.account_id == account.id)).one()


def by_operations(settings: Settings) -> dict[str, Any]:
    return {"by": Actor.SYSTEM, "actor": OPERATOR_AT_THE_CONSOLE, "settings": settings, "now": NOW}


def remove_administrator(session: Session, settings: Settings, account: Account, organisation_id: Any) -> None:
    memberships.remove_administrator(
        session,
        account_id=account.id,
        organisation_id=organisation_id,
        actor=OPERATOR_AT_THE_CONSOLE,
        settings=settings,
        now=NOW,
    )


def test_an_ended_membership_says_since_when_and_is_written_down(session: Session, settings: Settings) -> None:
    account = a_member(session, an_organisation(session))
    membership = membership_of(session, account)

    memberships.end(session, membership.id, ground="left", **by_operations(settings))

    assert (membership.status, membership.valid_to) == ("ended", NOW)
    (event,) = events(session, "membership.ended")
    assert (event.actor, event.subject_id, event.ground) == ("console", membership.id, "left")
    with pytest.raises(NotFound):
        memberships.end(session, membership.id, **by_operations(settings))


@pytest.mark.req("R30")
def test_with_the_last_post_the_kind_of_role_is_free_again(session: Session, settings: Settings) -> None:
    body = a_control_body(session, "AE-BIO-149", "AF-BIO-149")
    account = an_account(session)
    held = [a_membership(session, account, post) for post in body.posts]
    session.add(RoleKindHold(account_id=account.id, environment="production", kind="control_body"))
    session.flush()

    kinds = []
    for membership in held:
        memberships.end(session, membership.id, **by_operations(settings))
        kinds.append(held_kind(session, account_id=account.id, environment=Environment.PRODUCTION))

    assert kinds == ["control_body", None]


def test_with_the_last_post_goes_the_right_of_an_administrator(session: Session, settings: Settings) -> None:
    body = a_control_body(session, "AE-BIO-149", "AF-BIO-149")
    account = an_account(session)
    an_administrator(session, account, body)
    held = [a_membership(session, account, post) for post in body.posts]

    rights = []
    for membership in held:
        memberships.end(session, membership.id, **by_operations(settings))
        rights.append(session.scalar(select(Administrator.account_id)))

    assert rights == [account.id, None]
    assert len(events(session, "administrator.removed")) == 1


LOSSES = ["end", "suspend", "remove_administrator"]


def lose(session: Session, settings: Settings, how: str, account: Account, organisation_id: Any) -> None:
    if how == "remove_administrator":
        remove_administrator(session, settings, account, organisation_id)
    else:
        verb = {"end": memberships.end, "suspend": memberships.suspend}[how]
        verb(session, membership_of(session, account).id, **by_operations(settings))


@pytest.mark.req("S34")
@pytest.mark.parametrize("how", LOSSES)
def test_when_the_last_administrator_goes_open_requests_are_routed_again_at_once(
    session: Session, settings: Settings, how: str
) -> None:
    operator = an_organisation(session)
    chief = one_in_charge(session, operator)
    a_commission(session)
    role_requests = [a_routed_request(session, settings, operator.posts[0]) for _ in range(2)]

    lose(session, settings, how, chief, operator.id)

    assert mails(session, "decide") == sorted([COMMISSION] * 2 + [chief.email] * 2)
    for role_request in role_requests:
        open_ones = [one.mailbox for one in assignments_of(session, role_request) if one.closed_at is None]
        assert open_ones == [COMMISSION]


@pytest.mark.req("S34")
@pytest.mark.parametrize("how", ["end", "suspend"])
def test_when_the_last_member_of_the_national_authority_goes_its_mailbox_is_asked(
    session: Session, settings: Settings, how: str
) -> None:
    cca = a_cca(session, mailbox_email="office@authority.example")
    member = a_member(session, cca)
    a_routed_request(session, settings, an_organisation(session).posts[0])

    lose(session, settings, how, member, cca.id)

    assert mails(session, "decide") == sorted(["office@authority.example", member.email])


@pytest.mark.req("S34")
def test_while_another_recipient_lives_nobody_new_is_asked(session: Session, settings: Settings) -> None:
    operator = an_organisation(session)
    chief, other = (one_in_charge(session, operator) for _ in range(2))
    a_commission(session)
    a_routed_request(session, settings, operator.posts[0])

    remove_administrator(session, settings, chief, operator.id)

    assert mails(session, "decide") == sorted([chief.email, other.email])


@pytest.mark.req("S33")
def test_a_suspended_member_speaks_for_the_authority_again_once_that_is_lifted(
    session: Session, settings: Settings
) -> None:
    cca = a_cca(session, mailbox_email="office@authority.example")
    member = a_member(session, cca)
    membership = membership_of(session, member)
    memberships.suspend(session, membership.id, **by_operations(settings))
    role_request = a_routed_request(session, settings, an_organisation(session).posts[0])

    memberships.lift(session, membership.id, by=Actor.APPROVER, actor="account:x", now=NOW)

    (recipient,) = living_recipients(session, office=cca, as_own_organisation=False)
    assert (membership.status, recipient.account) == ("valid", member)
    to_route = session.scalars(select(OutboxRow.subject_id).where(OutboxRow.task == Task.ROUTE_ROLE_REQUESTS)).all()
    assert to_route == [role_request.id]


def test_the_system_lifts_no_suspension(session: Session, settings: Settings) -> None:
    membership = membership_of(session, a_member(session, an_organisation(session)))
    memberships.suspend(session, membership.id, **by_operations(settings))

    with pytest.raises(WrongActor):
        memberships.lift(session, membership.id, by=Actor.SYSTEM, actor="system", now=NOW)


def test_nobody_can_take_what_is_not_there(session: Session, settings: Settings) -> None:
    account = a_member(session, operator := an_organisation(session))

    with pytest.raises(NotFound):
        remove_administrator(session, settings, account, operator.id)
    with pytest.raises(NotFound):
        memberships.end(session, account.id, **by_operations(settings))
