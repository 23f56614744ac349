from dataclasses import asdict
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.db import Database
from shared.domain.environments import Environment
from shared.domain.errors import LinkExpired, LinkLocked, LinkUnknown, NotAnApprover, OwnRequest
from shared.models import Administrator, Base, OperatorActivity, OperatorDetails
from shared.services.decision_lookup import lookup
from shared.services.decision_shown import Concluded, ToDecide
from shared.services.role_request_decide import decide
from shared.services.role_request_ladder import advance
from shared.services.role_request_route import route
from shared.services.role_request_verdict import Decision
from shared.services.role_request_withdraw import withdraw
from shared.settings import Settings
from tests.builders import an_account, an_administrator, an_organisation
from tests.builders_decisions import (
    a_cca,
    a_commission,
    a_member,
    a_routed_request,
    newest_link,
    one_in_charge,
    open_assignment_of,
    token_for,
    without_codes,
)
from tests.builders_role_requests import a_control_body, a_role_request
from tests.conftest import NOW


def shown(session: Session, settings: Settings, token: str) -> ToDecide:
    view = lookup(session, token, settings=settings, now=NOW)
    assert isinstance(view, ToDecide)
    return view


@pytest.mark.req("R73")
def test_a_recipient_sees_who_asks_for_what_and_why_it_came_here(session: Session, settings: Settings) -> None:
    operator = an_organisation(session, name="Colzagro", address="Kortemarkstraat 8", traces_number="BE-ORG-OP-4")
    one_in_charge(session, operator)
    a_cca(session, name="Vlaams Gewest", mailbox_email="office@authority.example")
    applicant = an_account(session, email="lotte@colzagro.example", first_name="Lotte", last_name="Claes")
    role_request = a_role_request(
        session,
        applicant,
        operator.posts[0],
        status="submitted",
        message="Test demonstration",
        contact_email="name@domain.example",
        contact_phone="+32 02 123456",
    )
    route(session, role_request.id, settings=settings, now=NOW)

    view = shown(session, settings, token_for(session, settings, role_request))

    assert (view.applicant.first_name, view.applicant.last_name, view.applicant.email) == (
        "Lotte",
        "Claes",
        "lotte@colzagro.example",
    )
    assert (view.message, view.contact_email, view.contact_phone) == (
        "Test demonstration",
        "name@domain.example",
        "+32 02 123456",
    )
    (item,) = view.items
    assert (item.name, item.address, item.traces_number, item.status) == (
        "Colzagro",
        "Kortemarkstraat 8",
        "BE-ORG-OP-4",
        "waiting",
    )
    (reason,) = view.reasons
    assert (reason.rule, reason.organisation, reason.country) == ("operator_country", "Colzagro", "BE")
    assert str(reason) == (
        "Colzagro is an operator in Belgium, and the national authority of that country may decide on requests for"
        " its operators."
    )
    assert (view.office, view.recipient, view.also_asked) == (
        "Vlaams Gewest",
        "office@authority.example",
        ("Colzagro",),
    )
    assert (view.environment, view.version, view.asks_decider_name) == (Environment.PRODUCTION, 1, True)
    assert (view.submitted_at, view.since, view.due) == (NOW, NOW, NOW + timedelta(days=14))


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


@pytest.mark.req("R17", "S39")
@pytest.mark.parametrize(
    ("first_name", "last_name", "email", "warnings"),
    [
        ("Ann", "Peeters", "ann@firm.example", (("Latin",), False, False, False)),
        ("Ann", "P\u0435eters", "ann@firm.example", (("Cyrillic", "Latin"), True, False, False)),
        ("Мария", "Иванова", "maria@firm.example", (("Cyrillic",), False, False, False)),
        ("Aalst Customs", "Authority", "ann@firm.example", (("Latin",), False, True, False)),
        ("Ann", "Peeters", "info@firm.example", (("Latin",), False, False, True)),
    ],
)
def test_what_is_odd_about_the_applicant_is_flagged(
    session: Session,
    settings: Settings,
    *,
    first_name: str,
    last_name: str,
    email: str,
    warnings: tuple[tuple[str, ...], bool, bool, bool],
) -> None:
    a_cca(session, mailbox_email="office@authority.example")
    applicant = an_account(session, first_name=first_name, last_name=last_name, email=email)
    role_request = a_routed_request(session, settings, an_organisation(session).posts[0], applicant=applicant)

    person = shown(session, settings, token_for(session, settings, role_request)).applicant

    assert warnings == (
        person.name_scripts,
        person.name_mixes_scripts,
        person.looks_like_organisation,
        person.is_role_mailbox,
    )


@pytest.mark.req("R46")
def test_a_new_operator_is_shown_with_what_was_typed_and_with_its_look_alikes(
    session: Session, settings: Settings
) -> None:
    a_cca(session, mailbox_email="office@authority.example")
    certifier = a_control_body(session, name="Certisys")
    twin = an_organisation(session, name="Colzagro", look_alike_key="colzagro", traces_number="BE-ORG-OP-4")
    new = an_organisation(session, name="Colzagro bvba", look_alike_key="colzagro", status="new")
    session.add_all(
        [
            OperatorDetails(
                organisation_id=new.id, city="Lichtervelde", eori="BE0456123789", email="x@colzagro.example"
            ),
            OperatorActivity(
                organisation_id=new.id, activity="ORGANIC_IMPORTER", control_body_id=certifier.id, valid_from=NOW
            ),
        ]
    )
    session.flush()
    session.expire(new)
    role_request = a_routed_request(session, settings, new.posts[0])

    view = shown(session, settings, token_for(session, settings, role_request))

    assert view.new_operator is not None
    assert (view.new_operator.city, view.new_operator.eori, view.new_operator.email) == (
        "Lichtervelde",
        "BE0456123789",
        "x@colzagro.example",
    )
    (activity,) = view.new_operator.activities
    assert (activity.activity, activity.control_body, activity.valid_from) == ("ORGANIC_IMPORTER", "Certisys", NOW)
    assert [(one.id, one.traces_number, one.eori) for one in view.look_alikes] == [(twin.id, "BE-ORG-OP-4", None)]
    assert str(view.reasons[0]).startswith("Colzagro bvba is a new operator in Belgium.")


def test_a_valid_operator_has_no_look_alikes(session: Session, settings: Settings) -> None:
    a_cca(session, mailbox_email="office@authority.example")
    role_request = a_routed_request(session, settings, an_organisation(session).posts[0])

    view = shown(session, settings, token_for(session, settings, role_request))

    assert (view.new_operator, view.look_alikes) == (None, ())


@pytest.mark.req("R68", "R69")
@pytest.mark.parametrize(
    ("who", "rules"),
    [
        ("chief", ["own_organisation", "border_control_post_country"]),
        ("commission", ["central_authority", "nobody_below"]),
    ],
)
def test_each_organisation_of_a_request_has_its_own_reason(
    session: Session, settings: Settings, who: str, rules: list[str]
) -> None:
    a_commission(session)
    cca, post_of_bcp = a_cca(session), an_organisation(session, kind="authority").posts[0]
    if who == "commission":
        cca.takes_requests = False
    else:
        one_in_charge(session, cca)
    role_request = a_routed_request(session, settings, cca.posts[0], post_of_bcp)
    account = None if who == "commission" else session.scalars(select(Administrator)).one().account

    view = shown(session, settings, token_for(session, settings, role_request, account))

    assert [reason.rule for reason in view.reasons] == rules


@pytest.mark.req("R73")
def test_the_reason_of_an_office_that_joined_later_says_so(session: Session, settings: Settings) -> None:
    a_cca(session, mailbox_email="office@authority.example")
    a_commission(session)
    role_request = a_routed_request(session, settings, an_organisation(session).posts[0])
    advance(session, settings=settings, now=NOW + timedelta(days=14))
    token = token_for(session, settings, role_request)

    (reason,) = shown(session, settings, token).reasons

    assert reason.rule == "next_level"


@pytest.mark.parametrize("is_first", [True, False])
def test_the_administrators_tick_stands_as_it_would_be_decided(
    session: Session, settings: Settings, is_first: bool
) -> None:
    a_commission(session)
    operator = an_organisation(session)
    if not is_first:
        an_administrator(session, an_account(session, disabled_at=NOW), operator)
    role_request = a_routed_request(session, settings, operator.posts[0])

    view = shown(session, settings, token_for(session, settings, role_request))

    assert view.administrator_is_default is is_first


def test_the_tick_is_not_set_where_it_would_make_an_administrator_beside_another(
    session: Session, settings: Settings
) -> None:
    a_commission(session)
    empty, full = an_organisation(session), an_organisation(session)
    an_administrator(session, an_account(session, disabled_at=NOW), full)
    role_request = a_routed_request(session, settings, empty.posts[0], full.posts[0])

    view = shown(session, settings, token_for(session, settings, role_request))

    assert view.administrator_is_default is False


@pytest.mark.req("S25")
@pytest.mark.parametrize(
    ("kind", "acceptance", "tick"),
    [("operator", False, False), ("control_body", False, True), ("authority", True, True)],
)
def test_what_will_need_a_fresh_proof_is_announced(
    session: Session, settings: Settings, kind: str, acceptance: bool, tick: bool
) -> None:
    a_commission(session)
    role_request = a_routed_request(session, settings, an_organisation(session, kind=kind).posts[0])

    view = shown(session, settings, token_for(session, settings, role_request))

    assert (view.acceptance_needs_fresh_proof, view.administrator_needs_fresh_proof) == (acceptance, tick)


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
