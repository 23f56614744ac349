from datetime import timedelta
from uuid import UUID, uuid4

from shared.services.figures_mails import Event
from tests.conftest import NOW
from worker.metrics_journal import LOOK_BACK, OVERLAP, Journal

SECOND = timedelta(seconds=1)


def an_event(ago: timedelta = timedelta(0)) -> Event:
    return Event(uuid4(), NOW - ago)


def ids(journal: Journal[Event], *events: Event) -> list[UUID]:
    return [event.id for batch in journal.new(events, at_once=2) for event in batch]


def test_the_first_reading_looks_back_a_little() -> None:
    assert Journal[Event]().since(NOW) == NOW - LOOK_BACK


def test_each_reading_overlaps_the_one_before() -> None:
    journal = Journal[Event]()
    journal.was_read(NOW)

    assert journal.since(NOW + 15 * SECOND) == NOW - OVERLAP


def test_what_was_given_is_not_given_again() -> None:
    journal = Journal[Event]()
    first, second, third = an_event(), an_event(), an_event()
    ids(journal, first, second)
    journal.was_read(NOW)

    assert ids(journal, first, second, third) == [third.id]


def test_what_is_committed_late_is_given_though_newer_ones_were_given_before() -> None:
    journal = Journal[Event]()
    newer, late = an_event(), an_event(OVERLAP - SECOND)
    ids(journal, newer)
    journal.was_read(NOW)

    assert late.at > journal.since(NOW + SECOND)
    assert ids(journal, late, newer) == [late.id]


def test_what_the_caller_could_not_finish_is_given_again() -> None:
    journal = Journal[Event]()
    events = [an_event() for _ in range(3)]

    given = journal.new(events, at_once=2)
    assert [next(given), next(given)] == [events[:2], events[2:]]
    given.close()

    assert ids(journal, *events) == [events[2].id]


def test_what_can_come_no_more_is_forgotten() -> None:
    journal = Journal[Event]()
    ids(journal, an_event(), an_event(2 * OVERLAP))
    journal.was_read(NOW)

    assert len(journal._known) == 1


def test_a_clock_that_was_set_back_stops_nothing() -> None:
    journal = Journal[Event]()
    journal.was_read(NOW)

    assert journal.since(NOW - timedelta(hours=1)) == NOW - timedelta(hours=1) - OVERLAP
