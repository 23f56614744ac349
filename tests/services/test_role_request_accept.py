import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.messages import Task
from shared.models import Account, Administrator, Organisation, OutboxRow, Post, TracesCounter
from shared.services.role_request_accept import route_again_after_arrival
from shared.services.role_request_decide import Decided, decide
from shared.services.role_request_route import route
from shared.services.role_request_verdict import Decision
from shared.settings import Settings
from tests.builders import a_membership, an_account, an_administrator, an_organisation
from tests.builders_decisions import (
    a_cca,
    a_commission,
    a_member,
    a_routed_request,
    assignments_of,
    events,
    mails,
    newest_link,
    token_for,
    token_of,
    without_codes,
)
from tests.builders_role_requests import a_control_body
from tests.conftest import NOW


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return without_codes(settings)


@pytest.fixture(autouse=True)
def commission(session: Session) -> Organisation:
    """Whoever else is missing, the Commission's mailbox is asked."""
    return a_commission(session)


def decided(
    session: Session,
    settings: Settings,
    *posts: Post,
    applicant: Account | None = None,
    decision: Decision = Decision.ACCEPT,
    grant: bool | None = None,
) -> Account:
    """Somebody whose request for these posts was decided from the Commission's mailbox."""
    role_request = a_routed_request(session, settings, *posts, applicant=applicant)
    outcome = decide(
        session,
        token=token_for(session, settings, role_request),
        decision=decision,
        reason="No." if decision is Decision.REJECT else None,
        decider_name="Maria Rossi",
        grant_administrator=grant,
        settings=settings,
        now=NOW,
    )
    assert isinstance(outcome, Decided)
    return role_request.account


def administrators_of(session: Session, organisation: Organisation) -> list[Account]:
    return list(
        session.scalars(select(Account).join(Administrator).where(Administrator.organisation_id == organisation.id))
    )


@pytest.mark.req("R46")
def test_acceptance_makes_a_new_operator_valid_with_the_next_number_of_its_country_and_environment(
    session: Session, settings: Settings
) -> None:
    for country, environment, number in (("BE", "production", 7), ("BE", "training", 90), ("NL", "production", 80)):
        an_organisation(session, country=country, environment=environment, traces_number=f"{country}-ORG-OP-{number}")
    operators = [an_organisation(session, status="new") for _ in range(2)]

    for operator in operators:
        decided(session, settings, operator.posts[0])

    assert [(one.status, one.traces_number, one.reference) for one in operators] == [
        ("valid", "BE-ORG-OP-8", "BE-ORG-OP-8"),
        ("valid", "BE-ORG-OP-9", "BE-ORG-OP-9"),
    ]


@pytest.mark.req("R46")
def test_a_number_that_reference_data_took_meanwhile_is_passed_over(session: Session, settings: Settings) -> None:
    session.add(TracesCounter(environment="production", country="BE", last=4))
    an_organisation(session, traces_number="BE-ORG-OP-5")
    an_organisation(session, reference="BE-ORG-OP-6")
    operator = an_organisation(session, status="new")

    decided(session, settings, operator.posts[0])

    assert operator.traces_number == "BE-ORG-OP-7"


@pytest.mark.req("R46")
def test_rejection_of_the_request_rejects_the_new_operator_and_gives_no_number(
    session: Session, settings: Settings
) -> None:
    operator = an_organisation(session, status="new")

    applicant = decided(session, settings, operator.posts[0], decision=Decision.REJECT)

    assert (operator.status, operator.traces_number) == ("rejected", None)
    assert administrators_of(session, operator) == []
    assert mails(session, "outcome") == [applicant.email]


def test_rejection_leaves_an_operator_alone_that_was_valid_before(session: Session, settings: Settings) -> None:
    operator = an_organisation(session)

    decided(session, settings, operator.posts[0], decision=Decision.REJECT)

    assert operator.status == "valid"


@pytest.mark.req("S30")
def test_the_first_person_is_administrator_only_from_the_acceptance_on(session: Session, settings: Settings) -> None:
    body = a_control_body(session, "AE-BIO-149", "AF-BIO-149", country=None)
    role_request = a_routed_request(session, settings, *body.posts)
    before = administrators_of(session, body)

    decide(
        session,
        token=token_for(session, settings, role_request),
        decision=Decision.ACCEPT,
        decider_name="Maria Rossi",
        settings=settings,
        now=NOW,
    ).or_raise()

    assert (before, administrators_of(session, body)) == ([], [role_request.account])


@pytest.mark.parametrize(("grant", "expected"), [(None, [True, False]), (True, [True, True]), (False, [False, False])])
def test_the_tick_rules_over_who_becomes_administrator(
    session: Session, settings: Settings, grant: bool | None, expected: list[bool]
) -> None:
    operator = an_organisation(session)
    role_requests = [a_routed_request(session, settings, operator.posts[0]) for _ in range(2)]
    for role_request in role_requests:
        # By the Commission's mailbox, also for the second, whom the first could decide by now.
        decide(
            session,
            token=token_for(session, settings, role_request),
            decision=Decision.ACCEPT,
            decider_name="Maria Rossi",
            grant_administrator=grant,
            settings=settings,
            now=NOW,
        ).or_raise()

    assert [one.account in administrators_of(session, operator) for one in role_requests] == expected


def test_nobody_becomes_administrator_by_a_rejection(session: Session, settings: Settings) -> None:
    operator = an_organisation(session)

    decided(session, settings, operator.posts[0], decision=Decision.REJECT, grant=True)

    assert administrators_of(session, operator) == []
    (event,) = events(session, "role_request.rejected")
    assert event.details["administrator_of"] == []


@pytest.mark.parametrize("there", ["administrator", "member", "suspended member"])
def test_where_somebody_is_already_nobody_is_the_first_person(session: Session, settings: Settings, there: str) -> None:
    operator = an_organisation(session)
    # Disabled, so that the Commission is asked and not this person.
    somebody = an_account(session, disabled_at=NOW)
    if there == "administrator":
        an_administrator(session, somebody, operator)
    else:
        a_membership(session, somebody, operator.posts[0], status="valid" if there == "member" else "suspended")

    applicant = decided(session, settings, operator.posts[0])

    assert applicant not in administrators_of(session, operator)


def test_administrators_are_counted_for_each_organisation_of_a_request(session: Session, settings: Settings) -> None:
    empty, full = an_organisation(session), an_organisation(session)
    an_administrator(session, an_account(session, disabled_at=NOW), full)

    applicant = decided(session, settings, empty.posts[0], full.posts[0])

    assert applicant in administrators_of(session, empty)
    assert applicant not in administrators_of(session, full)


@pytest.mark.req("R7")
def test_being_first_in_training_says_nothing_about_production(session: Session, settings: Settings) -> None:
    production, training = (an_organisation(session, environment=name) for name in ("production", "training"))
    an_administrator(session, an_account(session, disabled_at=NOW), training)

    applicant = decided(session, settings, production.posts[0])

    assert administrators_of(session, production) == [applicant]


@pytest.mark.req("S34")
def test_what_the_mailbox_held_comes_to_the_first_person_of_an_authority(
    session: Session, settings: Settings, commission: Organisation
) -> None:
    cca = a_cca(session, mailbox_email="office@authority.example")
    waiting = a_routed_request(session, settings, an_organisation(session).posts[0])
    role_request = a_routed_request(session, settings, cca.posts[0])
    (by_commission,) = [one for one in assignments_of(session, role_request) if one.office_id == commission.id]
    decide(
        session,
        token=token_of(settings, newest_link(session, by_commission.id)),
        decision=Decision.ACCEPT,
        decider_name="Maria Rossi",
        settings=settings,
        now=NOW,
    ).or_raise()

    to_route = session.scalars(select(OutboxRow.subject_id).where(OutboxRow.task == Task.ROUTE_ROLE_REQUESTS)).all()
    assert to_route == [waiting.id]
    (new,) = route(session, waiting.id, settings=settings, now=NOW)
    assert new.account_id == role_request.account_id


@pytest.mark.req("R67")
def test_a_new_administrator_is_asked_about_colleagues_who_wait_already(session: Session, settings: Settings) -> None:
    operator = an_organisation(session)
    waiting = a_routed_request(session, settings, operator.posts[0])

    decided(session, settings, operator.posts[0])

    to_route = session.scalars(select(OutboxRow.subject_id).where(OutboxRow.task == Task.ROUTE_ROLE_REQUESTS)).all()
    assert to_route == [waiting.id]


@pytest.mark.req("S34", "R7")
def test_whoever_arrives_may_be_the_one_that_a_request_without_anybody_waits_for(
    session: Session, settings: Settings, commission: Organisation
) -> None:
    commission.mailbox_email = None
    stranded = a_routed_request(session, settings, an_organisation(session).posts[0])
    a_routed_request(session, settings, an_organisation(session, environment="training").posts[0])
    cca = a_cca(session)
    a_member(session, cca)

    route_again_after_arrival(session, [cca.id], arrived_as_administrator=False)

    to_route = session.scalars(select(OutboxRow.subject_id).where(OutboxRow.task == Task.ROUTE_ROLE_REQUESTS)).all()
    assert to_route == [stranded.id]
