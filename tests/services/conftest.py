"""People and requests that several tests of services are about."""

import pytest
from sqlalchemy.orm import Session

from shared.models import Account, Assignment, Link, Organisation, RoleRequest
from shared.settings import Settings
from tests.builders import an_account, an_organisation
from tests.builders_decisions import (
    Case,
    a_cca,
    a_routed_request,
    newest_link,
    one_in_charge,
    open_assignment_of,
    token_for,
)


@pytest.fixture
def operator(session: Session) -> Organisation:
    return an_organisation(session)


@pytest.fixture
def chief(session: Session, operator: Organisation) -> Account:
    """The administrator of the operator."""
    return one_in_charge(session, operator, email="chief@colzagro.example")


@pytest.fixture
def role_request(session: Session, settings: Settings, operator: Organisation, chief: Account) -> RoleRequest:
    """A request for the operator's post, which only its administrator was asked about."""
    return a_routed_request(session, settings, operator.posts[0])


@pytest.fixture
def token(session: Session, settings: Settings, role_request: RoleRequest, chief: Account) -> str:
    """The token in the administrator's mail."""
    return token_for(session, settings, role_request, chief)


@pytest.fixture
def chief_of_operator(session: Session) -> tuple[Account, Organisation]:
    operator = an_organisation(session, name="Colzagro")
    return one_in_charge(session, operator, email="chief@colzagro.example"), operator


@pytest.fixture
def case(session: Session, settings: Settings, chief_of_operator: tuple[Account, Organisation]) -> Case:
    """A request that the administrator and the mailbox of a national authority were asked about."""
    chief, operator = chief_of_operator
    a_cca(session, name="Central Authority", mailbox_email="office@authority.example")
    role_request = a_routed_request(session, settings, operator.posts[0])
    return role_request, chief, token_for(session, settings, role_request, chief)


@pytest.fixture
def helga(session: Session) -> Account:
    """Somebody of the helpdesk."""
    return an_account(session, email="helga@helpdesk.example")


@pytest.fixture
def ann(session: Session) -> Account:
    return an_account(session, email="ann@alpro.example", username="Ann.Peeters", username_key="ann.peeters")


@pytest.fixture
def assignment(session: Session, settings: Settings) -> Assignment:
    """A national authority's mailbox is asked about an operator's post."""
    a_cca(session, mailbox_email="office@authority.example")
    return open_assignment_of(session, a_routed_request(session, settings, an_organisation(session).posts[0]))


@pytest.fixture
def link(session: Session, assignment: Assignment) -> Link:
    """The one in its mail."""
    return newest_link(session, assignment.id)
