from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.db import Database
from shared.domain.environments import Environment
from shared.models import Account, Link, Organisation, OutboxRow, RoleRequest
from shared.services.role_kinds import held_kind
from shared.services.role_request_ladder import advance
from shared.services.role_request_route import reroute
from shared.settings import Settings
from tests.builders import an_organisation
from tests.builders_decisions import (
    a_cca,
    a_commission,
    a_routed_request,
    assignments_of,
    events,
    mails,
    one_in_charge,
    open_assignment_of,
)
from tests.conftest import NOW

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
OFFICE, CHIEF, COMMISSION = "office@authority.example", "chief@colzagro.example", "commission@commission.example"


@pytest.fixture
def operator(session: Session) -> Organisation:
    return an_organisation(session)


@pytest.fixture
def chief(session: Session, operator: Organisation) -> Account:
    return one_in_charge(session, operator, email=CHIEF)


@pytest.fixture
def role_request(session: Session, settings: Settings, operator: Organisation, chief: Account) -> RoleRequest:
    """A request that an administrator and a national authority were asked about at NOW."""
    a_cca(session, mailbox_email=OFFICE)
    a_commission(session)
    return a_routed_request(session, settings, operator.posts[0])


def at(session: Session, settings: Settings, *ages: timedelta) -> int:
    return sum(advance(session, settings=settings, now=NOW + age) for age in ages)


def test_nothing_happens_before_its_time(session: Session, settings: Settings, role_request: RoleRequest) -> None:
    assert at(session, settings, timedelta(0), 7 * DAY - SECOND) == 0
    assert mails(session, "reminder") == []


def test_a_request_that_cannot_be_moved_holds_up_no_other(
    session: Session, settings: Settings, role_request: RoleRequest
) -> None:
    odd = a_routed_request(session, settings, an_organisation(session).posts[0])
    odd.items[0].post.kind = "nonsense"
    session.flush()

    assert at(session, settings, 7 * DAY) == 1

    assert set(mails(session, "reminder")) == {OFFICE, CHIEF}


def test_after_seven_days_every_recipient_is_reminded_with_a_fresh_link(
    session: Session, settings: Settings, role_request: RoleRequest
) -> None:
    before = {link.id for link in session.scalars(select(Link))}

    at(session, settings, 7 * DAY)

    assert mails(session, "reminder") == [CHIEF, OFFICE]
    fresh = [link for link in session.scalars(select(Link)) if link.id not in before]
    assert {link.assignment_id for link in fresh} == {one.id for one in assignments_of(session, role_request)}
    assert role_request.next_step_at == NOW + 14 * DAY


@pytest.mark.req("R64")
def test_a_reminder_is_not_sent_to_somebody_who_switched_it_off(
    session: Session, settings: Settings, role_request: RoleRequest, chief: Account
) -> None:
    chief.notifications = {"reminder": False}

    at(session, settings, 7 * DAY)

    assert mails(session, "reminder") == [OFFICE]


@pytest.mark.req("S34")
def test_after_fourteen_days_the_commission_joins_and_the_others_stay(
    session: Session, settings: Settings, role_request: RoleRequest
) -> None:
    at(session, settings, 7 * DAY, 14 * DAY)

    assert mails(session, "decide") == [CHIEF, COMMISSION, OFFICE]
    assert all(one.closed_at is None for one in assignments_of(session, role_request))
    (joined,) = [one for one in assignments_of(session, role_request) if one.mailbox == COMMISSION]
    assert (joined.rule, joined.step, joined.since) == ("next_level", 1, NOW + 14 * DAY)
    assert {one.due for one in assignments_of(session, role_request)} == {NOW + 30 * DAY}
    assert role_request.next_step_at == NOW + 30 * DAY


@pytest.mark.req("R72")
def test_after_thirty_days_the_request_expires_with_a_mail_to_everybody(
    session: Session, settings: Settings, role_request: RoleRequest
) -> None:
    at(session, settings, 7 * DAY, 14 * DAY, 30 * DAY)

    assert (role_request.status, role_request.next_step_at) == ("closed", None)
    assert [(item.status, item.decided_at) for item in role_request.items] == [("expired", NOW + 30 * DAY)]
    assert mails(session, "expired") == [role_request.account.email]
    assert mails(session, "closed") == [CHIEF, COMMISSION, OFFICE]
    assert all(link.used_at is not None for link in session.scalars(select(Link)))
    assert held_kind(session, account_id=role_request.account_id, environment=Environment.PRODUCTION) is None


def test_expiry_rejects_the_operator_that_came_with_the_request(session: Session, settings: Settings) -> None:
    operator = an_organisation(session, status="new")
    a_routed_request(session, settings, operator.posts[0])

    at(session, settings, 30 * DAY)

    assert operator.status == "rejected"


def test_each_step_happens_once_however_often_the_ladder_runs(
    session: Session, settings: Settings, role_request: RoleRequest
) -> None:
    ages = [age for days in (7, 14, 30) for age in (days * DAY, days * DAY, days * DAY + 3 * SECOND)]

    moved = at(session, settings, *ages)

    assert moved == 3
    assert len(mails(session, "reminder")) == 2
    assert len(mails(session, "decide")) == 3
    assert len(mails(session, "expired")) == 1
    steps = [len(events(session, f"role_request.{step}")) for step in ("reminded", "escalated", "expired")]
    assert steps == [1, 1, 1]


def test_a_hop_over_two_steps_takes_both_and_reminds_only_whoever_was_asked_before(
    session: Session, settings: Settings, role_request: RoleRequest
) -> None:
    at(session, settings, 15 * DAY)

    assert mails(session, "reminder") == [CHIEF, OFFICE]
    assert mails(session, "decide") == [CHIEF, COMMISSION, OFFICE]
    assert role_request.next_step_at == NOW + 30 * DAY


def test_a_hop_over_everything_expires_at_once_and_sends_no_dead_reminder(
    session: Session, settings: Settings, role_request: RoleRequest
) -> None:
    assert at(session, settings, 40 * DAY, 41 * DAY) == 1

    assert (role_request.status, mails(session, "reminder")) == ("closed", [])
    assert COMMISSION not in mails(session, "decide")
    assert len(mails(session, "expired")) == 1


def test_where_the_commission_was_asked_from_the_start_nobody_joins(session: Session, settings: Settings) -> None:
    a_commission(session)
    role_request = a_routed_request(session, settings, an_organisation(session).posts[0])

    at(session, settings, 7 * DAY, 14 * DAY)

    assert mails(session, "decide") == [COMMISSION]
    assert role_request.escalated_at == NOW + 14 * DAY


@pytest.mark.req("S33", "S34")
def test_a_reminder_goes_to_whoever_may_decide_by_then(
    session: Session, settings: Settings, role_request: RoleRequest, chief: Account
) -> None:
    chief.disabled_at = NOW
    session.flush()

    at(session, settings, 7 * DAY)

    assert mails(session, "reminder") == [OFFICE]


def test_a_request_that_nobody_holds_gets_its_turn_too(session: Session, settings: Settings) -> None:
    role_request = a_routed_request(session, settings, an_organisation(session).posts[0])
    office = a_cca(session, mailbox_email=OFFICE)

    at(session, settings, 7 * DAY)

    assert open_assignment_of(session, role_request).office_id == office.id
    assert (mails(session, "decide"), mails(session, "reminder")) == ([OFFICE], [])


@pytest.mark.req("S34")
def test_whoever_is_routed_to_after_the_fourteenth_day_includes_the_next_level(
    session: Session, settings: Settings, role_request: RoleRequest
) -> None:
    at(session, settings, 7 * DAY, 14 * DAY)
    (joined,) = [one for one in assignments_of(session, role_request) if one.mailbox == COMMISSION]
    joined.office.mailbox_email = "new@commission.example"
    session.flush()

    reroute(session, settings=settings, now=NOW + 15 * DAY)

    assert "new@commission.example" in mails(session, "decide")


def test_a_pass_takes_no_more_than_its_limit(session: Session, settings: Settings) -> None:
    a_cca(session, mailbox_email=OFFICE)
    for _ in range(3):
        a_routed_request(session, settings, an_organisation(session).posts[0])

    passes = [advance(session, settings=settings, now=NOW + 7 * DAY, limit=2) for _ in range(3)]

    assert passes == [2, 1, 0]


def test_the_work_of_the_ladder_survives_a_commit(database: Database, settings: Settings) -> None:
    with database.transaction() as session:
        a_cca(session, mailbox_email=OFFICE)
        a_routed_request(session, settings, an_organisation(session).posts[0])
    for days in (7, 14, 30):
        with database.transaction() as session:
            assert advance(session, settings=settings, now=NOW + days * DAY) == 1

    with database.reading() as session:
        assert session.scalars(select(RoleRequest.status)).one() == "closed"
        assert len(session.scalars(select(OutboxRow)).all()) == 4
