from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.domain.errors import CodeRequired
from shared.models import Account, Organisation, RememberedBrowser, RoleRequest
from shared.services.remembered_browsers import remember, revoke
from shared.services.role_request_decide import Decided, Undecided
from shared.services.role_request_verdict import Decision
from shared.settings import Settings, StepUp
from tests.builders import an_account, an_organisation
from tests.builders_decisions import (
    a_cca,
    a_commission,
    a_routed_request,
    events,
    mailed_code,
    open_assignment_of,
    press,
    token_for,
)
from tests.builders_role_requests import a_control_body
from tests.conftest import NOW

HOUR = timedelta(hours=1)


def with_code(session: Session, settings: Settings, token: str, *, now: datetime = NOW, **more: Any) -> Decided:
    """Press, read the mailed code, press again with it."""
    first = press(session, settings, token, now=now, **more)
    assert isinstance(first, Undecided)
    assert isinstance(first.error, CodeRequired)
    return press(session, settings, token, now=now, code=mailed_code(session, settings, now=now), **more).or_raise()


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


def remembered_at_the_office(session: Session, role_request: RoleRequest) -> str:
    """The secret of a browser in which the Commission's mailbox, which was asked, proved itself."""
    office = open_assignment_of(session, role_request).office
    return remember(session, recipient_key=f"mailbox:{office.id}:commission@commission.example", now=NOW)


@pytest.mark.req("S25")
@pytest.mark.parametrize(("age", "is_enough"), [(12 * HOUR - timedelta(seconds=1), True), (12 * HOUR, False)])
@pytest.mark.parametrize("name", STRICT)
def test_authority_posts_and_certain_administrators_need_a_proof_of_the_last_twelve_hours(
    session: Session, settings: Settings, name: str, age: timedelta, is_enough: bool
) -> None:
    role_request, tick = a_strict_case(session, settings, name)
    secret = remembered_at_the_office(session, role_request)

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
    secret = remembered_at_the_office(session, role_request)
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
    secret = remembered_at_the_office(session, role_request)

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
    ("step_up", "is_decided"), [(StepUp.ALWAYS, False), (StepUp.REMEMBERED, True), (StepUp.NEVER, True)]
)
def test_the_setting_says_whether_a_remembered_browser_is_enough(
    session: Session, settings: Settings, *, chief: Account, token: str, step_up: StepUp, is_decided: bool
) -> None:
    secret = remember(session, recipient_key=f"account:{chief.id}", now=NOW)

    outcome = press(session, replace(settings, step_up=step_up), token, proof=secret)

    assert isinstance(outcome, Decided) is is_decided
