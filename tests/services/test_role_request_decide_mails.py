import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.models import Account, Email, Organisation
from shared.services.role_request_verdict import Decision
from shared.settings import Settings
from tests.builders_decisions import Case, mails, one_in_charge, say, token_for
from tests.conftest import NOW

pytestmark = pytest.mark.usefixtures("without_codes")


@pytest.mark.req("R71")
def test_the_other_recipients_get_a_closing_line_and_whoever_decided_gets_none(
    session: Session, settings: Settings, case: Case
) -> None:
    role_request, _, token = case

    say(session, settings, token)

    assert mails(session, "closed") == ["office@authority.example"]
    assert all(assignment.closed_at == NOW for assignment in role_request.assignments)


@pytest.mark.req("R64")
def test_a_closing_line_is_not_sent_to_somebody_who_switched_it_off(
    session: Session, settings: Settings, case: Case
) -> None:
    role_request, chief, _ = case
    chief.notifications = {"closing": False}

    say(session, settings, token_for(session, settings, role_request), decider_name="Jan Peeters")

    assert mails(session, "closed") == []


def test_a_closing_line_is_not_sent_to_a_disabled_account(session: Session, settings: Settings, case: Case) -> None:
    role_request, chief, _ = case
    chief.disabled_at = NOW
    session.flush()

    say(session, settings, token_for(session, settings, role_request), decider_name="Jan Peeters")

    assert mails(session, "closed") == []


@pytest.mark.req("R64")
def test_other_administrators_hear_of_their_new_colleague_unless_they_switched_it_off(
    session: Session, settings: Settings, case: Case, chief_of_operator: tuple[Account, Organisation]
) -> None:
    _, _, token = case
    _, operator = chief_of_operator
    one_in_charge(session, operator, email="told@colzagro.example")
    one_in_charge(session, operator, email="off@colzagro.example", notifications={"colleague_joined": False})
    one_in_charge(session, operator, email="gone@colzagro.example", disabled_at=NOW)

    say(session, settings, token)

    assert mails(session, "colleague-joined") == ["told@colzagro.example"]


def test_no_mail_and_no_event_holds_what_was_typed(session: Session, settings: Settings, case: Case) -> None:
    _, _, token = case

    say(session, settings, token, Decision.REJECT, reason="A secret reason")

    contexts = [mail.context for mail in session.scalars(select(Email))]
    assert "secret" not in str(contexts)
