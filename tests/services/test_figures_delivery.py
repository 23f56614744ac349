from datetime import timedelta
from itertools import pairwise

import pytest
from sqlalchemy.orm import Session

from shared import clock
from shared.services.figures_delivery import (
    bounced_mails,
    delivery_seconds,
    failures_by_domain,
    held_mails,
    mails_by_minute,
)
from tests.builders_figures import a_mail, a_parked_mail

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def by_domain(session: Session) -> dict[str, tuple[int, int, int]]:
    return {one.domain: (one.refused, one.bounced, one.retrying) for one in failures_by_domain(session)}


def test_the_last_hour_has_sixty_minutes_in_their_order_and_the_last_still_runs(session: Session) -> None:
    minutes = mails_by_minute(session)

    assert len(minutes) == 60
    assert {later.at - earlier.at for earlier, later in pairwise(minutes)} == {MINUTE}
    assert minutes[-1].at <= clock.database_time(session) < minutes[-1].at + MINUTE


@pytest.mark.parametrize("seconds", [0, 0.001, 59, 59.999])
def test_a_mail_counts_in_the_minute_in_which_it_was_sent(session: Session, seconds: float) -> None:
    begins = mails_by_minute(session)[17].at
    end = begins + timedelta(seconds=seconds)
    a_mail(session, state="sent", row={"finished_at": end})

    assert [number for number, one in enumerate(mails_by_minute(session)) if one.sent] == [17]


def test_refused_and_parked_mails_are_those_that_failed(session: Session) -> None:
    a_mail(session, state="sent", took=SECOND * 0)
    a_mail(session, state="refused", took=SECOND * 0)
    a_parked_mail(session, took=SECOND * 0)
    a_mail(session, state="obsolete", took=SECOND * 0)

    assert (mails_by_minute(session)[-1].sent, mails_by_minute(session)[-1].failed) == (1, 2)


def test_what_ended_more_than_an_hour_ago_is_not_shown(session: Session) -> None:
    a_mail(session, state="sent", ago=HOUR + SECOND, took=SECOND * 0)

    assert sum(one.sent for one in mails_by_minute(session)) == 0


def test_half_of_the_mails_were_sent_within_the_median(session: Session) -> None:
    for took in (1, 2, 3, 50, 100):
        a_mail(session, state="sent", ago=10 * MINUTE, took=took * SECOND)
    a_mail(session, state="refused", ago=10 * MINUTE, took=SECOND)

    assert delivery_seconds(session, (0.5, 0.95)) == pytest.approx([3, 100], abs=0.01)


def test_without_mails_nothing_is_said_of_their_time(session: Session) -> None:
    a_mail(session, state="sent", ago=2 * HOUR)

    assert delivery_seconds(session, (0.5,)) is None


def test_failures_are_told_by_domain_with_what_is_being_tried_again(session: Session) -> None:
    a_mail(session, to="a@refusing.example", state="refused", reason="the mail server answered 550")
    a_mail(session, to="b@refusing.example", state="sent")
    a_mail(session, to="c@greylisting.example", row={"attempts": 2, "last_error": "the mail server answered 451"})
    a_mail(session, to="d@greylisting.example")
    bounced = {"bounced_at": clock.now(session), "bounce_status": "5.1.1", "reason": "it came back"}
    a_mail(session, to="e@returning.example", state="refused", row={"outcome": "done"}, **bounced)

    assert by_domain(session) == {
        "refusing.example": (1, 0, 0),
        "returning.example": (0, 1, 0),
        "greylisting.example": (0, 0, 1),
    }
    assert bounced_mails(session) == 1


def test_the_worst_domain_comes_first_with_its_most_frequent_reasons(session: Session) -> None:
    for code in (550, 550, 552, 553, 554):
        a_mail(session, to="a@worse.example", state="refused", reason=f"the mail server answered {code}")
    a_mail(session, to="a@bad.example", state="refused", reason="the mail server answered 550")

    worst, bad = failures_by_domain(session)

    assert (worst.domain, bad.domain, worst.total) == ("worse.example", "bad.example", 5)
    assert worst.frequent_reasons()[0] == ("the mail server answered 550", 2)
    assert len(worst.frequent_reasons()) == 3


@pytest.mark.parametrize(("ended_ago", "is_told"), [(23 * HOUR, True), (25 * HOUR, False)])
def test_a_mail_that_grew_too_old_is_told_for_a_day_from_its_end(
    session: Session, *, ended_ago: timedelta, is_told: bool
) -> None:
    old = 48 * HOUR
    a_mail(session, state="refused", ago=ended_ago + old, took=old, reason="not taken within 48 hours")

    assert bool(by_domain(session)) is is_told


def test_twenty_domains_are_told_at_the_most(session: Session) -> None:
    for number in range(25):
        a_mail(session, to=f"a@domain{number}.example", state="refused")

    assert len(failures_by_domain(session)) == 20


@pytest.mark.req("S43")
def test_a_reason_that_quotes_an_address_loses_it(session: Session) -> None:
    a_mail(session, state="refused", reason="550 <ann@people.example> unknown")

    assert failures_by_domain(session)[0].frequent_reasons() == [("550 <[address]> unknown", 1)]


def test_held_mails_are_counted_for_a_day_and_the_newest_named(session: Session) -> None:
    a_mail(session, state="held", ago=25 * HOUR)
    older = a_mail(session, state="held", ago=HOUR, template="password")
    newer = a_mail(session, state="held")

    count, named = held_mails(session)

    assert count == 2
    assert [(one.email_id, one.domain) for one in named] == [(newer.id, "people.example"), (older.id, "people.example")]


def test_the_canarys_mails_are_left_out(session: Session) -> None:
    for state in ("sent", "refused", "held"):
        a_mail(session, state=state, took=SECOND * 0, is_canary=True)
    a_mail(session, row={"attempts": 1}, is_canary=True)
    a_mail(session, state="sent", ago=HOUR * 2, bounced_at=clock.now(session), is_canary=True)

    assert sum(one.sent + one.failed for one in mails_by_minute(session)) == 0
    assert delivery_seconds(session, (0.5,)) is None
    assert failures_by_domain(session) == []
    assert held_mails(session) == (0, [])
    assert bounced_mails(session) == 0
