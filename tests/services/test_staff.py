import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.domain.errors import NotFound
from shared.models import AuditEvent, Staff
from shared.services import staff
from shared.services.staff import Duty
from tests.builders import an_account
from tests.conftest import NOW

ANN = "ann@people.example"


def duties(session: Session) -> set[str]:
    return set(session.scalars(select(Staff.duty)))


@pytest.mark.parametrize("duty", list(Duty))
def test_a_duty_is_given_and_taken(session: Session, duty: Duty) -> None:
    an_account(session, email=ANN)

    given = staff.add(session, email="ANN@people.example", duty=duty, now=NOW)
    assert (given.since, duties(session)) == (NOW, {duty.value})

    staff.remove(session, email=ANN, duty=duty, now=NOW)
    assert duties(session) == set()


def test_one_person_may_have_both_duties_and_lose_one(session: Session) -> None:
    an_account(session, email=ANN)
    for duty in Duty:
        staff.add(session, email=ANN, duty=duty, now=NOW)

    staff.remove(session, email=ANN, duty=Duty.OPERATIONS, now=NOW)

    assert duties(session) == {"helpdesk"}


def test_giving_a_duty_again_changes_nothing(session: Session) -> None:
    an_account(session, email=ANN)
    for _ in range(2):
        staff.add(session, email=ANN, duty=Duty.HELPDESK, now=NOW)

    assert [event.action for event in session.scalars(select(AuditEvent))] == ["staff.added"]


def test_giving_and_taking_a_duty_are_audited(session: Session) -> None:
    account = an_account(session, email=ANN)

    staff.add(session, email=ANN, duty=Duty.HELPDESK, now=NOW)
    staff.remove(session, email=ANN, duty=Duty.HELPDESK, now=NOW)

    events = session.scalars(select(AuditEvent)).all()
    assert {event.action for event in events} == {"staff.added", "staff.removed"}
    assert {(event.actor, event.subject_id, event.environment) for event in events} == {("console", account.id, None)}
    assert [event.details for event in events] == [{"duty": "helpdesk"}] * 2


def test_a_duty_that_is_not_there_cannot_be_taken(session: Session) -> None:
    an_account(session, email=ANN)

    with pytest.raises(NotFound, match="does not have the duty helpdesk"):
        staff.remove(session, email=ANN, duty=Duty.HELPDESK, now=NOW)


@pytest.mark.parametrize("state", [{"disabled_at": NOW}, {"password_hash": None}])
def test_whoever_cannot_log_in_gets_no_duty(session: Session, state: dict[str, object]) -> None:
    an_account(session, email=ANN, **state)

    with pytest.raises(NotFound):
        staff.add(session, email=ANN, duty=Duty.OPERATIONS, now=NOW)


def test_a_stranger_gets_no_duty_and_is_not_named(session: Session) -> None:
    with pytest.raises(NotFound) as caught:
        staff.add(session, email=ANN, duty=Duty.OPERATIONS, now=NOW)

    assert "ann" not in str(caught.value)
