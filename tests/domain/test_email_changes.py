from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from shared.domain.email_changes import Side, missing, until, why_over
from shared.domain.links import Unusable

NOW = datetime(2026, 6, 9, 9, 32, tzinfo=UTC)
USED, EXPIRED, SUPERSEDED = Unusable.USED, Unusable.EXPIRED, Unusable.SUPERSEDED


@pytest.mark.parametrize(
    ("old", "new", "sides"),
    [
        (None, None, (Side.NEW, Side.OLD)),
        (USED, None, (Side.NEW,)),
        (None, USED, (Side.OLD,)),
        (USED, USED, ()),
        (EXPIRED, USED, (Side.OLD,)),
    ],
)
def test_a_mailbox_is_missing_until_its_link_was_used(old, new, sides):
    assert missing({Side.OLD: old, Side.NEW: new}) == sides


@pytest.mark.parametrize(("old", "new"), [*product([None, USED], repeat=2)])
def test_a_change_can_come_about_while_each_link_works_or_has_worked(old, new):
    assert why_over({Side.OLD: old, Side.NEW: new}) is None


@pytest.mark.parametrize("dead", [EXPIRED, SUPERSEDED])
@pytest.mark.parametrize("other", [None, USED])
@pytest.mark.parametrize("side", list(Side))
def test_one_link_that_died_unused_ends_a_change(side, other, dead):
    assert why_over(dict.fromkeys(Side, other) | {side: dead}) is dead


def test_of_two_dead_links_the_one_to_the_new_mailbox_says_why():
    assert why_over({Side.OLD: EXPIRED, Side.NEW: SUPERSEDED}) is SUPERSEDED


def test_a_change_is_over_with_the_first_link_that_is():
    late = NOW + timedelta(minutes=5)

    assert until([late, NOW]) == NOW
    assert until([None, late]) == late
    assert until([None, None]) is None
    assert until([]) is None
