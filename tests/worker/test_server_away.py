import threading
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest

from shared.models import Account, Email, OutboxRow
from tests.worker.conftest import Office, hang_up
from tests.worker.mail_server import MailServer
from worker import server_watch
from worker.mailer import Mailer
from worker.server_watch import ServerWatch

Rows = Callable[[type[Any]], Sequence[Any]]


@pytest.fixture
def quick_probes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_watch, "PROBE_SECONDS", (0.2, 0.2))
    monkeypatch.setattr(server_watch, "MARGIN", 0.0)


@pytest.fixture
def mails(office: Office, ann: Account) -> list[Any]:
    return [office.notice(ann) for _ in range(20)]


def deliver(mailer: Mailer, mails: list[Any]) -> None:
    for row_id in mails:
        mailer.deliver(row_id)


def test_while_the_server_is_away_one_mail_finds_out_and_none_is_blamed(
    mailer: Mailer, mail_server: MailServer, mails: list[Any], rows: Rows
) -> None:
    mail_server.stop()

    deliver(mailer, mails)

    tried = [row for row in rows(OutboxRow) if row.last_error]
    assert len(tried) == 1
    assert tried[0].last_error == "ConnectionRefusedError"
    assert all((row.attempts, row.crashes, row.outcome) == (0, 0, None) for row in rows(OutboxRow))
    assert {email.state for email in rows(Email)} == {"waiting"}


@pytest.mark.usefixtures("quick_probes")
def test_one_mail_probes_each_time_a_probe_is_due(
    mailer: Mailer, mail_server: MailServer, mails: list[Any], office: Office, rows: Rows
) -> None:
    mail_server.answers_to_sender.extend(["554 we do not know you"] * 60)
    for _ in range(3):
        deliver(mailer, mails)
        time.sleep(0.25)
        office.make_due()

    assert len(mail_server.answers_to_sender) == 57
    assert all((row.attempts, row.crashes) == (0, 0) for row in rows(OutboxRow))


@pytest.mark.usefixtures("quick_probes")
def test_all_is_delivered_after_the_server_returned(
    mailer: Mailer, mail_server: MailServer, mails: list[Any], office: Office, rows: Rows
) -> None:
    mail_server.stop()
    deliver(mailer, mails)
    mail_server.start()
    time.sleep(0.25)
    office.make_due()

    deliver(mailer, mails)

    assert len(mail_server.mails) == 20
    assert {email.state for email in rows(Email)} == {"sent"}


@pytest.mark.usefixtures("quick_probes")
@pytest.mark.parametrize("answer", ["250 OK", "550 no such mailbox", "451 try again"])
def test_whatever_the_server_answers_it_is_there_and_the_waiting_mails_are_announced_at_once(
    *, mailer: Mailer, mail_server: MailServer, mails: list[Any], office: Office, rows: Rows, answer: str
) -> None:
    mail_server.stop()
    mailer.deliver(mails[0])
    announced_in_vain(office, rows)
    mail_server.start()
    mail_server.answers.append(answer)
    time.sleep(0.25)

    mailer.deliver(mails[0])

    waiting = [row for row in rows(OutboxRow) if row.finished_at is None and row.id != mails[0]]
    assert len(waiting) == 19
    assert all(row.announce_at <= max(row.created_at for row in waiting) + timedelta(seconds=20) for row in waiting)
    assert all(row.announcements == 0 for row in waiting)
    deliver(mailer, mails[1:])
    assert len(mail_server.mails) >= 19


def announced_in_vain(office: Office, rows: Rows) -> None:
    """All waits for minutes, as after announcements that nobody could act on; the first mail is due."""
    office.make_due()
    with office.database.transaction() as session:
        for row in session.query(OutboxRow):
            row.announce_at = row.created_at + timedelta(minutes=5)
            row.announcements = 4


def test_a_server_that_wants_none_of_our_mails_blames_no_mail_either(
    mailer: Mailer, mail_server: MailServer, mails: list[Any], rows: Rows
) -> None:
    mail_server.answers_to_sender.extend(["554 we do not know you"] * 20)

    deliver(mailer, mails)

    assert len(mail_server.answers_to_sender) == 19
    assert [row.last_error for row in rows(OutboxRow) if row.last_error] == ["the mail server answered 554"]
    assert {email.state for email in rows(Email)} == {"waiting"}


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> ServerWatch:
    monkeypatch.setattr(server_watch, "PROBE_SECONDS", (60, 600))
    return ServerWatch()


def test_several_mails_in_flight_at_the_closed_door_are_one_refusal(watch: ServerWatch) -> None:
    assert all(watch.may_try() for _ in range(4))

    waits = [watch.went_away() for _ in range(4)]

    assert all(timedelta(seconds=47) <= wait <= timedelta(seconds=61) for wait in waits)
    assert not watch.may_try()


def test_a_caller_with_nothing_to_send_gives_the_probe_to_the_next(
    watch: ServerWatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch.may_try()
    watch.went_away()
    watch._next_probe = 0.0  # the time of the probe has come
    assert watch.may_try()
    assert not watch.may_try()

    watch.was_not_asked()

    assert watch.may_try()
    assert not watch.may_try()


def test_refusals_of_probes_wait_longer_each_time_until_the_server_answers(watch: ServerWatch) -> None:
    watch.may_try()
    assert watch.went_away() <= timedelta(seconds=61)
    watch._next_probe = 0.0
    watch.may_try()
    assert timedelta(seconds=470) <= watch.went_away() <= timedelta(seconds=601)

    assert watch.is_there()

    assert not watch.is_there()
    assert all(watch.may_try() for _ in range(4))


def test_of_many_threads_one_probes(watch: ServerWatch) -> None:
    watch.may_try()
    watch.went_away()
    watch._next_probe = 0.0
    allowed: list[bool] = []
    threads = [threading.Thread(target=lambda: allowed.append(watch.may_try())) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert allowed.count(True) == 1


@pytest.mark.usefixtures("quick_probes")
def test_a_mail_that_has_nothing_to_say_does_not_keep_the_probe_from_the_others(
    mailer: Mailer, mail_server: MailServer, mails: list[Any], office: Office
) -> None:
    mail_server.stop()
    mailer.deliver(mails[0])
    mail_server.start()
    time.sleep(0.25)
    with office.database.transaction() as session:
        session.get_one(OutboxRow, mails[1]).finished_at = session.get_one(OutboxRow, mails[1]).created_at

    mailer.deliver(mails[1])
    mailer.deliver(mails[2])

    assert len(mail_server.mails) == 1
    hang_up(mailer)
