from datetime import timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from shared import clock
from shared.messages import Task
from shared.services.email_log import resend_email
from shared.services.figures_parked import Parked, parked_rows
from shared.services.role_request_help import route_again
from shared.services.sign_up import send_password_link
from shared.settings import Settings
from tests.builders import an_account
from tests.builders_figures import a_mail, a_parked_mail, a_request_whose_routing_is_parked, some_work

HOUR = timedelta(hours=1)


def parked(session: Session) -> list[tuple[Task, UUID]]:
    return [(one.task, one.subject_id) for one in parked_rows(session)]


def test_nothing_is_parked_at_first(session: Session) -> None:
    a_mail(session)
    a_mail(session, state="refused", reason="the mail server answered 550")

    assert parked(session) == []


def test_a_parked_mail_is_named_with_its_time(session: Session) -> None:
    email = a_parked_mail(session, ago=HOUR, took=timedelta(minutes=1))

    at = clock.database_time(session) - HOUR + timedelta(minutes=1)
    assert list(parked_rows(session)) == [Parked(Task.DELIVER_EMAILS, email.id, at)]


def test_a_request_whose_routing_is_parked_is_named(session: Session) -> None:
    request = a_request_whose_routing_is_parked(session)

    assert parked(session) == [(Task.ROUTE_ROLE_REQUESTS, request.id)]


def test_a_request_that_reached_an_office_after_all_waits_for_nobody(session: Session) -> None:
    request = a_request_whose_routing_is_parked(session)

    request.items[0].status = "waiting"
    session.flush()

    assert parked(session) == []


def test_a_request_that_is_being_routed_once_more_waits_for_nobody(session: Session) -> None:
    request = a_request_whose_routing_is_parked(session)

    route_again(session, request.id, now=clock.now(session))
    session.flush()

    assert parked(session) == []


def test_the_newest_comes_first(session: Session) -> None:
    older = a_parked_mail(session, ago=3 * HOUR)
    newer = a_parked_mail(session, ago=HOUR)

    assert [subject for _, subject in parked(session)] == [newer.id, older.id]


def test_a_mail_that_was_sent_again_waits_for_nobody(session: Session, settings: Settings) -> None:
    email = a_parked_mail(session)

    resend_email(session, email.id, settings=settings, now=clock.now(session))
    session.flush()

    assert parked(session) == []


def test_a_password_mail_that_got_a_successor_waits_for_nobody(session: Session, settings: Settings) -> None:
    account = an_account(session, password_hash=None, password_set_at=None)
    send_password_link(session, account, settings=settings, now=clock.now(session))
    email = a_parked_mail(session, ago=HOUR, template="password", account_id=account.id)

    resend_email(session, email.id, settings=settings, now=clock.now(session))
    session.flush()

    assert email.state == "refused"
    assert parked(session) == []


def test_what_was_parked_again_after_it_was_sent_again_is_named_again(session: Session, settings: Settings) -> None:
    email = a_parked_mail(session, ago=2 * HOUR)
    now = clock.database_time(session)
    resend_email(session, email.id, settings=settings, now=now - HOUR)

    email.state, email.reason = "refused", "parked: it could not be written or sent"
    some_work(session, email.id, at=now, outcome="parked", finished_at=now)

    assert parked(session) == [(Task.DELIVER_EMAILS, email.id)]


def test_the_canarys_are_left_out(session: Session) -> None:
    a_parked_mail(session, is_canary=True)
    a_request_whose_routing_is_parked(session, is_canary=True)

    assert parked(session) == []
