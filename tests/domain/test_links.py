from datetime import UTC, datetime, timedelta
from itertools import product
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.errors import LinkExpired, LinkSuperseded, LinkUsed
from shared.domain.links import LinkPurpose, Unusable, check_usable, stamp, why_unusable

HANDED_OVER = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
LIFETIME = timedelta(minutes=90)
EXPIRES = HANDED_OVER + LIFETIME
EARLIER = HANDED_OVER - timedelta(hours=1)

moments = st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
lifetimes = st.timedeltas(timedelta(minutes=1), timedelta(days=40))


def check(
    now: datetime,
    *,
    expires_at: datetime | None = EXPIRES,
    used_at: datetime | None = None,
    superseded_at: datetime | None = None,
) -> None:
    check_usable(expires_at=expires_at, used_at=used_at, superseded_at=superseded_at, now=now)


@pytest.mark.req("R21", "S4")
@pytest.mark.parametrize("age", [timedelta(0), timedelta(minutes=89, seconds=59), LIFETIME - timedelta(microseconds=1)])
def test_a_link_works_until_its_ninety_minutes_are_over(age: timedelta) -> None:
    check(HANDED_OVER + age)


@pytest.mark.req("R21", "R22", "S4")
@pytest.mark.parametrize("late", [timedelta(0), timedelta(microseconds=1), timedelta(seconds=1), timedelta(days=1)])
def test_a_link_is_dead_at_ninety_minutes_and_after(late: timedelta) -> None:
    with pytest.raises(LinkExpired):
        check(EXPIRES + late)


@pytest.mark.req("S4")
@pytest.mark.parametrize("night", [datetime(2026, 3, 29, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 0, 30, tzinfo=UTC)])
def test_ninety_minutes_are_ninety_minutes_in_the_nights_when_the_clocks_change(night: datetime) -> None:
    expires_at = stamp(expires_at=None, lifetime=LIFETIME, now=night)
    last = (night + timedelta(minutes=89, seconds=59)).astimezone(ZoneInfo("Europe/Brussels"))

    check(last, expires_at=expires_at)
    with pytest.raises(LinkExpired):
        check(night + LIFETIME, expires_at=expires_at)


@pytest.mark.req("R21")
def test_a_link_whose_mail_was_never_handed_over_has_not_expired() -> None:
    check(HANDED_OVER + timedelta(days=365), expires_at=None)


@pytest.mark.req("R22")
def test_a_used_link_says_so() -> None:
    with pytest.raises(LinkUsed):
        check(HANDED_OVER, used_at=EARLIER)


@pytest.mark.req("R22", "S5")
def test_a_link_that_a_newer_one_replaced_says_so() -> None:
    with pytest.raises(LinkSuperseded):
        check(HANDED_OVER, superseded_at=EARLIER)


@pytest.mark.req("R22")
@pytest.mark.parametrize(
    ("used_at", "superseded_at", "expires_at"),
    list(product([None, EARLIER], [None, EARLIER], [None, EXPIRES, EARLIER])),
)
def test_of_several_reasons_used_comes_first_then_superseded_then_expired(
    used_at: datetime | None, superseded_at: datetime | None, expires_at: datetime | None
) -> None:
    reasons = [
        (used_at is not None, Unusable.USED),
        (superseded_at is not None, Unusable.SUPERSEDED),
        (expires_at is EARLIER, Unusable.EXPIRED),
    ]
    expected = next((reason for applies, reason in reasons if applies), None)

    reason = why_unusable(expires_at=expires_at, used_at=used_at, superseded_at=superseded_at, now=HANDED_OVER)

    assert reason is expected


@pytest.mark.req("R21")
def test_the_time_of_a_link_starts_when_its_mail_is_handed_over() -> None:
    assert stamp(expires_at=None, lifetime=LIFETIME, now=HANDED_OVER) == datetime(2026, 5, 4, 13, 30, tzinfo=UTC)


def test_a_second_attempt_gives_the_link_its_full_time_again() -> None:
    retry = HANDED_OVER + timedelta(minutes=10)

    assert stamp(expires_at=EXPIRES, lifetime=LIFETIME, now=retry) == retry + LIFETIME


@given(now=moments, back=st.timedeltas(timedelta(0), timedelta(days=400)), lifetime=lifetimes)
def test_a_link_never_dies_before_the_time_printed_on_any_copy(
    now: datetime, back: timedelta, lifetime: timedelta
) -> None:
    printed = stamp(expires_at=None, lifetime=lifetime, now=now)
    again = stamp(expires_at=printed, lifetime=lifetime, now=now - back)

    assert again >= printed


@given(now=moments, age=st.timedeltas(timedelta(0), timedelta(days=80)), lifetime=lifetimes)
def test_a_link_lives_exactly_its_lifetime_whatever_that_is(now: datetime, age: timedelta, lifetime: timedelta) -> None:
    expires_at = stamp(expires_at=None, lifetime=lifetime, now=now)
    reason = why_unusable(expires_at=expires_at, used_at=None, superseded_at=None, now=now + age)

    assert reason is (None if age < lifetime else Unusable.EXPIRED)


def test_links_are_for_passwords_changes_of_address_and_decisions() -> None:
    assert [str(purpose) for purpose in LinkPurpose] == ["password", "email", "decide"]
