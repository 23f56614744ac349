"""Mail servers that say "not now": greylisting of one mail, and domains that take no more for a while."""

import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from shared import outbox
from shared.db import Database
from shared.domain import deliveries
from shared.models import Account, Email, OutboxRow
from tests.worker.conftest import Office
from tests.worker.mail_server import MailServer
from worker import domain_watch
from worker.mailer import Mailer

Rows = Callable[[type[Any]], Sequence[Any]]


@pytest.fixture
def quick_probes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(domain_watch, "PROBE_SECONDS", (0.2, 0.2))
    monkeypatch.setattr(domain_watch, "MARGIN", 0.0)
    monkeypatch.setattr(domain_watch, "BEHIND", 0.05)


class Seconds:
    """Time that stands while one looks, on a busy machine too."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now


def people(office: Office, domain: str, count: int) -> list[UUID]:
    """That many mails, each to somebody else at a domain."""
    return [office.notice(office.account(email=f"person{number}@{domain}")) for number in range(count)]


def announce_and_deliver(
    database: Database, mailer: Mailer, *, until: Callable[[], bool], within: float = 15.0
) -> None:
    """Do what relay and worker do until a question has its answer."""
    end = time.monotonic() + within
    while not until():
        assert time.monotonic() < end, "it takes too long"
        with database.transaction() as session:
            due = outbox.announce(session)
        for one in due:
            mailer.deliver(one.id)
        time.sleep(0.02)


def test_a_greylisted_mail_comes_back_by_its_own_back_off_and_arrives(
    *, mailer: Mailer, mail_server: MailServer, office: Office, ann: Account, rows: Rows, database: Database
) -> None:
    mail_server.greylisted = 2.0
    office.notice(ann)

    announce_and_deliver(database, mailer, until=lambda: bool(mail_server.mails))

    (row,) = rows(OutboxRow)
    assert (row.outcome, row.last_error) == ("done", "the mail server answered 450 4.2.0")
    assert mail_server.attempts == {"ann@people.example": row.attempts + 1}, "those that did not count, and one more"


def test_greylisting_of_many_mails_holds_up_none_of_their_domain(
    mailer: Mailer, mail_server: MailServer, office: Office, rows: Rows
) -> None:
    mail_server.greylisted = 60.0

    for row_id in people(office, "grey.example", 10):
        mailer.deliver(row_id)

    assert [row.attempts for row in rows(OutboxRow)] == [1] * 10


def test_a_domain_that_takes_no_more_is_asked_three_times_and_the_other_mails_are_blamed_for_nothing(
    mailer: Mailer, mail_server: MailServer, office: Office, rows: Rows
) -> None:
    mail_server.answers_to_recipient.extend(["452 4.5.3 too many for now"] * 200)

    for row_id in people(office, "slow.example", 50):
        mailer.deliver(row_id)

    assert sum(mail_server.attempts.values()) == 3
    tried = [row for row in rows(OutboxRow) if row.last_error]
    assert [(row.attempts, row.crashes, row.last_error) for row in tried] == [
        (1, 0, "the mail server answered 452 4.5.3")
    ] * 3
    others = [row for row in rows(OutboxRow) if not row.last_error]
    assert {(row.attempts, row.crashes, row.lease_owner, row.outcome) for row in others} == {(0, 0, None, None)}
    probe, *behind = sorted(row.announce_at for row in others)
    assert all(at > probe + timedelta(seconds=0.5) for at in behind)
    assert max(row.next_attempt_at for row in tried) > probe, "the last one refused leaves the probe to others"
    assert {email.state for email in rows(Email)} == {"waiting"}


def test_other_domains_are_served_meanwhile(mailer: Mailer, mail_server: MailServer, office: Office) -> None:
    slow, other = people(office, "slow.example", 10), people(office, "other.example", 10)
    mail_server.answers_to_recipient.extend(["421 4.7.0 busy"] * 3)
    for row_id in slow:
        mailer.deliver(row_id)

    for row_id in other:
        mailer.deliver(row_id)

    assert {mail.recipients[0].partition("@")[2] for mail in mail_server.mails} == {"other.example"}
    assert len(mail_server.mails) == 10


def test_while_a_domain_is_slow_one_mail_probes_it_each_time(
    mailer: Mailer, mail_server: MailServer, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = Seconds()
    monkeypatch.setattr(domain_watch, "time", seconds)
    monkeypatch.setattr(deliveries, "BACKOFF_SECONDS", (0, 0))
    row_ids = people(office, "slow.example", 20)
    mail_server.answers.extend(["451 4.7.1 not now"] * 100)

    for _ in range(4):
        for row_id in row_ids:
            mailer.deliver(row_id)
        seconds.now += max(domain_watch.PROBE_SECONDS)
        office.make_due()

    assert sum(mail_server.attempts.values()) == 3 + 3


@pytest.mark.usefixtures("quick_probes")
def test_a_domain_that_takes_mails_again_gets_all_that_waited_at_once(
    *, mailer: Mailer, mail_server: MailServer, office: Office, rows: Rows, database: Database
) -> None:
    people(office, "slow.example", 20)
    mail_server.answers_to_recipient.extend(["452 4.5.3 too many for now"] * 4)

    announce_and_deliver(database, mailer, until=lambda: len(mail_server.mails) == 20)

    assert sum(mail_server.attempts.values()) == 24
    assert sum(row.attempts for row in rows(OutboxRow)) == 4
    assert {email.state for email in rows(Email)} == {"sent"}


def test_a_mail_that_was_put_off_keeps_the_crashes_it_had(
    mailer: Mailer, office: Office, rows: Rows, database: Database
) -> None:
    (row_id,) = people(office, "slow.example", 1)
    with database.transaction() as session:
        outbox.take(session, row_id, worker=2)  # and then its process was killed
        session.get_one(OutboxRow, row_id).leased_until = None
    for number in range(3):
        mailer._domains.refused("slow.example", f"person{number}@slow.example")

    mailer.deliver(row_id)

    (row,) = rows(OutboxRow)
    assert (row.crashes, row.lease_owner) == (1, None)
    assert row.announce_at - row.next_attempt_at > timedelta(seconds=domain_watch.MARGIN)


def test_a_full_mailbox_holds_up_nobody_else_at_its_domain(
    *, mailer: Mailer, mail_server: MailServer, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliveries, "BACKOFF_SECONDS", (0, 0))
    full = office.account(email="full@small.example")
    mail_server.answers_to_recipient.extend(["452 4.2.2 mailbox full"] * 6)
    for row_id in [office.notice(full) for _ in range(3)] * 2:
        mailer.deliver(row_id)

    mailer.deliver(office.notice(office.account(email="other@small.example")))

    assert [mail.recipients for mail in mail_server.mails] == [["other@small.example"]]


def test_a_mailbox_that_refuses_for_good_says_nothing_against_its_domain(
    mailer: Mailer, mail_server: MailServer, office: Office
) -> None:
    mail_server.answers_to_recipient.extend(["452 full", "452 full", "550 nobody", "452 full", "452 full"])

    for row_id in people(office, "fine.example", 6):
        mailer.deliver(row_id)

    assert len(mail_server.mails) == 1
