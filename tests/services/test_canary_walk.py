from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from shared import clock
from shared.domain.canary import LONGEST_STAGE, Outcome, Stage
from shared.domain.environments import Environment
from shared.domain.role_requests import RequestStatus
from shared.messages import Task
from shared.models import Account, AuditEvent, CanaryWalk, Email, Link, OutboxRow, RoleRequest
from shared.services import canary_prune, canary_walk, role_request_route
from shared.services.authorities_search import search_authorities
from shared.services.operators_search import search_operators
from shared.settings import Settings
from tests.builders_decisions import a_commission
from tests.conftest import NOW

MAILBOX = "canary@ops.example"


@pytest.fixture
def watched(settings: Settings) -> Settings:
    """Settings of an installation with a canary, and with all limits."""
    return replace(settings, canary_email=MAILBOX, rate_limits=True)


def step(session: Session, settings: Settings) -> int:
    moved = canary_walk.walk(session, settings=settings, now=NOW)
    session.flush()
    return moved


def send_mails(session: Session, settings: Settings) -> list[str]:
    """What the worker does between two steps: route what was asked for, and hand over every mail."""
    routing = select(OutboxRow.subject_id).where(OutboxRow.task == Task.ROUTE_ROLE_REQUESTS)
    for role_request_id in session.scalars(routing).all():
        role_request_route.route(session, role_request_id, settings=settings, now=NOW)
    session.flush()
    waiting = session.scalars(select(Email).where(Email.state == "waiting").order_by(Email.created_at)).all()
    for email in waiting:
        email.state = "sent"
        if email.link_id:
            session.get_one(Link, email.link_id).expires_at = NOW + timedelta(minutes=90)
    session.flush()
    return [email.template for email in waiting]


def all_of_it(session: Session, settings: Settings) -> CanaryWalk:
    for _ in Stage:
        assert step(session, settings) == 1
        send_mails(session, settings)
    assert step(session, settings) == 1
    return session.scalars(select(CanaryWalk)).one()


def later(session: Session, delay: timedelta) -> None:
    """Let the walk under way be that much older."""
    walk = session.scalars(select(CanaryWalk)).one()
    walk.stage_since -= delay
    session.flush()


def test_a_walk_goes_from_sign_up_to_expiry_by_mails_alone(session: Session, watched: Settings):
    a_commission(session, environment="training")
    assert step(session, watched) == 1
    assert step(session, watched) == 0, "it waits for its mail"
    assert send_mails(session, watched) == ["password"]

    assert step(session, watched) == 1
    assert sorted(send_mails(session, watched)) == ["decide", "request-received"]
    assert step(session, watched) == 1
    assert "expired" in send_mails(session, watched)
    assert step(session, watched) == 1

    walk = session.scalars(select(CanaryWalk)).one()
    assert walk.outcome == Outcome.DONE
    assert session.get_one(RoleRequest, walk.role_request_id).status == RequestStatus.CLOSED


def test_nobody_but_the_canary_is_ever_written_to(session: Session, watched: Settings):
    a_commission(session, environment="training")

    walk = all_of_it(session, watched)

    own = session.get_one(Account, walk.account_id).email
    assert own.startswith(f"canary+{walk.number}-")
    assert set(session.scalars(select(Email.recipient))) == {MAILBOX, own}


def test_all_its_rows_are_marked(session: Session, watched: Settings):
    walk = all_of_it(session, watched)

    assert session.get_one(Account, walk.account_id).is_canary
    assert set(session.scalars(select(Email.is_canary))) == {True}


def test_a_walk_whose_mail_does_not_go_fails_at_its_stage(session: Session, watched: Settings):
    step(session, watched)
    later(session, LONGEST_STAGE)

    assert step(session, watched) == 1

    walk = session.scalars(select(CanaryWalk)).one()
    assert (walk.outcome, walk.stage) == (Outcome.FAILED, Stage.PASSWORD_MAIL)


def test_a_walk_that_cannot_go_on_fails_and_is_not_the_last(session: Session, watched: Settings):
    step(session, watched)
    send_mails(session, watched)
    session.scalars(select(Link)).one().expires_at = NOW

    assert step(session, watched) == 1

    walk = session.scalars(select(CanaryWalk)).one()
    assert (walk.outcome, walk.stage) == (Outcome.FAILED, Stage.PASSWORD_MAIL)
    walk.number -= 1
    session.flush()
    assert step(session, watched) == 1, "the next one begins"


def test_nothing_on_record_is_dated_ahead(session: Session, watched: Settings):
    all_of_it(session, watched)

    assert max(session.scalars(select(AuditEvent.at))) == NOW
    assert max(session.scalars(select(Email.created_at))) == NOW


def test_within_the_same_five_minutes_there_is_one_walk(session: Session, watched: Settings):
    all_of_it(session, watched)

    assert step(session, watched) == 0


def test_without_a_mailbox_nothing_walks(session: Session, settings: Settings):
    assert canary_walk.walk(session, settings=settings, now=NOW) == 0
    assert session.scalar(select(func.count()).select_from(CanaryWalk)) == 0


def test_its_offices_are_in_no_search(session: Session, watched: Settings):
    all_of_it(session, watched)

    operators = search_operators(session, environment=Environment.TRAINING)
    authorities = search_authorities(session, environment=Environment.TRAINING)
    assert [*operators.items, *authorities.items] == []


def test_within_a_day_nothing_of_a_walk_is_left_but_its_audit_events(session: Session, watched: Settings):
    walk = all_of_it(session, watched)
    walk.finished_at = clock.database_time(session) - timedelta(hours=13)
    session.flush()

    assert canary_prune.prune(session, settings=watched, now=NOW) == 1
    assert canary_prune.prune(session, settings=watched, now=NOW) == 0

    for model in (CanaryWalk, Account, RoleRequest, Email, OutboxRow, Link):
        assert session.scalar(select(func.count()).select_from(model)) == 0, model.__name__


def test_a_walk_of_today_is_left_for_operations_to_look_at(session: Session, watched: Settings):
    all_of_it(session, watched)

    assert canary_prune.prune(session, settings=watched, now=NOW) == 0
