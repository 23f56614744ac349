from datetime import UTC, datetime

import pytest

from tests.worker.mail_parts import Mails, visible


@pytest.mark.req("R65", "R72")
def test_times_are_those_of_the_reader_with_offset_and_abbreviation(mails: Mails) -> None:
    mail = mails("outcome", email_language="de", time_zone="Europe/Helsinki")["outcome"]

    for part in (" ".join(mail.text.split()), visible(mail.html)):
        assert "12:32 (+03:00 EEST), Dienstag, 9. Juni 2026" in part


@pytest.mark.req("R65", "R21")
@pytest.mark.parametrize(
    ("now", "expires"),
    [
        (datetime(2026, 3, 28, 23, 20, tzinfo=UTC), "01:50 (+01:00 CET), Sunday 29 March 2026"),
        (datetime(2026, 3, 29, 0, 15, tzinfo=UTC), "03:45 (+02:00 CEST), Sunday 29 March 2026"),
        (datetime(2026, 10, 24, 23, 5, tzinfo=UTC), "02:35 (+02:00 CEST), Sunday 25 October 2026"),
        (datetime(2026, 10, 25, 0, 5, tzinfo=UTC), "02:35 (+01:00 CET), Sunday 25 October 2026"),
    ],
)
def test_ninety_minutes_across_a_change_of_the_clocks_end_at_the_time_on_the_wall(
    mails: Mails, now: datetime, expires: str
) -> None:
    mail = mails("password", now=now)["password"]

    for part in (" ".join(mail.text.split()), visible(mail.html)):
        assert f"until {expires}" in part


@pytest.mark.req("R65")
@pytest.mark.parametrize(
    ("now", "sent", "due"),
    [
        (
            datetime(2026, 3, 20, 8, tzinfo=UTC),
            "09:00 (+01:00 CET), Friday 20 March 2026",
            "10:00 (+02:00 CEST), Friday 3 April 2026",
        ),
        (
            datetime(2026, 10, 20, 8, tzinfo=UTC),
            "10:00 (+02:00 CEST), Tuesday 20 October 2026",
            "09:00 (+01:00 CET), Tuesday 3 November 2026",
        ),
    ],
)
def test_a_deadline_after_a_change_of_the_clocks_bears_the_offset_of_its_own_day(
    mails: Mails, now: datetime, sent: str, due: str
) -> None:
    mail = mails("decide", now=now)["decide"]

    for part in (" ".join(mail.text.split()), visible(mail.html)):
        assert f"request at {sent}" in part
        assert f"due by {due}" in part
