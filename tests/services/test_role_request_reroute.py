from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.models import Administrator, RoleRequest
from shared.services.role_request_route import reroute, route
from shared.settings import Settings
from tests.builders import an_account, an_organisation
from tests.builders_decisions import (
    a_cca,
    a_commission,
    a_member,
    a_routed_request,
    assignments_of,
    events,
    mails,
    one_in_charge,
    open_assignment_of,
)
from tests.builders_role_requests import a_role_request
from tests.conftest import NOW


@pytest.mark.req("S34")
def test_operations_are_told_once_when_nobody_at_all_can_decide(session: Session, settings: Settings) -> None:
    role_request = a_routed_request(session, settings, an_organisation(session).posts[0])

    route(session, role_request.id, settings=settings, now=NOW)

    assert role_request.nobody_since == NOW
    assert [event.subject_id for event in events(session, "role_request.nobody_found")] == [role_request.id]


@pytest.mark.req("S34")
def test_housekeeping_finds_whoever_came_for_a_request_that_had_nobody(session: Session, settings: Settings) -> None:
    role_request = a_routed_request(session, settings, an_organisation(session).posts[0])
    a_cca(session, mailbox_email="office@authority.example")

    reroute(session, settings=settings, now=NOW)

    assert mails(session, "decide") == ["office@authority.example"]
    assert role_request.nobody_since is None
    assert session.scalars(select(RoleRequest.nobody_since)).one() is None


@pytest.mark.req("S34")
@pytest.mark.parametrize("how", ["removed", "disabled", "no password", "mailbox changed", "a person came"])
def test_a_request_whose_recipient_is_gone_is_routed_again(session: Session, settings: Settings, how: str) -> None:
    operator = an_organisation(session)
    cca = a_cca(session, mailbox_email="old@authority.example")
    chief = one_in_charge(session, operator)
    a_commission(session)
    role_request = a_routed_request(session, settings, operator.posts[0])
    dead = open_assignment_of(session, role_request, chief)
    if how == "removed":
        session.delete(session.get_one(Administrator, (chief.id, operator.id)))
    elif how == "disabled":
        chief.disabled_at = NOW
    elif how == "no password":
        chief.password_hash = None
    else:
        dead = open_assignment_of(session, role_request)
        if how == "mailbox changed":
            cca.mailbox_email = "new@authority.example"
        else:
            a_member(session, cca, email="new@authority.example")
    session.flush()

    assert reroute(session, settings=settings, now=NOW) == 1

    assert dead.closed_at == NOW
    came = ["new@authority.example"] if how in {"mailbox changed", "a person came"} else []
    assert mails(session, "decide") == sorted([chief.email, "old@authority.example", *came])


@pytest.mark.req("S34")
def test_with_the_last_recipient_gone_the_request_goes_to_the_next_level_at_once(
    session: Session, settings: Settings
) -> None:
    operator = an_organisation(session)
    chief = one_in_charge(session, operator)
    a_commission(session)
    role_request = a_routed_request(session, settings, operator.posts[0])
    chief.disabled_at = NOW
    session.flush()

    (new,) = route(session, role_request.id, settings=settings, now=NOW)

    assert (new.mailbox, new.rule, new.step) == ("commission@commission.example", "nobody_below", 1)
    assert role_request.items[0].status == "waiting"


@pytest.mark.req("S34")
def test_housekeeping_leaves_requests_alone_whose_recipients_live(session: Session, settings: Settings) -> None:
    a_commission(session)
    operator, cca = an_organisation(session), a_cca(session)
    one_in_charge(session, operator)
    a_member(session, cca)
    a_cca(session, mailbox_email="office@authority.example")
    a_routed_request(session, settings, operator.posts[0])
    a_routed_request(session, settings, cca.posts[0])
    a_role_request(session, an_account(session), operator.posts[0], status="submitted")

    assert reroute(session, settings=settings, now=NOW) == 0


@pytest.mark.req("S34")
def test_housekeeping_comes_to_an_end_also_where_nobody_is_found(session: Session, settings: Settings) -> None:
    chief = one_in_charge(session, operator := an_organisation(session))
    a_routed_request(session, settings, operator.posts[0])
    chief.disabled_at = NOW
    session.flush()

    assert [reroute(session, settings=settings, now=NOW) for _ in range(3)] == [1, 0, 0]


def test_a_request_whose_routing_was_parked_is_routed_by_housekeeping(session: Session, settings: Settings) -> None:
    one_in_charge(session, operator := an_organisation(session))
    role_request = a_role_request(session, an_account(session), operator.posts[0], status="submitted")

    assert reroute(session, settings=settings, now=NOW + timedelta(minutes=4)) == 0
    assert reroute(session, settings=settings, now=NOW + timedelta(minutes=5)) == 1
    assert len(assignments_of(session, role_request)) == 1


@pytest.mark.req("S34")
def test_requests_that_are_known_to_have_nobody_stand_in_nobodys_way(session: Session, settings: Settings) -> None:
    alone = an_organisation(session, country="NL")
    for _ in range(5):
        a_routed_request(session, settings, alone.posts[0])
    a_cca(session, mailbox_email="office@authority.example")
    chief = one_in_charge(session, operator := an_organisation(session))
    a_routed_request(session, settings, operator.posts[0])
    chief.disabled_at = NOW
    session.flush()

    assert reroute(session, settings=settings, now=NOW, limit=1) == 1


@pytest.mark.req("S34")
def test_housekeeping_asks_again_about_an_item_that_waits_for_nobody(session: Session, settings: Settings) -> None:
    a_cca(session, mailbox_email="office@authority.example")
    role_request = a_routed_request(session, settings, an_organisation(session).posts[0])
    open_assignment_of(session, role_request).closed_at = NOW
    session.flush()

    reroute(session, settings=settings, now=NOW)

    assert open_assignment_of(session, role_request).mailbox == "office@authority.example"
