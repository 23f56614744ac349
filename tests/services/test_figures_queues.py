from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from shared import clock
from shared.messages import Queue, Task
from shared.services.figures_queues import QueueFigures, queue_figures
from tests.builders import an_account
from tests.builders_figures import a_mail, some_work
from tests.builders_role_requests import a_role_request

MINUTE = timedelta(minutes=1)


def figures(session: Session, queue: Queue = Queue.MAIL_URGENT) -> QueueFigures:
    return next(one for one in queue_figures(session) if one.queue is queue)


def test_every_queue_has_figures_though_nothing_waits(session: Session) -> None:
    assert list(queue_figures(session)) == [QueueFigures(queue=queue) for queue in Queue]


def test_what_has_no_outcome_is_counted_in_its_queue(session: Session) -> None:
    a_mail(session)
    a_mail(session)
    a_mail(session, state="sent")
    a_mail(session, row={"queue": Queue.MAIL_NOTICE})

    assert [one.unfinished for one in queue_figures(session)] == [2, 1, 0, 0]


def test_the_oldest_that_could_be_done_is_not_the_oldest_that_was_put_off(session: Session) -> None:
    later = clock.database_time(session) + MINUTE
    a_mail(session, ago=2 * MINUTE)
    a_mail(session, ago=9 * MINUTE, row={"next_attempt_at": later, "announce_at": later})

    assert figures(session).oldest_due == pytest.approx(120)
    assert figures(session).oldest == pytest.approx(540)


def test_the_relay_is_late_by_the_row_that_has_been_due_longest(session: Session) -> None:
    at = clock.database_time(session)
    a_mail(session, row={"announce_at": at - 3 * MINUTE})
    a_mail(session, row={"announce_at": at - MINUTE})
    a_mail(session, ago=9 * MINUTE, row={"announce_at": at + MINUTE})

    assert figures(session).relay_lag == pytest.approx(180)


def test_a_row_announced_lately_makes_nobody_late(session: Session) -> None:
    a_mail(session, ago=MINUTE, row={"announce_at": clock.database_time(session) + MINUTE})

    assert figures(session).relay_lag == 0


def test_a_row_is_in_hand_while_its_lease_lasts(session: Session) -> None:
    at = clock.database_time(session)
    a_mail(session, row={"lease_owner": 7, "leased_until": at + MINUTE})
    a_mail(session, row={"lease_owner": 8, "leased_until": at - MINUTE})

    assert figures(session).leased == 1


def test_temporary_answers_are_counted_by_row_and_together(session: Session) -> None:
    a_mail(session)
    a_mail(session, row={"attempts": 3})
    a_mail(session, row={"attempts": 4})
    a_mail(session, state="refused", row={"attempts": 9})

    assert (figures(session).retrying, figures(session).attempts) == (2, 7)


def test_the_canarys_rows_are_left_out(session: Session) -> None:
    canary = an_account(session, is_canary=True)
    a_mail(session, is_canary=True)
    some_work(
        session,
        a_role_request(session, canary).id,
        at=clock.database_time(session),
        task=Task.ROUTE_ROLE_REQUESTS,
        queue=Queue.ROUTING,
    )

    assert [one.unfinished for one in queue_figures(session)] == [0, 0, 0, 0]


def test_work_about_a_request_of_a_person_is_counted(session: Session) -> None:
    request = a_role_request(session, an_account(session))
    at = clock.database_time(session)

    some_work(session, request.id, at=at, task=Task.ROUTE_ROLE_REQUESTS, queue=Queue.ROUTING)

    assert figures(session, Queue.ROUTING).unfinished == 1
