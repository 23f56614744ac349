from dataclasses import asdict
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.db import Database
from shared.domain.environments import Environment
from shared.domain.errors import LinkExpired, LinkLocked, LinkUnknown, NotAnApprover, OwnRequest
from shared.models import Base
from shared.services.decision_lookup import lookup
from shared.services.decision_shown import Concluded
from shared.services.role_request_decide import decide
from shared.services.role_request_ladder import advance
from shared.services.role_request_verdict import Decision
from shared.services.role_request_withdraw import withdraw
from shared.settings import Settings
from tests.builders import an_account, an_organisation
from tests.builders_decisions import (
    a_cca,
    a_member,
    a_routed_request,
    newest_link,
    one_in_charge,
    open_assignment_of,
    shown,
    token_for,
    without_codes,
)
from tests.builders_role_requests import a_control_body
from tests.conftest import NOW


@pytest.mark.req("S10")
def test_looking_twenty_times_changes_no_row(database: Database, settings: Settings) -> None:
    with database.transaction() as session:
        a_cca(session, mailbox_email="office@authority.example")
        role_request = a_routed_request(session, settings, an_organisation(session, status="new").posts[0])
        token = token_for(session, settings, role_request)
    before = all_rows(database)

    for _ in range(20):
        with database.transaction() as session:
            lookup(session, token, settings=settings, now=NOW)
    with database.reading() as session:
        lookup(session, token, settings=settings, now=NOW)

    assert all_rows(database) == before
    with database.transaction() as session:
        decide(
            session,
            token=token,
            decision=Decision.ACCEPT,
            decider_name="Jan Peeters",
            settings=without_codes(settings),
            now=NOW,
        ).or_raise()


def all_rows(database: Database) -> dict[str, list[Any]]:
    with database.reading() as session:
        return {
            table.name: sorted(map(str, session.execute(select(table)).all())) for table in Base.metadata.sorted_tables
        }


@pytest.mark.req("R71")
@pytest.mark.parametrize("how", ["accepted", "rejected", "withdrawn", "expired"])
def test_once_it_is_over_only_office_date_and_outcome_are_shown(session: Session, settings: Settings, how: str) -> None:
    operator = an_organisation(session, name="Colzagro")
    chief = one_in_charge(session, operator)
    a_cca(session, mailbox_email="office@authority.example")
    applicant = an_account(session, first_name="Lotte", last_name="Claes")
    role_request = a_routed_request(session, settings, operator.posts[0], applicant=applicant)
    tokens = [token_for(session, settings, role_request, chief), token_for(session, settings, role_request)]
    at = NOW + timedelta(days=30 if how == "expired" else 1)
    if how == "withdrawn":
        withdraw(
            session, account=applicant, environment=Environment.PRODUCTION, role_request_id=role_request.id, now=at
        )
    elif how == "expired":
        advance(session, settings=settings, now=at)
    else:
        decision = Decision.ACCEPT if how == "accepted" else Decision.REJECT
        decide(
            session,
            token=tokens[0],
            decision=decision,
            reason="Not known here.",
            settings=without_codes(settings),
            now=at,
        ).or_raise()

    views = [lookup(session, token, settings=settings, now=at) for token in tokens]

    office = "Colzagro" if how in {"accepted", "rejected"} else None
    expected = Concluded(environment=Environment.PRODUCTION, office=office, at=at, statuses=(how,))  # type: ignore[arg-type]
    assert views == [expected, expected]
    assert not {"Lotte", "Claes", applicant.email} & set(map(str, asdict(expected).values()))


def test_a_part_that_was_decided_is_shown_beside_what_is_still_open(session: Session, settings: Settings) -> None:
    body = a_control_body(session, "AE-BIO-149", "AF-BIO-149")
    chief = one_in_charge(session, body)
    role_request = a_routed_request(session, settings, *body.posts)
    token = token_for(session, settings, role_request, chief)
    decide(
        session,
        token=token,
        decision=Decision.REJECT,
        item_ids=[role_request.items[0].id],
        reason="Not this one.",
        settings=without_codes(settings),
        now=NOW,
    ).or_raise()

    view = shown(session, settings, token)

    assert [(item.code, item.status, item.reason) for item in view.items] == [
        ("AE-BIO-149", "rejected", "Not this one."),
        ("AF-BIO-149", "waiting", None),
    ]
    assert view.version == 2


@pytest.mark.req("R70")
def test_an_office_sees_only_the_items_it_was_asked_about(session: Session, settings: Settings) -> None:
    belgian, dutch = an_organisation(session, country="BE"), an_organisation(session, country="NL", name="Dutch")
    people = {country: a_member(session, a_cca(session, country=country)) for country in ("BE", "NL")}
    role_request = a_routed_request(session, settings, belgian.posts[0], dutch.posts[0])

    view = shown(session, settings, token_for(session, settings, role_request, people["NL"]))

    assert [item.name for item in view.items] == ["Dutch"]


@pytest.mark.req("S33")
def test_whoever_lost_the_right_sees_nothing(session: Session, settings: Settings) -> None:
    operator = an_organisation(session)
    chief = one_in_charge(session, operator)
    role_request = a_routed_request(session, settings, operator.posts[0])
    chief.disabled_at = NOW
    session.flush()

    with pytest.raises(NotAnApprover):
        lookup(session, token_for(session, settings, role_request, chief), settings=settings, now=NOW)


@pytest.mark.req("S27")
def test_the_applicant_who_is_logged_in_does_not_see_the_own_request_as_an_approver(
    session: Session, settings: Settings
) -> None:
    a_cca(session, mailbox_email="office@authority.example")
    role_request = a_routed_request(session, settings, an_organisation(session).posts[0])
    token = token_for(session, settings, role_request)

    with pytest.raises(OwnRequest):
        lookup(session, token, settings=settings, now=NOW, actor_account_id=role_request.account_id)


@pytest.mark.parametrize(("column", "error"), [("locked_at", LinkLocked), ("expires_at", LinkExpired)])
def test_a_link_that_does_not_work_shows_nothing(
    session: Session, settings: Settings, column: str, error: type[Exception]
) -> None:
    a_cca(session, mailbox_email="office@authority.example")
    role_request = a_routed_request(session, settings, an_organisation(session).posts[0])
    token = token_for(session, settings, role_request)
    setattr(newest_link(session, open_assignment_of(session, role_request).id), column, NOW)
    session.flush()

    with pytest.raises(error):
        lookup(session, token, settings=settings, now=NOW)
    with pytest.raises(LinkUnknown):
        lookup(session, token[:-1] + ("A" if token[-1] != "A" else "B"), settings=settings, now=NOW)
