import time

import pytest

from worker import domain_watch
from worker.domain_watch import REFUSALS, DomainWatch

SLOW, OTHER = "slow.example", "other.example"


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> DomainWatch:
    """A watch whose first probe comes in an instant and whose second takes its time."""
    monkeypatch.setattr(domain_watch, "PROBE_SECONDS", (0.05, 60))
    return DomainWatch()


def refuse(watch: DomainWatch, times: int = REFUSALS) -> None:
    for _ in range(times):
        watch.refused(SLOW)


def test_a_domain_is_asked_as_ever_until_it_refused_three_mails_in_a_row(watch: DomainWatch):
    refuse(watch, REFUSALS - 1)

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


def test_the_mails_that_were_put_off_come_after_the_probe(watch: DomainWatch):
    refuse(watch)
    back = watch.refused(SLOW)
    others = watch.wait(SLOW)

    assert back is not None
    assert others is not None
    assert back < others


def test_a_domain_that_takes_a_mail_is_open_and_says_so_once(watch: DomainWatch):
    refuse(watch)

    assert watch.answered(SLOW)
    assert watch.wait(SLOW) is None
    assert not watch.answered(SLOW)


def test_a_refused_probe_makes_the_next_one_wait_longer(watch: DomainWatch):
    refuse(watch)
    time.sleep(0.06)
    watch.wait(SLOW)
    watch.refused(SLOW)

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
        watch.refused(f"{number}.example")

    assert watch.wait(SLOW) is None
