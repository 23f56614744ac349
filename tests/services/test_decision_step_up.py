from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from shared.db import Database
from shared.domain.errors import CodeRequired, CodeWrong, LinkLocked, OwnRequest
from shared.models import Account, Email, Link, Organisation, RememberedBrowser, RoleRequest
from shared.services.remembered_browsers import remember, revoke
from shared.services.role_request_decide import Decided, Undecided, decide
from shared.services.role_request_verdict import Decision
from shared.settings import Settings, StepUp
from tests.builders import an_account, an_organisation
from tests.builders_decisions import (
    a_cca,
    a_commission,
    a_routed_request,
    events,
    mailed_code,
    mails,
    one_in_charge,
    open_assignment_of,
    token_for,
)
from tests.builders_role_requests import a_control_body
from tests.conftest import NOW

HOUR = timedelta(hours=1)


@pytest.fixture
def operator(session: Session) -> Organisation:
    return an_organisation(session)


@pytest.fixture
def chief(session: Session, operator: Organisation) -> Account:
    return one_in_charge(session, operator, email="chief@colzagro.example")


@pytest.fixture
def role_request(session: Session, settings: Settings, operator: Organisation, chief: Account) -> RoleRequest:
    return a_routed_request(session, settings, operator.posts[0])


@pytest.fixture
def token(session: Session, settings: Settings, role_request: RoleRequest, chief: Account) -> str:
    return token_for(session, settings, role_request, chief)


def press(session: Session, settings: Settings, token: str, *, now: datetime = NOW, **more: Any) -> Decided | Undecided:
    values: dict[str, Any] = {"token": token, "decision": Decision.ACCEPT, "settings": settings, "now": now}
    return decide(session, **values | more)


def with_code(session: Session, settings: Settings, token: str, *, now: datetime = NOW, **more: Any) -> Decided:
    """Press, read the mailed code, press again with it."""
    first = press(session, settings, token, now=now, **more)
    assert isinstance(first, Undecided)
    assert isinstance(first.error, CodeRequired)
    return press(session, settings, token, now=now, code=mailed_code(session, settings, now=now), **more).or_raise()


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
def test_with_the_code_the_decision_counts_and_the_browser_is_remembered(
    session: Session,
    settings: Settings,
    *,
    role_request: RoleRequest,
    operator: Organisation,
    chief: Account,
    token: str,
) -> None:
    decided = with_code(session, settings, token)

    assert role_request.items[0].status == "accepted"
    (event,) = events(session, "role_request.accepted")
    assert event.details["proof"] == "code"
    following = a_routed_request(session, settings, operator.posts[0])
    later = press(
        session, settings, token_for(session, settings, following, chief), proof=decided.decider_secret
    ).or_raise()
    assert (following.items[0].status, later.decider_secret) == ("accepted", None)


@pytest.mark.req("S25", "S2")
def test_only_a_hash_of_the_remembered_secret_is_stored(session: Session, settings: Settings, token: str) -> None:
    decided = with_code(session, settings, token)

    row = session.scalars(select(RememberedBrowser)).one()
    assert decided.decider_secret is not None
    assert len(decided.decider_secret) == 43
    assert decided.decider_secret.encode() not in row.secret_hash
    assert len(row.secret_hash) == 32


@pytest.mark.req("S25")
@pytest.mark.parametrize(
    ("days", "is_known"), [(timedelta(days=30) - timedelta(seconds=1), True), (timedelta(days=30), False)]
)
def test_a_browser_is_remembered_for_thirty_days(
    session: Session, settings: Settings, *, chief: Account, token: str, days: timedelta, is_known: bool
) -> None:
    secret = remember(session, recipient_key=f"account:{chief.id}", now=NOW)

    outcome = press(session, settings, token, proof=secret, now=NOW + days)

    assert isinstance(outcome, Decided) is is_known


@pytest.mark.req("S25")
@pytest.mark.parametrize("secret_of", ["another recipient", "a revoked browser", "nobody"])
def test_a_secret_counts_only_for_its_recipient_and_until_it_is_revoked(
    session: Session, settings: Settings, chief: Account, token: str, secret_of: str
) -> None:
    key = f"account:{chief.id}"
    secret = "x" * 43
    if secret_of != "nobody":
        recipient = key if secret_of == "a revoked browser" else f"account:{an_account(session).id}"
        secret = remember(session, recipient_key=recipient, now=NOW)
        revoke(session, recipient_key=key, now=NOW)

    assert isinstance(press(session, settings, token, proof=secret), Undecided)


@pytest.mark.req("S25")
def test_a_browser_that_two_recipients_use_is_remembered_for_both(
    session: Session, settings: Settings, chief: Account, token: str
) -> None:
    keys = (f"account:{an_account(session).id}", f"account:{chief.id}")
    secrets = [remember(session, recipient_key=key, now=NOW) for key in keys]

    assert isinstance(press(session, settings, token, proof=secrets), Decided)


STRICT = ["authority post", "administrator of an authority", "administrator of a control body"]


def a_strict_case(session: Session, settings: Settings, name: str) -> tuple[RoleRequest, bool]:
    """A request to the Commission's mailbox, and whether the tick is set."""
    a_commission(session)
    if name == "administrator of a control body":
        return a_routed_request(session, settings, a_control_body(session, country="TR").posts[0]), True
    return a_routed_request(session, settings, a_cca(session).posts[0]), name != "authority post"


@pytest.mark.req("S25")
@pytest.mark.parametrize(("age", "is_enough"), [(12 * HOUR - timedelta(seconds=1), True), (12 * HOUR, False)])
@pytest.mark.parametrize("name", STRICT)
def test_authority_posts_and_certain_administrators_need_a_proof_of_the_last_twelve_hours(
    session: Session, settings: Settings, name: str, age: timedelta, is_enough: bool
) -> None:
    role_request, tick = a_strict_case(session, settings, name)
    office = open_assignment_of(session, role_request).office
    secret = remember(session, recipient_key=f"mailbox:{office.id}:commission@commission.example", now=NOW)

    outcome = press(
        session,
        settings,
        token_for(session, settings, role_request),
        proof=secret,
        grant_administrator=tick,
        decider_name="Maria Rossi",
        now=NOW + age,
    )

    assert isinstance(outcome, Decided) is is_enough


@pytest.mark.req("S25")
def test_a_code_refreshes_the_proof_of_a_remembered_browser_which_keeps_its_secret(
    session: Session, settings: Settings
) -> None:
    role_request, _ = a_strict_case(session, settings, "authority post")
    office = open_assignment_of(session, role_request).office
    secret = remember(session, recipient_key=f"mailbox:{office.id}:commission@commission.example", now=NOW)
    later = NOW + 24 * HOUR

    decided = with_code(
        session,
        settings,
        token_for(session, settings, role_request),
        now=later,
        proof=secret,
        decider_name="Maria Rossi",
    )

    row = session.scalars(select(RememberedBrowser)).one()
    assert decided.decider_secret == secret
    assert (row.proved_at, row.expires_at) == (later, later + timedelta(days=30))


@pytest.mark.req("S25")
@pytest.mark.parametrize("what", ["rejection at an authority", "administrator of an operator", "control body, no tick"])
def test_everything_else_is_good_with_an_older_proof(session: Session, settings: Settings, what: str) -> None:
    a_commission(session)
    organisation = {
        "rejection at an authority": lambda: a_cca(session),
        "administrator of an operator": lambda: an_organisation(session),
        "control body, no tick": lambda: a_control_body(session, country="TR"),
    }[what]()
    role_request = a_routed_request(session, settings, organisation.posts[0])
    office = open_assignment_of(session, role_request).office
    secret = remember(session, recipient_key=f"mailbox:{office.id}:commission@commission.example", now=NOW)

    outcome = press(
        session,
        settings,
        token_for(session, settings, role_request),
        decision=Decision.REJECT if what.startswith("rejection") else Decision.ACCEPT,
        reason="No.",
        proof=secret,
        grant_administrator=what == "administrator of an operator",
        decider_name="Maria Rossi",
        now=NOW + 13 * HOUR,
    )

    assert isinstance(outcome, Decided)


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
@pytest.mark.parametrize(
    ("step_up", "is_decided"), [(StepUp.ALWAYS, False), (StepUp.REMEMBERED, True), (StepUp.NEVER, True)]
)
def test_the_setting_says_whether_a_remembered_browser_is_enough(
    session: Session, settings: Settings, *, chief: Account, token: str, step_up: StepUp, is_decided: bool
) -> None:
    secret = remember(session, recipient_key=f"account:{chief.id}", now=NOW)

    outcome = press(session, replace(settings, step_up=step_up), token, proof=secret)

    assert isinstance(outcome, Decided) is is_decided


@pytest.mark.req("S25")
def test_with_codes_switched_off_the_link_alone_decides(session: Session, settings: Settings, token: str) -> None:
    outcome = press(session, replace(settings, step_up=StepUp.NEVER), token)

    assert isinstance(outcome, Decided)
    assert mails(session, "code") == []
