from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from shared.domain.email_changes import Side
from shared.domain.links import LinkPurpose
from shared.models import (
    Account,
    Captcha,
    DecisionChallenge,
    Email,
    EmailChange,
    IdempotencyKey,
    Link,
    LoginSession,
    OutboxRow,
    RememberedBrowser,
    RoleRequest,
    Throttle,
)
from shared.services.tidy import tidy
from shared.settings import Settings
from tests.builders import an_account, an_organisation
from tests.builders_email_changes import an_email_change, link_to
from tests.builders_figures import some_work
from tests.builders_links import a_link
from tests.builders_role_requests import a_role_request, an_assignment
from tests.builders_sent import a_sent_mail
from tests.conftest import NOW

DAY = timedelta(days=1)


def how_many(session: Session, model: type) -> int:
    return session.scalars(select(func.count()).select_from(model)).one()


def one_of_each_visit(session: Session, account: Account, *, age: timedelta) -> None:
    """A log-in that ended, a code in a picture, an answer already given, a counter: all of one age."""
    at = NOW - age
    session.add_all(
        [
            LoginSession(secret_hash=bytes(32), account_id=account.id, created_at=at, seen_at=at, expires_at=at),
            Captcha(created_at=at),
            IdempotencyKey(scope="accounts", key="1", body_hash=bytes(32), created_at=at),
            Throttle(key=bytes(32), window_start=at, count=1),
        ]
    )
    session.flush()


@pytest.mark.parametrize(
    ("age", "left"),
    [
        (timedelta(minutes=59), [LoginSession, Captcha, IdempotencyKey, Throttle]),
        (timedelta(hours=1), [LoginSession, IdempotencyKey, Throttle]),
        (timedelta(hours=23, minutes=59), [LoginSession, IdempotencyKey, Throttle]),
        (timedelta(hours=24), []),
    ],
)
def test_what_is_remembered_of_visits_goes_within_a_day(
    session: Session, settings: Settings, age: timedelta, left: list[type]
) -> None:
    one_of_each_visit(session, an_account(session), age=age)

    tidy(session, settings=settings, now=NOW)

    kinds: list[type] = [LoginSession, Captcha, IdempotencyKey, Throttle]
    assert [kind for kind in kinds if how_many(session, kind)] == left


@pytest.mark.parametrize(("age", "left"), [(7 * DAY - timedelta(seconds=1), 1), (7 * DAY, 0)])
def test_an_account_without_a_password_goes_after_a_week(
    session: Session, settings: Settings, age: timedelta, left: int
) -> None:
    an_account(session, password_hash=None, password_set_at=None, now=NOW - age)

    tidy(session, settings=settings, now=NOW)

    assert how_many(session, Account) == left


def test_an_account_with_a_password_or_with_a_request_stays(session: Session, settings: Settings) -> None:
    an_account(session, now=NOW - 900 * DAY)
    applicant = an_account(session, password_hash=None, password_set_at=None, now=NOW - 900 * DAY)
    a_role_request(session, applicant, an_organisation(session).posts[0])

    tidy(session, settings=settings, now=NOW)

    assert how_many(session, Account) == 2


def test_finished_work_goes_after_thirty_days_and_unfinished_work_stays(session: Session, settings: Settings) -> None:
    account, old = an_account(session), NOW - 900 * DAY
    for finished_at in (NOW - 30 * DAY, NOW - 29 * DAY):
        some_work(session, account.id, at=old, outcome="done", finished_at=finished_at)
    some_work(session, account.id, at=old)

    tidy(session, settings=settings, now=NOW)

    assert how_many(session, OutboxRow) == 2


def test_rows_go_some_at_a_time_until_none_are_left(session: Session, settings: Settings) -> None:
    session.add_all(Captcha(created_at=NOW - DAY) for _ in range(251))
    session.flush()

    assert [tidy(session, settings=settings, now=NOW) for _ in range(3)] == [250, 1, 0]


@pytest.mark.parametrize(("age", "left"), [(364 * DAY, 1), (365 * DAY, 0)])
def test_the_row_of_a_mail_stays_for_a_year(session: Session, settings: Settings, age: timedelta, left: int) -> None:
    a_sent_mail(session, an_account(session), created_at=NOW - age)

    tidy(session, settings=settings, now=NOW)

    assert how_many(session, Email) == left


def test_a_mail_that_still_waits_stays_however_old_it_is(session: Session, settings: Settings) -> None:
    a_sent_mail(session, an_account(session), created_at=NOW - 900 * DAY, state="waiting", sent_at=None)

    assert tidy(session, settings=settings, now=NOW) == 0


@pytest.mark.parametrize(
    ("changes", "left"),
    [
        ({"used_at": NOW - 29 * DAY}, 0),
        ({"superseded_at": NOW - 29 * DAY}, 0),
        ({"expires_at": NOW - 29 * DAY}, 0),
        ({"expires_at": NOW + DAY}, 1),
        ({}, 0),
    ],
)
def test_a_password_link_that_opens_nothing_goes_after_thirty_days(
    session: Session, settings: Settings, changes: dict[str, object], left: int
) -> None:
    link = a_link(session, an_account(session), settings=settings)
    link.created_at, link.expires_at = NOW - 30 * DAY, None
    for name, value in changes.items():
        setattr(link, name, value)
    session.flush()

    tidy(session, settings=settings, now=NOW)

    assert how_many(session, Link) == left


def test_a_password_link_whose_mail_still_waits_stays(session: Session, settings: Settings) -> None:
    account = an_account(session)
    link = a_link(session, account, settings=settings)
    link.created_at, link.expires_at = NOW - 30 * DAY, None
    a_sent_mail(session, account, template="password", link_id=link.id, state="waiting", sent_at=None)

    assert tidy(session, settings=settings, now=NOW) == 0


@pytest.mark.parametrize(
    ("status", "age", "stays"),
    [("closed", 365 * DAY, False), ("closed", 364 * DAY, True), ("open", 900 * DAY, True)],
)
def test_typed_words_of_a_closed_request_go_after_a_year_and_the_request_stays(
    session: Session, settings: Settings, status: str, age: timedelta, stays: bool
) -> None:
    request = a_role_request(session, an_account(session), an_organisation(session).posts[0], now=NOW - age)
    request.message, request.contact_email, request.contact_phone = "Hello", "ann@alpro.example", "+32 123456"
    request.status = status
    session.flush()

    tidy(session, settings=settings, now=NOW)

    session.refresh(request)
    words = (request.message, request.contact_email, request.contact_phone)
    assert words == (("Hello", "ann@alpro.example", "+32 123456") if stays else (None, None, None))
    assert how_many(session, RoleRequest) == 1


def test_codes_and_remembered_browsers_go_when_they_open_nothing_any_more(session: Session, settings: Settings) -> None:
    request = a_role_request(session, an_account(session), an_organisation(session).posts[0])
    assignment = an_assignment(session, request)
    session.add_all(
        DecisionChallenge(assignment_id=assignment.id, key_number=0, bound_to=bytes(32), created_at=NOW - age)
        for age in (29 * DAY, 30 * DAY)
    )
    session.add_all(
        RememberedBrowser(secret_hash=bytes([number] * 32), recipient_key="k", proved_at=NOW, expires_at=until)
        for number, until in enumerate((NOW, NOW + DAY))
    )
    session.flush()

    assert tidy(session, settings=settings, now=NOW) == 2

    assert (how_many(session, DecisionChallenge), how_many(session, RememberedBrowser)) == (1, 1)


@pytest.mark.parametrize("side", list(Side))
@pytest.mark.parametrize("death", ["expires_at", "superseded_at"])
@pytest.mark.parametrize(("age", "left"), [(DAY - timedelta(seconds=1), 1), (DAY, 0)])
def test_a_change_of_address_that_came_to_nothing_goes_a_day_after_its_link_died(
    *, session: Session, settings: Settings, side: Side, death: str, age: timedelta, left: int
) -> None:
    change = an_email_change(session, an_account(session), settings=settings)
    setattr(link_to(session, change, side), death, NOW - age)
    for mail in session.scalars(select(Email)):
        mail.state = "sent"
    session.flush()

    tidy(session, settings=settings, now=NOW)

    assert (how_many(session, EmailChange), how_many(session, Link)) == (left, 2)


def test_a_change_of_address_that_still_waits_stays(session: Session, settings: Settings) -> None:
    waits = an_email_change(session, an_account(session), settings=settings)
    link_to(session, waits, Side.OLD).used_at = NOW - DAY
    link_to(session, waits, Side.OLD).expires_at = NOW - DAY
    unsent = an_email_change(session, an_account(session), settings=settings, address="bo@colzagro.example")
    link_to(session, unsent, Side.NEW).expires_at = NOW - DAY  # tried, and not taken by the mail server yet

    tidy(session, settings=settings, now=NOW)

    assert how_many(session, EmailChange) == 2


def test_links_of_an_old_change_of_address_go_and_take_it_with_them(session: Session, settings: Settings) -> None:
    change = an_email_change(session, an_account(session), settings=settings)
    for link in session.scalars(select(Link).where(Link.purpose == LinkPurpose.EMAIL_CHANGE)):
        link.created_at, link.expires_at = NOW - 30 * DAY, None  # a limit held the mails back
    for mail in session.scalars(select(Email)):
        mail.state = "held"
    session.flush()
    assert change.account_id

    tidy(session, settings=settings, now=NOW)

    session.expire_all()
    assert (how_many(session, EmailChange), how_many(session, Link)) == (0, 0)
