from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.domain.environments import Environment
from shared.models import Administrator, OperatorActivity, OperatorDetails
from shared.services.role_request_ladder import advance
from shared.services.role_request_route import route
from shared.settings import Settings
from tests.builders import an_account, an_administrator, an_organisation
from tests.builders_decisions import a_cca, a_commission, a_routed_request, one_in_charge, shown, token_for
from tests.builders_role_requests import a_control_body, a_role_request
from tests.conftest import NOW


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
