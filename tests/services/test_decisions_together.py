"""Which requests may be accepted among others, and how each is told to have ended."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.orm import Session

from shared.domain.environments import Environment
from shared.models import Account, Administrator, Organisation, RoleRequest
from shared.services.decision_shown import ToDecide
from shared.services.decisions_together import Concern, End, Outcome, concerns_of, look
from shared.services.role_request_verdict import Decision
from shared.settings import Settings
from tests.builders import a_membership, an_account, an_organisation
from tests.builders_decisions import (
    a_cca,
    a_routed_request,
    one_in_charge,
    open_assignment_of,
    say,
    token_for,
    without_codes,
)
from tests.builders_role_requests import an_operator_post
from tests.conftest import NOW

Case = tuple[Account, RoleRequest]


def at_operator(session: Session, settings: Settings, **person: Any) -> Case:
    """Somebody asks for an operator that has an administrator."""
    operator = an_organisation(session)
    chief = one_in_charge(session, operator)
    return chief, a_routed_request(session, settings, operator.posts[0], applicant=an_account(session, **person))


def seen(session: Session, settings: Settings, case: Case) -> ToDecide | Outcome:
    approver, role_request = case
    assignment = open_assignment_of(session, role_request, approver)
    return look(session, approver, Environment.PRODUCTION, assignment.id, settings=settings, now=NOW)


def in_authority(session: Session, settings: Settings, *posts: Any) -> Case:
    office = a_cca(session)
    member = an_account(session)
    a_membership(session, member, office.posts[0])
    return member, a_routed_request(session, settings, *posts)


def _first_person(session: Session, settings: Settings) -> Case:
    return in_authority(session, settings, an_operator_post(session))


def _look_alike(session: Session, settings: Settings) -> Case:
    an_organisation(session, name="Colzagro", look_alike_key="colzagro")
    return in_authority(session, settings, an_operator_post(session, name="Colzagro", status="new"))


def _authority(session: Session, settings: Settings) -> Case:
    authority = a_cca(session)
    chief = one_in_charge(session, authority)
    return chief, a_routed_request(session, settings, authority.posts[0])


CASES: list[tuple[Callable[[Session, Settings], Case], set[Concern]]] = [
    (at_operator, set()),
    (
        lambda session, settings: at_operator(session, settings, last_name="\N{CYRILLIC CAPITAL LETTER ES}laes"),
        {Concern.SCRIPTS},
    ),
    (lambda session, settings: at_operator(session, settings, last_name="GmbH"), {Concern.ORGANISATION_NAME}),
    (lambda session, settings: at_operator(session, settings, email="info@x.example"), {Concern.SHARED_MAILBOX}),
    (_first_person, {Concern.ADMINISTRATOR}),
    (_look_alike, {Concern.LOOK_ALIKE, Concern.ADMINISTRATOR}),
    (_authority, {Concern.FRESH_PROOF}),
]


@pytest.mark.req("S25", "S39")
@pytest.mark.parametrize(("make", "concerns"), CASES)
def test_what_has_to_be_looked_at_by_itself_is_named_with_the_reason(
    session: Session, settings: Settings, make: Callable[[Session, Settings], Case], concerns: set[Concern]
) -> None:
    shown = seen(session, settings, make(session, settings))

    assert isinstance(shown, ToDecide)
    assert set(concerns_of(shown)) == concerns


@pytest.mark.req("R71")
def test_what_another_office_decided_is_told_with_office_and_time(session: Session, settings: Settings) -> None:
    operator = an_organisation(session)
    chief = one_in_charge(session, operator)
    a_cca(session, name="Central Authority", mailbox_email="office@authority.example")
    role_request = a_routed_request(session, settings, operator.posts[0])
    assignment = open_assignment_of(session, role_request, chief)
    rejected_by_mailbox(session, settings, role_request)

    outcome = look(session, chief, Environment.PRODUCTION, assignment.id, settings=settings, now=NOW)

    assert isinstance(outcome, Outcome)
    assert (outcome.end, outcome.office, outcome.at) == (End.DECIDED_BEFORE, "Central Authority", NOW)
    assert outcome.statuses == ("rejected",)


def rejected_by_mailbox(session: Session, settings: Settings, role_request: RoleRequest) -> None:
    token = token_for(session, settings, role_request)
    say(session, without_codes(settings), token, Decision.REJECT, reason="Not ours.", decider_name="Jan")


@pytest.mark.req("S26", "S33")
def test_somebody_who_was_not_asked_or_lost_the_right_is_shown_nothing(
    session: Session, settings: Settings, operator: Organisation, chief: Account, role_request: RoleRequest
) -> None:
    assignment = open_assignment_of(session, role_request, chief)

    def end(account: Account) -> Any:
        shown = look(session, account, Environment.PRODUCTION, assignment.id, settings=settings, now=NOW)
        return shown.end if isinstance(shown, Outcome) else shown

    assert end(an_account(session)) is End.UNREACHABLE
    assert isinstance(end(chief), ToDecide)
    session.delete(session.get_one(Administrator, (chief.id, operator.id)))
    session.flush()
    assert end(chief) is End.NOT_ALLOWED
