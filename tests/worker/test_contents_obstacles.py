from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from shared.models import Administrator, Assignment, DecisionChallenge, Email, EmailChange, Link, RoleRequest
from shared.services.email_changes import cancel_change
from shared.services.role_request_verdict import Decision
from shared.settings import Settings
from shared.tokens import Keyring
from tests.builders_decisions import token_for
from tests.builders_mails import CAUSES, Town, a_town
from tests.conftest import NOW
from worker.contents import Contents
from worker.obstacles import ready_to_send

TEN_MINUTES = timedelta(minutes=10)


@pytest.fixture
def town(session: Session, settings: Settings) -> Town:
    return a_town(session, settings)


def hand_over(town: Town, email: Email, *, after: timedelta = timedelta(0)) -> Contents | None:
    return ready_to_send(town.session, email, settings=town.settings, now=NOW + after)


def challenge_of(town: Town, email: Email) -> DecisionChallenge:
    return town.session.get_one(DecisionChallenge, email.challenge_id)


@pytest.mark.req("S25")
def test_the_ten_minutes_of_a_code_start_with_the_hand_over(town: Town) -> None:
    email = CAUSES["code"](town)

    hand_over(town, email, after=timedelta(hours=1))

    assert challenge_of(town, email).expires_at == NOW + timedelta(hours=1) + TEN_MINUTES


@pytest.mark.req("S25")
def test_a_second_attempt_gives_the_same_code_ten_minutes_again(town: Town) -> None:
    email = CAUSES["code"](town)
    first = hand_over(town, email)

    second = hand_over(town, email, after=timedelta(minutes=9))

    assert first is not None
    assert second is not None
    assert second["code"] == first["code"]
    assert challenge_of(town, email).expires_at == NOW + timedelta(minutes=19)


@pytest.mark.req("S25")
def test_a_code_past_its_ten_minutes_is_not_mailed_again(town: Town) -> None:
    email = CAUSES["code"](town)
    hand_over(town, email)

    assert hand_over(town, email, after=TEN_MINUTES) is None
    assert (email.state, email.reason) == ("obsolete", "its code is expired")
    assert challenge_of(town, email).expires_at == NOW + TEN_MINUTES


@pytest.mark.req("S25")
def test_a_used_code_is_not_mailed(town: Town) -> None:
    email = CAUSES["code"](town)
    challenge_of(town, email).used_at = NOW

    assert hand_over(town, email) is None
    assert (email.state, email.reason) == ("obsolete", "its code is used")
    assert challenge_of(town, email).expires_at is None


@pytest.mark.req("S25", "S46")
def test_a_code_whose_key_was_taken_away_is_not_mailed(town: Town) -> None:
    email = CAUSES["code"](town)
    other = replace(town, settings=replace(town.settings, keyring=Keyring((b"another-key-that-is-long-enough-0002",))))

    assert hand_over(other, email) is None
    assert (email.state, email.reason) == ("obsolete", "the key of its link or code was taken away")


@pytest.mark.req("S25", "S33")
@pytest.mark.parametrize("template", ["decide", "reminder", "code"])
def test_nobody_is_asked_who_may_not_decide_any_more(town: Town, template: str) -> None:
    email = CAUSES[template](town)
    town.session.get_one(Assignment, email.assignment_id).closed_at = NOW

    assert hand_over(town, email) is None
    assert (email.state, email.reason) == ("obsolete", "its recipient is not asked any more")


@pytest.mark.req("S25")
def test_a_link_that_was_locked_is_not_mailed_again(town: Town) -> None:
    email = CAUSES["decide"](town)
    town.session.get_one(Link, email.link_id).locked_at = NOW

    assert hand_over(town, email) is None
    assert (email.state, email.reason) == ("obsolete", "its link is locked")


@pytest.mark.req("R71")
@pytest.mark.parametrize("template", ["decide", "code"])
def test_the_question_is_not_mailed_once_somebody_decided(town: Town, template: str) -> None:
    email = CAUSES[template](town)
    role_request = town.session.get_one(RoleRequest, email.role_request_id)
    other = token_for(town.session, town.settings, role_request, town.other_approver)
    town.decides(role_request, Decision.ACCEPT, token=other)

    assert hand_over(town, email) is None
    assert email.state == "obsolete"


@pytest.mark.req("R71")
def test_the_closing_line_goes_to_whoever_is_not_asked_any_more(town: Town) -> None:
    email = CAUSES["closed"](town)

    assert hand_over(town, email) is not None
    assert email.state == "waiting"


@pytest.mark.req("S46", "R73")
@pytest.mark.parametrize("template", ["decide", "reminder"])
def test_an_approver_whose_link_lost_its_key_gets_the_same_mail_with_a_new_link(town: Town, template: str) -> None:
    email = CAUSES[template](town)
    late = timedelta(days=8)
    other = replace(town, settings=replace(town.settings, keyring=Keyring((b"another-key-that-is-long-enough-0002",))))

    assert hand_over(other, email, after=late) is None

    renewed = town.mail(template, town.approver)
    assert email.state == "obsolete"
    assert renewed.id != email.id
    assert renewed.link_id != email.link_id
    assert hand_over(other, renewed, after=late) is not None


@pytest.mark.req("R73")
def test_an_approver_with_a_newer_link_gets_no_third_one(town: Town) -> None:
    CAUSES["reminder"](town)
    first = town.mail("decide", town.approver)
    hand_over(town, first)

    assert hand_over(town, first, after=timedelta(days=31)) is None
    assert first.reason == "its link is expired"
    assert town.session.scalar(select(func.count()).where(Link.assignment_id == first.assignment_id)) == 2


def test_a_mail_about_rows_that_are_gone_is_obsolete(town: Town) -> None:
    email = CAUSES["outcome"](town)
    email.context = email.context | {"item_ids": [str(uuid4())]}

    assert hand_over(town, email) is None
    assert (email.state, email.reason) == ("obsolete", "what it is about is gone")


def test_a_new_name_is_not_told_to_whoever_is_no_longer_in_charge(town: Town) -> None:
    email = CAUSES["name-changed"](town)
    town.session.delete(town.session.get_one(Administrator, (town.administrator.id, town.operator.id)))
    town.session.flush()

    assert hand_over(town, email) is None
    assert email.state == "obsolete"


@pytest.mark.req("R21", "S4")
@pytest.mark.parametrize("template", ["confirm-address", "address-in-use", "approve-address"])
def test_the_ninety_minutes_of_a_change_of_address_start_with_the_hand_over_whoever_has_it(
    town: Town, template: str
) -> None:
    email = CAUSES[template](town)

    hand_over(town, email, after=timedelta(hours=1))

    assert town.session.get_one(Link, email.link_id).expires_at == NOW + timedelta(hours=1, minutes=90)


@pytest.mark.req("R22")
@pytest.mark.parametrize("template", ["confirm-address", "address-in-use", "approve-address"])
def test_a_mail_about_a_change_of_address_that_comes_too_late_is_written_anew_with_a_link_that_lives(
    town: Town, template: str
) -> None:
    email = CAUSES[template](town)
    hand_over(town, email)

    assert hand_over(town, email, after=timedelta(minutes=90)) is None

    assert (email.state, email.reason) == ("obsolete", "its link is expired")
    town.session.flush()
    newer = town.session.scalars(select(Email).where(Email.template == template, Email.id != email.id)).one()
    assert (newer.recipient, newer.account_id, newer.state) == (email.recipient, email.account_id, "waiting")
    change = town.session.scalars(select(EmailChange)).one()
    assert newer.link_id in {change.old_link_id, change.new_link_id}
    assert email.link_id not in {change.old_link_id, change.new_link_id}
    assert hand_over(town, newer, after=timedelta(minutes=90)) is not None


@pytest.mark.parametrize("template", ["confirm-address", "approve-address"])
def test_a_change_of_address_that_was_taken_back_is_not_asked_about(town: Town, template: str) -> None:
    email = CAUSES[template](town)
    cancel_change(town.session, town.applicant.id, now=NOW)
    town.session.expire_all()

    assert hand_over(town, email) is None
    assert (email.state, email.reason) == ("obsolete", "its link is superseded")
