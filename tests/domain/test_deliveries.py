from datetime import UTC, datetime, timedelta
from math import nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.deliveries import MailState, announce_again_after, backoff, is_parked, is_useless
from shared.domain.links import LinkPurpose

CREATED = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
counts = st.integers(min_value=1, max_value=10**9)
jitters = st.floats(min_value=-1, max_value=1)


def test_the_words_of_the_contract_are_kept() -> None:
    assert [str(state) for state in MailState] == ["waiting", "sent", "refused", "held", "obsolete"]


@pytest.mark.parametrize(
    ("attempts", "seconds"),
    [
        (1, 1),
        (2, 2),
        (3, 5),
        (4, 10),
        (5, 30),
        (6, 60),
        (7, 60),
        (8, 60),
        (9, 120),
        (10, 240),
        (11, 480),
        (12, 900),
        (13, 900),
        (10**9, 900),
    ],
)
def test_temporary_answers_are_tried_again_soon_at_first_and_at_most_every_quarter_of_an_hour(
    attempts: int, seconds: int
) -> None:
    assert backoff(attempts, jitter=0) == timedelta(seconds=seconds)


@pytest.mark.parametrize(("jitter", "seconds"), [(-1, 8), (-0.5, 9), (0.5, 11), (1, 12)])
def test_jitter_moves_a_wait_by_up_to_a_fifth(jitter: float, seconds: int) -> None:
    assert backoff(4, jitter) == timedelta(seconds=seconds)


@given(attempts=counts, jitter=jitters)
def test_a_wait_is_never_zero_and_never_over_eighteen_minutes(attempts: int, jitter: float) -> None:
    assert timedelta(seconds=0.8) <= backoff(attempts, jitter) <= timedelta(minutes=18)


@given(attempts=counts, jitter=jitters)
def test_a_wait_stays_within_a_fifth_of_its_middle(attempts: int, jitter: float) -> None:
    middle = backoff(attempts, jitter=0)

    assert abs(backoff(attempts, jitter) - middle) <= middle / 5


@given(attempts=counts, jitter=jitters)
def test_waits_never_get_shorter_with_more_attempts(attempts: int, jitter: float) -> None:
    assert backoff(attempts + 1, jitter) >= backoff(attempts, jitter)


@pytest.mark.parametrize("jitter", [-1.01, 1.01, nan])
def test_jitter_beyond_its_range_is_a_mistake(jitter: float) -> None:
    with pytest.raises(ValueError, match="jitter"):
        backoff(1, jitter)


@pytest.mark.parametrize("count", [0, -1])
def test_attempts_and_announcements_are_counted_from_one(count: int) -> None:
    with pytest.raises(ValueError, match="counted from 1"):
        backoff(count, jitter=0)
    with pytest.raises(ValueError, match="counted from 1"):
        announce_again_after(count)


@pytest.mark.parametrize(
    ("announcements", "seconds"), [(1, 30), (2, 60), (3, 120), (4, 240), (5, 300), (6, 300), (10**9, 300)]
)
def test_a_row_is_announced_again_after_half_a_minute_then_ever_less_often(announcements: int, seconds: int) -> None:
    assert announce_again_after(announcements) == timedelta(seconds=seconds)


@given(announcements=counts)
def test_announcements_never_come_closer_together(announcements: int) -> None:
    assert announce_again_after(announcements + 1) >= announce_again_after(announcements)


@pytest.mark.parametrize("crashes", range(10))
def test_a_row_is_parked_at_its_fifth_crash(crashes: int) -> None:
    assert is_parked(crashes) == (crashes >= 5)


@pytest.mark.parametrize(
    ("age", "useless"),
    [
        (timedelta(0), False),
        (timedelta(hours=48) - timedelta(microseconds=1), False),
        (timedelta(hours=48), True),
        (timedelta(days=30), True),
    ],
)
def test_a_notice_is_useless_after_48_hours(age: timedelta, useless: bool) -> None:
    assert is_useless(None, created_at=CREATED, now=CREATED + age) is useless


@pytest.mark.parametrize("purpose", LinkPurpose)
def test_a_link_mail_never_becomes_useless_by_age(purpose: LinkPurpose) -> None:
    assert not is_useless(purpose, created_at=CREATED, now=CREATED + timedelta(days=365))
