"""What waits for an approver: order, pages, filters, and what it costs."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from shared.domain.environments import Environment
from shared.domain.errors import FieldErrors
from shared.domain.roles import RoleKind
from shared.models import Account, Organisation
from shared.services.decisions_waiting import Waiting, list_waiting, offices_asked, rows_of, token_to
from shared.services.search_pages import cursor_of
from shared.settings import Settings
from tests.builders import an_account, an_organisation
from tests.builders_decisions import a_cca, a_routed_request, one_in_charge, open_assignment_of
from tests.builders_role_requests import a_control_body, a_role_request, an_assignment
from tests.conftest import NOW

DAY = timedelta(days=1)


@pytest.fixture
def office(session: Session) -> Organisation:
    return a_cca(session, name="Central Authority")


@pytest.fixture
def approver(session: Session, office: Organisation) -> Account:
    return one_in_charge(session, office)


def asked(session: Session, approver: Account, office: Organisation, *, days: float = 0, **person: Any) -> Any:
    """Somebody asked for an operator so many days ago, and the approver was asked to decide."""
    post = person.pop("post", None) or an_organisation(session).posts[0]
    since = NOW - days * DAY
    role_request = a_role_request(session, an_account(session, **person), post, now=since)
    return an_assignment(session, role_request, office=office, account=approver)


def listed(session: Session, approver: Account, **filters: Any) -> Waiting:
    return list_waiting(session, approver, Environment.PRODUCTION, now=NOW, **filters)


def people(waiting: Waiting) -> list[str]:
    return [row.person for row in waiting.items]


@pytest.mark.req("R73")
def test_the_oldest_comes_first_whenever_it_is_due(session: Session, approver: Account, office: Organisation) -> None:
    for first_name, days in [("Young", 1), ("Old", 9), ("Middle", 5)]:
        one = asked(session, approver, office, days=days, first_name=first_name)
        one.due = NOW + days * DAY

    assert people(listed(session, approver)) == ["Old Peeters", "Middle Peeters", "Young Peeters"]


@pytest.mark.parametrize("name", [None, "peeters"])
def test_pages_follow_one_another_without_gap_or_repetition(
    session: Session, approver: Account, office: Organisation, name: str | None
) -> None:
    every = [asked(session, approver, office, days=number // 4).id for number in range(60)]

    seen, cursor = [], None
    for _ in range(3):
        page = listed(session, approver, limit=25, cursor=cursor, name=name)
        assert page.total == 60
        seen += [row.assignment_id for row in page.items]
        cursor = page.next_cursor

    assert len(seen) == 60
    assert set(seen) == set(every)
    assert cursor is None


@pytest.mark.req("S26")
def test_nothing_of_others_of_the_other_environment_and_of_what_is_over(
    session: Session, approver: Account, office: Organisation
) -> None:
    asked(session, one_in_charge(session, office), office)
    asked(session, approver, office).closed_at = NOW
    elsewhere = an_organisation(session, environment="training")
    role_request = a_role_request(session, an_account(session), elsewhere.posts[0])
    an_assignment(session, role_request, account=approver)

    assert listed(session, approver) == Waiting([], None, 0)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("lukasz", ["Łukasz Nowak"]),
        ("NOWAK colz", ["Łukasz Nowak"]),
        ("colzagro", ["Łukasz Nowak", "Ann Peeters"]),
        ("ann lukasz", []),
        ("%", []),
    ],
)
def test_words_are_found_in_the_names_of_person_and_organisation(
    session: Session, approver: Account, office: Organisation, name: str, found: list[str]
) -> None:
    post = an_organisation(session, name="Colzagro").posts[0]
    asked(session, approver, office, days=2, first_name="Łukasz", last_name="Nowak", post=post)
    asked(session, approver, office, days=1, post=post)
    asked(session, approver, office, first_name="Bea", post=an_organisation(session, name="Alpro").posts[0])

    waiting = listed(session, approver, name=name)

    assert people(waiting) == found
    assert waiting.total == len(found)


def test_a_word_is_found_in_any_of_the_organisations_that_are_asked_for(
    session: Session, approver: Account, office: Organisation
) -> None:
    posts = [an_organisation(session, name=name).posts[0] for name in ("Alpro", "Colzagro")]
    an_assignment(session, a_role_request(session, an_account(session), *posts), office=office, account=approver)

    (row,) = listed(session, approver, name="colzagro").items
    assert (row.first, row.others) == ("Alpro", 1)


def test_each_other_filter_narrows_the_list(session: Session, approver: Account, office: Organisation) -> None:
    other = a_cca(session, name="Another Authority")
    asked(session, approver, office, days=20, first_name="Late")
    asked(session, approver, other, days=1, first_name="Other")
    asked(session, approver, office, first_name="Body", post=a_control_body(session).posts[0])

    assert people(listed(session, approver, overdue=True)) == ["Late Peeters"]
    assert people(listed(session, approver, office=other.id)) == ["Other Peeters"]
    assert people(listed(session, approver, kind=RoleKind.CONTROL_BODY)) == ["Body Peeters"]
    assert offices_asked(session, approver, Environment.PRODUCTION) == [
        (other.id, "Another Authority"),
        (office.id, "Central Authority"),
    ]


@pytest.mark.parametrize("moment", ["2026-06-09T11:32:00", "0001-01-01T00:00:00+14:00", "never"])
def test_a_cursor_that_no_page_gave_is_refused(session: Session, approver: Account, moment: str) -> None:
    with pytest.raises(FieldErrors, match="cursor"):
        listed(session, approver, cursor=cursor_of([moment, approver.id.hex]))


@pytest.mark.parametrize("name", [None, "peeters"])
def test_the_list_costs_the_same_number_of_questions_however_much_waits(
    session: Session, approver: Account, office: Organisation, name: str | None
) -> None:
    def questions() -> int:
        session.expire_all()
        _ = approver.id
        asked_for: list[str] = []
        connection = session.connection()

        def note(*values: Any) -> None:
            asked_for.append(values[2])

        event.listen(connection, "before_cursor_execute", note)
        listed(session, approver, name=name)
        event.remove(connection, "before_cursor_execute", note)
        return len(asked_for)

    asked(session, approver, office)
    session.flush()
    with_one = questions()
    for _ in range(40):
        asked(session, approver, office)
    session.flush()

    assert questions() <= with_one


@pytest.mark.req("S26")
def test_a_token_is_given_to_the_one_who_was_asked_and_after_the_end_only_to_tell_how_it_ended(
    session: Session, settings: Settings
) -> None:
    operator = an_organisation(session)
    chief, other = one_in_charge(session, operator), an_account(session)
    assignment = open_assignment_of(session, a_routed_request(session, settings, operator.posts[0]), chief)

    def token(account: Account, **more: Any) -> str | None:
        return token_to(session, account, Environment.PRODUCTION, assignment.id, keyring=settings.keyring, **more)

    assert token(chief)
    assert token(other, also_closed=True) is None
    assignment.closed_at = NOW
    session.flush()
    assert token(chief) is None
    assert token(chief, also_closed=True)
    assert rows_of(session, other, Environment.PRODUCTION, [assignment.id]) == []
    assert [row.assignment_id for row in rows_of(session, chief, Environment.PRODUCTION, [assignment.id])] == [
        assignment.id
    ]
