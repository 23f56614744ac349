"""Times in mails on the days on which the clocks change, in every language."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from sqlalchemy.orm import Session

from shared.settings import Settings
from tests.mails.catalogues import WITH_CATALOGUE
from tests.mails.printer import print_all
from tests.mails.reading import words_of_html, words_of_text
from tests.mails.variants import VARIANTS

BRUSSELS, TUNIS = "Europe/Brussels", "Africa/Tunis"
"""One with summer time, and one without."""
pytestmark = pytest.mark.slow


def _written(
    mail_press: tuple[Session, Settings], template: str, now: datetime, zone: str
) -> Sequence[tuple[str, str]]:
    """Both parts of the first mail of a template in every language: its name, and its words."""
    variants = [next(variant for variant in VARIANTS if variant.template == template)]
    return [
        (mail.name, words)
        for mail in print_all(*mail_press, WITH_CATALOGUE, variants, now=now, time_zone=zone)
        for words in (words_of_text(mail.parts), words_of_html(mail.parts))
    ]


def _time(clock: str, day: int, year: int = 2026) -> re.Pattern[str]:
    """A time as every language writes it: clock, offset and zone, then a date with this day and year in any order."""
    date = rf"[^():;]{{0,40}}?\b{day}\b[^():;]{{0,25}}?\b{year}\b|[^():;]{{0,40}}?\b{year}\b[^():;]{{0,25}}?\b{day}\b"
    return re.compile(rf"{re.escape(clock.casefold())}, (?:{date})")


@pytest.mark.req("R65", "R21")
@pytest.mark.parametrize(
    ("now", "zone", "clock", "day"),
    [
        (datetime(2026, 3, 28, 23, 20, tzinfo=UTC), BRUSSELS, "01:50 (+01:00 CET)", 29),
        (datetime(2026, 3, 29, 0, 15, tzinfo=UTC), BRUSSELS, "03:45 (+02:00 CEST)", 29),
        (datetime(2026, 10, 24, 23, 5, tzinfo=UTC), BRUSSELS, "02:35 (+02:00 CEST)", 25),
        (datetime(2026, 10, 25, 0, 5, tzinfo=UTC), BRUSSELS, "02:35 (+01:00 CET)", 25),
        (datetime(2026, 3, 29, 0, 15, tzinfo=UTC), TUNIS, "02:45 (+01:00 CET)", 29),
        (datetime(2026, 10, 24, 23, 5, tzinfo=UTC), TUNIS, "01:35 (+01:00 CET)", 25),
    ],
)
def test_the_end_of_ninety_minutes_is_right_on_both_days_of_the_change(
    mail_press: tuple[Session, Settings], now: datetime, zone: str, clock: str, day: int
) -> None:
    for name, words in _written(mail_press, "password", now, zone):
        assert _time(clock, day).search(words), (name, words)


@pytest.mark.req("R65", "R73")
@pytest.mark.parametrize(
    ("now", "zone", "asked", "due"),
    [
        (datetime(2026, 3, 20, 8, tzinfo=UTC), BRUSSELS, ("09:00 (+01:00 CET)", 20), ("10:00 (+02:00 CEST)", 3)),
        (datetime(2026, 10, 20, 8, tzinfo=UTC), BRUSSELS, ("10:00 (+02:00 CEST)", 20), ("09:00 (+01:00 CET)", 3)),
        (datetime(2026, 3, 20, 8, tzinfo=UTC), TUNIS, ("09:00 (+01:00 CET)", 20), ("09:00 (+01:00 CET)", 3)),
        (datetime(2026, 10, 20, 8, tzinfo=UTC), TUNIS, ("09:00 (+01:00 CET)", 20), ("09:00 (+01:00 CET)", 3)),
    ],
)
def test_a_deadline_beyond_the_change_bears_the_offset_of_its_own_day(
    mail_press: tuple[Session, Settings], now: datetime, zone: str, asked: tuple[str, int], due: tuple[str, int]
) -> None:
    for name, words in _written(mail_press, "decide", now, zone):
        assert _time(*asked).search(words), (name, words)
        assert _time(*due).search(words), (name, words)
