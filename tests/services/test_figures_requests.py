from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from shared import clock
from shared.domain.environments import Environment
from shared.domain.links import LinkPurpose
from shared.domain.routing import OfficeKind
from shared.models import Account, RoleRequest
from shared.services.figures_requests import (
    locked_links,
    name_requests_without_recipient,
    requests_overdue,
    requests_without_recipient,
    waiting_by_country,
    waiting_requests,
)
from shared.services.links import new_link
from shared.settings import Settings
from tests.builders import an_account, an_organisation
from tests.builders_decisions import a_cca, a_commission
from tests.builders_role_requests import a_role_request, an_assignment

PRODUCTION, TRAINING = Environment.PRODUCTION, Environment.TRAINING
DAY = timedelta(days=1)


def a_request(
    session: Session,
    *countries: str | None,
    days_old: int = 0,
    environment: Environment = PRODUCTION,
    by: Account | None = None,
) -> RoleRequest:
    """An open request for an operator in each of the countries."""
    posts = [
        an_organisation(session, country=country, environment=environment).posts[0] for country in countries or ("BE",)
    ]
    return a_role_request(session, by or an_account(session), *posts, now=clock.now(session) - days_old * DAY)


def waiting(session: Session) -> set[tuple[str, str, str, int]]:
    return {(one.environment, one.country, one.office, one.requests) for one in waiting_requests(session)}


def test_a_request_is_counted_at_every_kind_of_office_that_was_asked(session: Session) -> None:
    request = a_request(session)
    an_assignment(session, request, office=request.items[0].post.organisation, rule="own_organisation")
    an_assignment(session, request, office=a_cca(session), rule="operator_country")
    an_assignment(session, request, office=a_commission(session), rule="next_level")

    assert waiting(session) == {(PRODUCTION, "BE", kind, 1) for kind in OfficeKind}


def test_several_people_of_one_kind_of_office_make_one_request_of_it(session: Session) -> None:
    request = a_request(session)
    for _ in range(3):
        an_assignment(session, request, office=a_cca(session))

    assert waiting(session) == {(PRODUCTION, "BE", OfficeKind.NATIONAL_AUTHORITY, 1)}


def test_the_country_is_that_of_the_organisation_asked_about(session: Session) -> None:
    commission = a_commission(session)
    for country in ("CH", None):
        an_assignment(session, a_request(session, country), office=commission, rule="outside_union")

    assert waiting(session) == {
        (PRODUCTION, "CH", OfficeKind.COMMISSION, 1),
        (PRODUCTION, "none", OfficeKind.COMMISSION, 1),
    }


def test_environments_are_counted_apart(session: Session) -> None:
    for environment in Environment:
        an_assignment(session, a_request(session, environment=environment))

    assert {one[0] for one in waiting(session)} == {PRODUCTION, TRAINING}


def test_the_oldest_is_as_old_as_its_request(session: Session) -> None:
    cca = a_cca(session)
    an_assignment(session, a_request(session, days_old=9), office=cca, since=clock.now(session))
    an_assignment(session, a_request(session, days_old=2), office=cca)

    (found,) = waiting_requests(session)
    assert (found.requests, found.oldest) == (2, pytest.approx(9 * 86_400))


def test_what_is_decided_or_no_longer_asked_waits_for_nobody(session: Session) -> None:
    an_assignment(session, a_request(session), closed_at=clock.now(session))
    decided = a_request(session)
    an_assignment(session, decided)
    decided.items[0].status = "accepted"
    session.flush()

    assert waiting(session) == set()


def test_by_country_a_request_counts_once_whatever_offices_were_asked(session: Session) -> None:
    for days_old in (3, 5):
        request = a_request(session, "BE", "NL", days_old=days_old)
        an_assignment(session, request, office=a_cca(session))
        an_assignment(session, request, office=request.items[0].post.organisation, rule="own_organisation")
    an_assignment(session, a_request(session, "NL"), office=a_cca(session))

    found = [(one.country, one.requests, one.oldest) for one in waiting_by_country(session)]

    assert found == [("NL", 3, pytest.approx(5 * 86_400)), ("BE", 2, pytest.approx(5 * 86_400))]


def test_requests_that_nobody_can_decide_are_counted_and_named(session: Session) -> None:
    a_request(session)
    first, second = a_request(session), a_request(session)
    first.nobody_since, second.nobody_since = clock.now(session) - DAY, clock.now(session)
    session.flush()

    assert requests_without_recipient(session) == {PRODUCTION: 2, TRAINING: 0}
    assert [named for named, _ in name_requests_without_recipient(session)] == [first.id, second.id]


def test_a_request_is_overdue_when_the_ladder_has_stood_still_for_five_minutes(session: Session) -> None:
    now = clock.now(session)
    for late in (timedelta(minutes=6), timedelta(minutes=4), -DAY):
        a_request(session).next_step_at = now - late
    session.flush()

    assert requests_overdue(session) == {PRODUCTION: 1, TRAINING: 0}


@pytest.mark.req("S25")
def test_a_locked_link_counts_while_its_recipient_is_asked(session: Session, settings: Settings) -> None:
    now = clock.now(session)
    asked = an_assignment(session, a_request(session))
    over = an_assignment(session, a_request(session), closed_at=now)
    for assignment, locked_at in ((asked, None), (asked, now), (over, now)):
        link = new_link(
            session, purpose=LinkPurpose.DECIDE, keyring=settings.keyring, now=now, assignment_id=assignment.id
        )
        link.locked_at = locked_at
    session.flush()

    assert locked_links(session) == 1


def test_the_canarys_requests_are_left_out(session: Session) -> None:
    request = a_request(session, by=an_account(session, is_canary=True))
    an_assignment(session, request)
    request.nobody_since, request.next_step_at = clock.now(session), clock.now(session) - DAY
    session.flush()

    assert waiting(session) == set()
    assert sum(requests_without_recipient(session).values()) == 0
    assert sum(requests_overdue(session).values()) == 0
    assert list(name_requests_without_recipient(session)) == []
