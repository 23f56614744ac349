import time
from datetime import timedelta
from uuid import uuid4

import pytest

from worker import domain_watch
from worker.domain_watch import REFUSALS, DomainWatch

SLOW, OTHER = "slow.example", "other.example"


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> DomainWatch:
    """A watch whose first probe comes in an instant and whose second takes its time."""
    monkeypatch.setattr(domain_watch, "PROBE_SECONDS", (0.05, 60))
    return DomainWatch()


def somebody() -> str:
    return f"{uuid4()}@{SLOW}"


def refuse(watch: DomainWatch, mailboxes: int = REFUSALS) -> None:
    for _ in range(mailboxes):
        watch.refused(SLOW, somebody())


def test_a_domain_is_asked_as_ever_until_three_mailboxes_refused_in_a_row(watch: DomainWatch):
    refuse(watch, REFUSALS - 1)

    assert watch.wait(SLOW) is None


def test_one_mailbox_that_is_full_says_nothing_of_the_domain(watch: DomainWatch):
    full = somebody()

    waits = [watch.refused(SLOW, full) for _ in range(REFUSALS * 2)]

    assert set(waits) == {timedelta(0)}
    assert watch.wait(SLOW) is None


def test_a_slow_domain_holds_up_no_other(watch: DomainWatch):
    refuse(watch)

    assert watch.wait(SLOW) is not None
    assert watch.wait(OTHER) is None


def test_one_mail_at_a_time_finds_out_whether_it_takes_mails_again(watch: DomainWatch):
    refuse(watch)
    time.sleep(0.06)

    assert watch.wait(SLOW) is None, "the probe"
    assert watch.wait(SLOW) is not None, "everybody else"


def test_one_of_the_mails_that_were_put_off_comes_first_and_all_others_after_it(watch: DomainWatch):
    refuse(watch)

    first, second, third = watch.wait(SLOW), watch.wait(SLOW), watch.wait(SLOW)

    assert first is not None
    assert second is not None
    assert third is not None
    assert first < third < second + timedelta(seconds=0.1)
    assert first < second


def test_a_mail_that_was_refused_leaves_the_probe_to_others(watch: DomainWatch):
    refuse(watch, REFUSALS - 1)
    back = watch.refused(SLOW, somebody())

    probe = watch.wait(SLOW)
    assert probe is not None
    assert probe < back


def test_a_domain_that_takes_a_mail_is_open_and_says_so_once(watch: DomainWatch):
    refuse(watch)

    assert watch.answered(SLOW)
    assert watch.wait(SLOW) is None
    assert not watch.answered(SLOW)


def test_a_refused_probe_makes_the_next_one_wait_longer(watch: DomainWatch):
    refuse(watch)
    time.sleep(0.06)
    watch.wait(SLOW)
    watch.refused(SLOW, somebody())

    wait = watch.wait(SLOW)
    assert wait is not None
    assert wait.total_seconds() > 40


def test_a_probe_that_was_refused_before_makes_nobody_wait_longer(watch: DomainWatch):
    again = somebody()
    refuse(watch, REFUSALS - 1)
    watch.refused(SLOW, again)
    time.sleep(0.06)
    watch.wait(SLOW)
    watch.refused(SLOW, again)

    wait = watch.wait(SLOW)
    assert wait is not None
    assert wait.total_seconds() < 1


def test_a_probe_that_breaks_off_counts_as_refused(watch: DomainWatch):
    refuse(watch)
    time.sleep(0.06)
    watch.wait(SLOW)
    watch.broke_off(SLOW, somebody())

    wait = watch.wait(SLOW)
    assert wait is not None
    assert wait.total_seconds() > 40


def test_a_probe_that_had_nothing_to_send_leaves_it_to_the_next_mail(watch: DomainWatch):
    refuse(watch)
    time.sleep(0.06)
    watch.wait(SLOW)
    watch.was_not_asked(SLOW)

    assert watch.wait(SLOW) is None


def test_refusals_of_thousands_of_domains_are_not_remembered_for_ever(
    watch: DomainWatch, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(domain_watch, "MOST_DOMAINS", 10)
    refuse(watch)
    for number in range(10):
        watch.refused(f"{number}.example", somebody())

    assert watch.wait(SLOW) is None
