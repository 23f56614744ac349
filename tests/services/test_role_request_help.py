import uuid

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.domain.errors import NotFound
from shared.models import Assignment, DecisionChallenge, Link, RoleRequest
from shared.services.decision_codes import Answer, mail_code, redeem
from shared.services.role_request_help import route_again, stand_still, unlock
from shared.settings import Settings
from tests.builders import an_account, an_organisation
from tests.builders_decisions import a_cca, a_routed_request, events, mailed_code, newest_link, open_assignment_of
from tests.builders_reference import routed_again
from tests.builders_role_requests import a_role_request
from tests.conftest import NOW

BOUND = bytes(range(32))


@pytest.fixture
def locked(session: Session, settings: Settings) -> Link:
    """A decide link through which ten wrong codes came."""
    a_cca(session, mailbox_email="office@authority.example")
    assignment = open_assignment_of(session, a_routed_request(session, settings, an_organisation(session).posts[0]))
    link = newest_link(session, assignment.id)
    mail_code(session, assignment, bound=BOUND, keyring=settings.keyring, now=NOW)
    mailed_code(session, settings)
    for _ in range(10):
        redeem(session, "no", assignment=assignment, link=link, bound=BOUND, keyring=settings.keyring, now=NOW)
    assert link.locked_at == NOW
    return link


@pytest.mark.req("S25")
def test_a_link_that_was_unlocked_takes_ten_tries_again(session: Session, settings: Settings, locked: Link) -> None:
    unlock(session, locked.id, now=NOW)

    assignment = open_assignment_of(session, _request_of(session, locked))
    answer = redeem(session, "no", assignment=assignment, link=locked, bound=BOUND, keyring=settings.keyring, now=NOW)
    assert answer is Answer.WRONG
    assert sum(session.scalars(select(DecisionChallenge.wrong_tries))) == 1
    (event,) = events(session, "decision.link_unlocked")
    assert (event.subject_id, event.actor) == (locked.id, "console")


def test_a_link_that_is_not_locked_is_not_unlocked(session: Session, locked: Link) -> None:
    unlock(session, locked.id, now=NOW)

    for link_id in (locked.id, uuid.uuid4()):
        with pytest.raises(NotFound, match="no locked link"):
            unlock(session, link_id, now=NOW)


@pytest.mark.req("S34")
def test_a_request_is_routed_again_and_that_is_recorded(session: Session) -> None:
    request = a_role_request(session, an_account(session), an_organisation(session).posts[0])

    route_again(session, request.id, now=NOW)

    assert routed_again(session) == [request.id]
    assert [event.subject_id for event in events(session, "role_request.routed_again")] == [request.id]


def test_a_closed_request_is_not_routed_again(session: Session) -> None:
    request = a_role_request(session, an_account(session), an_organisation(session).posts[0])
    request.status = "closed"

    for request_id in (request.id, uuid.uuid4()):
        with pytest.raises(NotFound, match="no open request"):
            route_again(session, request_id, now=NOW)


@pytest.mark.req("S34")
def test_what_needs_a_person_is_listed_with_the_id_that_mends_it(
    session: Session, settings: Settings, locked: Link
) -> None:
    nobody = a_routed_request(session, settings, an_organisation(session, country="DE").posts[0])

    found = {(one.what, one.id) for one in stand_still(session)}

    assert found == {("locked", locked.id), ("nobody", nobody.id)}


def _request_of(session: Session, link: Link) -> RoleRequest:
    return session.get_one(Assignment, link.assignment_id).role_request
