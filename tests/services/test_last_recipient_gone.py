"""Whoever decides last goes: what is open never waits for nobody, not even until housekeeping looks (S34)."""

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from shared.domain.environments import Environment
from shared.models import Account, Organisation
from shared.services import administrators
from shared.services.accounts import disable_account
from shared.services.mailboxes import set_mailbox
from shared.services.role_request_route import route
from shared.settings import Settings
from tests.builders import an_organisation
from tests.builders_decisions import a_cca, a_commission, a_member, a_routed_request, assignments_of, one_in_charge
from tests.builders_reference import routed_again
from tests.conftest import NOW

PRODUCTION = Environment.PRODUCTION


def route_what_was_queued(session: Session, settings: Settings) -> None:
    """What the worker does as soon as the relay has told it."""
    for role_request_id in routed_again(session):
        route(session, role_request_id, settings=settings, now=NOW)


def offices_asked(session: Session, role_request) -> list[str]:
    return [one.office.kind for one in assignments_of(session, role_request) if one.closed_at is None]


@pytest.mark.req("S34")
def test_when_the_last_member_of_an_authority_is_disabled_the_commission_is_asked(session: Session, settings: Settings):
    a_commission(session)
    last = a_member(session, a_cca(session), email="last@authority.example")
    request = a_routed_request(session, settings, an_organisation(session).posts[0])
    assert offices_asked(session, request) == ["authority"]

    disable_account(session, last.email, now=NOW)
    route_what_was_queued(session, settings)

    assert offices_asked(session, request) == ["commission"]


def _remove_right(session: Session, last: Account, office: Organisation) -> None:
    administrators.remove(session, email=last.email, organisation=office.reference, environment=PRODUCTION, now=NOW)


def _disable(session: Session, last: Account, _office: Organisation) -> None:
    disable_account(session, last.email, now=NOW)


@pytest.mark.req("S34", "R67")
@pytest.mark.parametrize("go", [_remove_right, _disable])
def test_when_the_last_administrator_of_an_operator_goes_the_authority_holds_it_and_is_not_asked_twice(
    session: Session, settings: Settings, go: Callable[[Session, Account, Organisation], None]
):
    cca = a_cca(session, mailbox_email="office@authority.example")
    operator = an_organisation(session)
    last = one_in_charge(session, operator, email="last@operator.example")
    request = a_routed_request(session, settings, operator.posts[0])
    assert sorted(offices_asked(session, request)) == ["authority", "operator"]

    go(session, last, operator)
    route_what_was_queued(session, settings)

    assert offices_asked(session, request) == ["authority"]
    assert [one.mailbox for one in assignments_of(session, request) if one.office_id == cca.id] == [cca.mailbox_email]


@pytest.mark.req("S34")
def test_when_nobody_is_left_anywhere_the_request_says_so_and_the_first_who_comes_is_asked(
    session: Session, settings: Settings
):
    commission = a_commission(session, mailbox_email=None)
    cca = a_cca(session, reference="BE0001")
    last = a_member(session, cca, email="last@authority.example")
    request = a_routed_request(session, settings, an_organisation(session).posts[0])
    disable_account(session, last.email, now=NOW)
    route_what_was_queued(session, settings)
    assert request.nobody_since == NOW

    set_mailbox(
        session, organisation=commission.reference, email="eva@commission.example", environment=PRODUCTION, now=NOW
    )
    route(session, request.id, settings=settings, now=NOW)

    assert request.nobody_since is None
    assert [one.office_id for one in assignments_of(session, request) if one.closed_at is None] == [commission.id]
