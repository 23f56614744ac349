from collections.abc import Set as AbstractSet
from datetime import UTC, datetime, timedelta
from itertools import chain, combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.ladder import Step, due_steps, next_step

SUBMITTED = datetime(2026, 3, 20, 9, 30, tzinfo=UTC)
DAYS = {Step.REMINDER: 7, Step.NEXT_LEVEL: 14, Step.EXPIRY: 30}
EVERY_SET_OF_STEPS = [frozenset(c) for size in range(4) for c in combinations(Step, size)]

moments = st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
hops = st.lists(st.timedeltas(timedelta(0), timedelta(days=20)), max_size=20)


@pytest.mark.parametrize(("step", "days"), DAYS.items())
def test_a_step_is_due_from_its_very_instant_on_and_not_before(step: Step, days: int) -> None:
    instant = SUBMITTED + timedelta(days=days)

    assert step not in due_steps(SUBMITTED, frozenset(), instant - timedelta(microseconds=1))
    assert step in due_steps(SUBMITTED, frozenset(), instant)


def test_a_day_is_24_hours_also_when_the_clocks_change() -> None:
    # Brussels lost an hour on 29 March 2026, between submission and reminder.
    assert next_step(SUBMITTED, frozenset()) == (Step.REMINDER, datetime(2026, 3, 27, 9, 30, tzinfo=UTC))
    assert next_step(SUBMITTED, {Step.REMINDER}) == (Step.NEXT_LEVEL, datetime(2026, 4, 3, 9, 30, tzinfo=UTC))


@pytest.mark.parametrize("done", EVERY_SET_OF_STEPS)
def test_what_happens_next_is_the_earliest_step_that_is_not_done(done: AbstractSet[Step]) -> None:
    waiting = [step for step in Step if step not in done]
    expected = (waiting[0], SUBMITTED + timedelta(days=DAYS[waiting[0]])) if waiting else None

    assert next_step(SUBMITTED, done) == expected


@pytest.mark.parametrize("done", EVERY_SET_OF_STEPS)
def test_a_step_that_is_done_is_never_due_again(done: AbstractSet[Step]) -> None:
    assert due_steps(SUBMITTED, done, SUBMITTED + timedelta(days=365)) == [step for step in Step if step not in done]


@given(submitted_at=moments, hops=hops)
def test_any_hops_through_time_take_the_same_steps_in_the_same_order_each_once(
    submitted_at: datetime, hops: list[timedelta]
) -> None:
    now = submitted_at
    taken: list[Step] = []
    for hop in hops:
        now += hop
        taken += due_steps(submitted_at, frozenset(taken), now)

    assert taken == due_steps(submitted_at, frozenset(), now)
    assert len(taken) == len(set(taken))


@given(
    submitted_at=moments, done=st.sets(st.sampled_from(Step)), waited=st.timedeltas(timedelta(0), timedelta(days=60))
)
def test_the_next_step_is_due_exactly_when_its_time_has_come(
    submitted_at: datetime, done: AbstractSet[Step], waited: timedelta
) -> None:
    now = submitted_at + waited
    coming = next_step(submitted_at, done)

    assert due_steps(submitted_at, done, now)[:1] == ([coming[0]] if coming and coming[1] <= now else [])


def test_the_steps_are_counted_from_submission_whatever_was_done_late() -> None:
    late = SUBMITTED + timedelta(days=13, hours=23)
    done = frozenset(due_steps(SUBMITTED, frozenset(), late))

    assert next_step(SUBMITTED, done) == (Step.NEXT_LEVEL, SUBMITTED + timedelta(days=14))


def test_a_year_of_hourly_passes_takes_three_steps() -> None:
    taken: list[Step] = []
    for hour in range(24 * 365):
        taken = list(chain(taken, due_steps(SUBMITTED, frozenset(taken), SUBMITTED + timedelta(hours=hour))))

    assert taken == [Step.REMINDER, Step.NEXT_LEVEL, Step.EXPIRY]
