from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from shared.db import Database
from shared.domain.errors import CodeRequired, CodeWrong, LinkLocked, OwnRequest
from shared.models import Account, Email, Link, Organisation, RoleRequest
from shared.services.role_request_decide import Decided, Undecided
from shared.services.role_request_verdict import Decision
from shared.settings import Settings, StepUp
from tests.builders import an_account, an_organisation
from tests.builders_decisions import a_routed_request, events, mailed_code, mails, one_in_charge, press, token_for


@pytest.mark.req("S25")
def test_the_first_decision_in_a_browser_asks_for_a_code_and_decides_nothing(
    session: Session, settings: Settings, role_request: RoleRequest, token: str
) -> None:
    outcome = press(session, settings, token)

    assert isinstance(outcome, Undecided)
    with pytest.raises(CodeRequired):
        outcome.or_raise()
    assert mails(session, "code") == ["chief@colzagro.example"]
    assert role_request.items[0].status == "waiting"


@pytest.mark.req("S25", "S27")
def test_the_applicant_who_was_forwarded_the_mail_cannot_accept_himself(
    session: Session, settings: Settings, role_request: RoleRequest, token: str
) -> None:
    outcomes = [press(session, settings, token), press(session, settings, token, code="123456")]

    assert not any(isinstance(outcome, Decided) for outcome in outcomes)
    assert role_request.account.email not in mails(session, "code")
    assert role_request.items[0].status == "waiting"


@pytest.mark.req("S25")
def test_the_mail_says_what_the_code_is_for(
    session: Session, settings: Settings, role_request: RoleRequest, operator: Organisation, token: str
) -> None:
    press(session, settings, token, grant_administrator=True)

    (mail,) = session.scalars(select(Email).where(Email.template == "code"))
    assert mail.context == {
        "decision": "accept",
        "item_ids": [str(role_request.items[0].id)],
        "administrator_of": [str(operator.id)],
    }


@pytest.mark.req("S25")
@pytest.mark.parametrize(
    "change", [{"grant_administrator": True}, {"decision": Decision.REJECT, "reason": "No."}], ids=["tick", "reject"]
)
def test_a_code_is_good_only_for_the_decision_it_was_mailed_for(
    session: Session, settings: Settings, role_request: RoleRequest, token: str, change: dict[str, Any]
) -> None:
    press(session, settings, token)
    code = mailed_code(session, settings)

    outcome = press(session, settings, token, code=code, **change)

    assert isinstance(outcome, Undecided)
    assert isinstance(outcome.error, CodeWrong)
    assert press(session, settings, token, code=code).or_raise().items[0].status == "accepted"


@pytest.mark.req("S25")
def test_ten_wrong_codes_lock_the_link_and_the_count_outlives_every_refusal(
    database: Database, settings: Settings
) -> None:
    with database.transaction() as session:
        operator = an_organisation(session)
        chief = one_in_charge(session, operator)
        role_request = a_routed_request(session, settings, operator.posts[0])
        token = token_for(session, settings, role_request, chief)

    errors = []
    for code in (None, *["000 000 000"] * 11):
        try:
            with database.transaction() as session:
                outcome = press(session, settings, token, code=code)
            outcome.or_raise()
        except (CodeRequired, CodeWrong, LinkLocked) as error:
            errors.append(type(error))

    assert errors == [CodeRequired, *[CodeWrong] * 9, LinkLocked, LinkLocked]
    with database.reading() as session:
        assert len(events(session, "decision.link_locked")) == 1
        assert session.scalars(select(func.count()).select_from(Link).where(Link.locked_at.is_not(None))).one() == 1


@pytest.mark.req("S27")
def test_the_event_of_an_own_request_outlives_the_refusal(database: Database, settings: Settings) -> None:
    with database.transaction() as session:
        operator = an_organisation(session)
        chief = one_in_charge(session, operator)
        role_request = a_routed_request(session, settings, operator.posts[0])
        token = token_for(session, settings, role_request, chief)
        applicant_id = role_request.account_id

    with database.transaction() as session:
        outcome = press(session, settings, token, actor_account_id=applicant_id)

    with pytest.raises(OwnRequest):
        outcome.or_raise()
    with database.reading() as session:
        assert len(events(session, "role_request.own_decision_refused")) == 1


@pytest.mark.req("S25")
def test_a_recipient_who_is_logged_in_needs_no_code(
    session: Session, settings: Settings, role_request: RoleRequest, chief: Account, token: str
) -> None:
    outcome = press(session, settings, token, actor_account_id=chief.id)

    assert isinstance(outcome, Decided)
    assert outcome.decider_secret is None


@pytest.mark.req("S25")
def test_somebody_else_who_is_logged_in_needs_the_code_all_the_same(
    session: Session, settings: Settings, token: str
) -> None:
    assert isinstance(press(session, settings, token, actor_account_id=an_account(session).id), Undecided)


@pytest.mark.req("S25")
def test_with_codes_switched_off_the_link_alone_decides(session: Session, settings: Settings, token: str) -> None:
    outcome = press(session, replace(settings, step_up=StepUp.NEVER), token)

    assert isinstance(outcome, Decided)
    assert mails(session, "code") == []
