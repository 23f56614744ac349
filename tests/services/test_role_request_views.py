from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from shared.domain.environments import Environment
from shared.domain.errors import FieldErrors, NotFound
from shared.domain.progress import Code
from shared.models import Account, Organisation, RoleRequest
from shared.services.role_request_submit import submit
from shared.services.role_request_views import RoleRequestView, get_request, list_requests
from tests.builders import an_account, an_organisation
from tests.builders_role_requests import a_control_body, a_role_request, an_assignment
from tests.conftest import NOW

PRODUCTION, TRAINING = Environment.PRODUCTION, Environment.TRAINING
DAY = timedelta(days=1)


def seen(session: Session, account: Account, role_request: RoleRequest) -> RoleRequestView:
    return get_request(session, account=account, environment=PRODUCTION, role_request_id=role_request.id)


def a_central_authority(session: Session, name: str) -> Organisation:
    return an_organisation(session, kind="authority", role="CCA", name=name, mailbox_email="office@authority.example")


@pytest.mark.req("R62")
def test_a_request_just_sent_is_seen_with_its_status_and_what_happens_next(session: Session) -> None:
    account, post = an_account(session), an_organisation(session, name="ALPRO Comm.V.A.").posts[0]
    submitted = submit(
        session, account=account, environment=PRODUCTION, now=NOW, rate_limits=True, post_ids=[post.id], message="Hello"
    )

    view = seen(session, account, submitted.role_request)

    assert (view.id, view.environment, view.status) == (submitted.role_request.id, "production", "open")
    assert [(item.post_id, item.name, item.status, item.reason) for item in view.items] == [
        (post.id, "ALPRO Comm.V.A.", "submitted", None)
    ]
    assert (view.office.code, view.next_step.code) == (Code.NOT_ROUTED_YET, Code.WILL_BE_ROUTED)
    assert (view.since, view.due) == (NOW, NOW + 14 * DAY)
    assert (view.kind, view.message) == ("operator", "Hello")
    assert [(statement.code, statement.at) for statement in view.timeline] == [(Code.SENT, NOW)]


@pytest.mark.req("R62")
def test_a_routed_request_names_its_offices_each_once_and_no_person(session: Session) -> None:
    account, approver = an_account(session), an_account(session, first_name="Berta", last_name="Quist")
    role_request = a_role_request(session, account)
    flanders, wallonia = a_central_authority(session, "Vlaams Gewest"), a_central_authority(session, "Région wallonne")
    at = NOW + timedelta(minutes=1)
    for office, person in ((flanders, approver), (flanders, an_account(session)), (wallonia, None)):
        an_assignment(session, role_request, office=office, account=person, since=at, due=NOW + 14 * DAY)

    view = seen(session, account, role_request)

    assert view.office.offices == ("Région wallonne", "Vlaams Gewest")
    assert (view.since, view.due) == (at, NOW + 14 * DAY)
    assert (view.next_step.code, view.next_step.at) == (Code.REMINDER, NOW + 7 * DAY)
    assert [(statement.code, statement.offices, statement.at) for statement in view.timeline] == [
        (Code.SENT, (), NOW),
        (Code.ASKED, ("Région wallonne", "Vlaams Gewest"), at),
    ]
    shown = repr(view)
    assert not any(word in shown for word in ("Berta", "Quist", approver.email, "office@authority.example"))


def test_a_request_that_nobody_can_decide_says_so(session: Session) -> None:
    account = an_account(session)

    view = seen(session, account, a_role_request(session, account, status="submitted", nobody_since=NOW))

    assert view.office.code is Code.NOBODY_FOUND
    assert (view.next_step.code, view.next_step.at) == (Code.EXPIRY, NOW + 30 * DAY)


def test_the_timeline_tells_of_reminder_and_next_level_in_the_order_of_time(session: Session) -> None:
    account = an_account(session)
    role_request = a_role_request(session, account, reminded_at=NOW + 7 * DAY, escalated_at=NOW + 14 * DAY)
    commission = an_organisation(session, kind="commission", name="European Commission")
    an_assignment(session, role_request, office=a_central_authority(session, "Vlaams Gewest"), since=NOW)
    an_assignment(session, role_request, office=commission, since=NOW + 14 * DAY, step=1, due=NOW + 30 * DAY)

    view = seen(session, account, role_request)

    assert view.office.offices == ("Vlaams Gewest", "European Commission")
    assert (view.next_step.code, view.next_step.at) == (Code.EXPIRY, NOW + 30 * DAY)
    assert [(statement.code, statement.offices) for statement in view.timeline] == [
        (Code.SENT, ()),
        (Code.ASKED, ("Vlaams Gewest",)),
        (Code.REMINDED, ()),
        (Code.ASKED, ("European Commission",)),
        (Code.ESCALATED, ()),
    ]


@pytest.mark.req("R62", "R72")
def test_a_decided_request_shows_outcome_reason_and_office_but_not_who_decided(session: Session) -> None:
    account, body = an_account(session), a_control_body(session, "AE-BIO-149", "AF-BIO-149")
    role_request = a_role_request(session, account, *body.posts, status="accepted")
    assignment = an_assignment(
        session, role_request, office=a_central_authority(session, "Vlaams Gewest"), closed_at=NOW + 2 * DAY
    )
    for item in role_request.items:
        item.decided_at, item.decided_by_assignment_id = NOW + 2 * DAY, assignment.id
        item.decider_name = "Berta Quist"
    role_request.items[1].status, role_request.items[1].reason = "rejected", "Not in this country."
    session.flush()

    view = seen(session, account, role_request)

    assert (view.office.code, view.office.offices) == (Code.WAS_DECIDED, ("Vlaams Gewest",))
    assert (view.since, view.due, view.next_step.code) == (NOW + 2 * DAY, None, Code.NOTHING_MORE)
    assert [(item.code, item.status, item.reason, item.decided_by) for item in view.items] == [
        (body.posts[0].code, "accepted", None, "Vlaams Gewest"),
        (body.posts[1].code, "rejected", "Not in this country.", "Vlaams Gewest"),
    ]
    assert [(statement.code, statement.offices) for statement in view.timeline[-2:]] == [
        (Code.ACCEPTED, ("Vlaams Gewest",)),
        (Code.REJECTED, ("Vlaams Gewest",)),
    ]
    assert "Quist" not in repr(view)


@pytest.mark.parametrize(
    ("status", "office", "event_code"),
    [("withdrawn", Code.WAS_WITHDRAWN, Code.WITHDRAWN), ("expired", Code.WAS_EXPIRED, Code.EXPIRED)],
)
def test_a_request_without_a_decision_says_why_it_is_over(
    session: Session, status: str, office: Code, event_code: Code
) -> None:
    account, body = an_account(session), a_control_body(session, "AE-BIO-149", "AF-BIO-149")

    view = seen(session, account, a_role_request(session, account, *body.posts, status=status))

    assert (view.status, view.office.code) == ("closed", office)
    assert [statement.code for statement in view.timeline] == [Code.SENT, event_code]


@pytest.mark.req("S26", "R7")
@pytest.mark.parametrize("whose", ["another person's", "of the other environment", "unknown"])
def test_a_request_that_is_not_ones_own_here_is_not_found(session: Session, whose: str) -> None:
    account = an_account(session)
    role_request = a_role_request(session, account)

    with pytest.raises(NotFound):
        get_request(
            session,
            account=an_account(session) if whose == "another person's" else account,
            environment=TRAINING if whose == "of the other environment" else PRODUCTION,
            role_request_id=uuid4() if whose == "unknown" else role_request.id,
        )


@pytest.mark.req("R7", "R62", "S26")
def test_the_list_holds_ones_own_requests_of_the_environment_newest_first(session: Session) -> None:
    account = an_account(session)
    older = a_role_request(session, account, status="rejected", now=NOW - DAY)
    newer = a_role_request(session, account)
    a_role_request(session, account, an_organisation(session, environment="training").posts[0])
    a_role_request(session, an_account(session))

    page = list_requests(session, account=account, environment=PRODUCTION)

    assert [view.id for view in page.items] == [newer.id, older.id]
    assert page.next_cursor is None


def test_pages_of_the_list_hold_every_request_once_even_those_of_one_moment(session: Session) -> None:
    account = an_account(session)
    sent = {a_role_request(session, account, now=NOW + number // 3 * DAY).id for number in range(7)}

    cursor, pages = None, []
    while True:
        page = list_requests(session, account=account, environment=PRODUCTION, cursor=cursor, limit=2)
        pages.append([view.id for view in page.items])
        cursor = page.next_cursor
        if cursor is None:
            break

    assert [len(ids) for ids in pages] == [2, 2, 2, 1]
    assert {id_ for ids in pages for id_ in ids} == sent


def test_a_list_that_ends_with_its_page_has_no_next_one(session: Session) -> None:
    account = an_account(session)
    for _ in range(2):
        a_role_request(session, account)

    assert list_requests(session, account=account, environment=PRODUCTION, limit=2).next_cursor is None


@pytest.mark.parametrize("cursor", ["", "x", "é", "\0", "00000000-0000-4000-8000-000000000000"])
def test_a_cursor_that_is_none_of_ours_is_refused_by_name(session: Session, cursor: str) -> None:
    with pytest.raises(FieldErrors, match="cursor"):
        list_requests(session, account=an_account(session), environment=PRODUCTION, cursor=cursor)


@pytest.mark.req("S26")
def test_the_cursor_of_another_person_is_none_of_ours(session: Session) -> None:
    cursor = str(a_role_request(session, an_account(session)).id)

    with pytest.raises(FieldErrors, match="cursor"):
        list_requests(session, account=an_account(session), environment=PRODUCTION, cursor=cursor)


def test_a_page_of_the_list_takes_the_same_few_statements_however_long_it_is(session: Session) -> None:
    account = an_account(session)
    for _ in range(20):
        an_assignment(session, a_role_request(session, account), account=an_account(session))
    session.expunge_all()
    statements: list[str] = []
    engine = session.get_bind()
    event.listen(engine, "before_cursor_execute", lambda *args: statements.append(args[2]))

    page = list_requests(session, account=account, environment=PRODUCTION)

    assert len(page.items) == 20
    assert len(statements) == 3
