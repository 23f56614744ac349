import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from unittest.mock import Mock
from uuid import UUID

import pytest
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from shared import outbox
from shared.db import Database
from shared.domain.deliveries import CRASHES_TO_PARK
from shared.models import Account, Email, Link, OutboxRow
from shared.settings import Settings
from tests.worker.conftest import Office, hang_up, until
from tests.worker.mail_server import MailServer
from worker.batches import one_by_one
from worker.heartbeat import Heartbeat
from worker.mailer import Mailer

Rows = Callable[[type[Any]], Sequence[Any]]


def end_lease(office: Office) -> None:
    with office.database.transaction() as session:
        for row in session.query(OutboxRow):
            row.leased_until = row.leased_until and row.created_at


@pytest.fixture
def heartbeat(database: Database) -> Heartbeat:
    return Heartbeat(database, 1)


def go_through(row_ids: Sequence[UUID], mailer: Mailer, heartbeat: Heartbeat) -> None:
    given_back: list[UUID] = []
    one_by_one([str(one) for one in row_ids], mailer.deliver, heartbeat=heartbeat, give_back=given_back.extend)
    assert given_back == []


def spoil(office: Office, row_id: UUID) -> None:
    """Make a mail that no worker can write: its template does not exist."""
    with office.database.transaction() as session:
        row = session.get_one(OutboxRow, row_id)
        session.get_one(Email, row.subject_id).template = "no-such-template"


def test_a_mail_that_cannot_be_written_is_parked_after_five_crashes_and_shown_as_refused(
    mailer: Mailer, mail_server: MailServer, office: Office, ann: Account, rows: Rows
) -> None:
    row_id = office.notice(ann)
    spoil(office, row_id)
    for crash in range(CRASHES_TO_PARK):
        with pytest.raises(KeyError):
            mailer.deliver(row_id)
        assert rows(OutboxRow)[0].crashes == crash + 1
        end_lease(office)

    mailer.deliver(row_id)

    (row,), (email,) = rows(OutboxRow), rows(Email)
    assert (row.outcome, row.last_error) == ("parked", "taken 5 times without an outcome")
    assert (email.state, email.reason) == ("refused", "parked: it could not be written or sent")
    mailer.deliver(row_id)
    assert not mail_server.mails


def test_a_mail_is_parked_and_shown_as_refused_together_or_not_at_all(
    *, mailer: Mailer, office: Office, ann: Account, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    row_id = office.notice(ann)
    for _ in range(CRASHES_TO_PARK):
        with office.database.transaction() as session:
            outbox.take(session, row_id, worker=2)  # and then its process was killed
        end_lease(office)
    monkeypatch.setattr("worker.mailer._show_parked", Mock(side_effect=RuntimeError("killed in between")))

    with pytest.raises(RuntimeError):
        mailer.deliver(row_id)

    assert (rows(OutboxRow)[0].outcome, rows(Email)[0].state) == (None, "waiting")
    monkeypatch.undo()
    mailer.deliver(row_id)
    assert (rows(OutboxRow)[0].outcome, rows(Email)[0].state) == ("parked", "refused")


def test_a_poisonous_mail_does_not_hold_up_the_others_of_its_message(
    *, mailer: Mailer, mail_server: MailServer, office: Office, ann: Account, heartbeat: Heartbeat, rows: Rows
) -> None:
    row_ids = [office.notice(ann) for _ in range(10)]
    spoil(office, row_ids[0])

    go_through(row_ids, mailer, heartbeat)

    assert len(mail_server.mails) == 9
    assert [row.id for row in rows(OutboxRow) if row.finished_at is None] == [row_ids[0]]


def test_a_row_whose_work_failed_is_let_go_with_the_next_heartbeat(
    mailer: Mailer, office: Office, ann: Account, heartbeat: Heartbeat, rows: Rows
) -> None:
    row_id = office.notice(ann)
    spoil(office, row_id)
    go_through([row_id], mailer, heartbeat)
    assert rows(OutboxRow)[0].lease_owner == 1

    heartbeat._beat()

    (row,) = rows(OutboxRow)
    assert (row.lease_owner, row.crashes, row.outcome) == (None, 1, None)
    with office.database.transaction() as session:
        assert [one.id for one in outbox.announce(session)] == [row_id]
    heartbeat.stop()


def test_a_worker_that_died_with_a_mail_in_hand_is_counted_and_another_sends_it(
    mailer: Mailer, mail_server: MailServer, office: Office, ann: Account, rows: Rows
) -> None:
    row_id = office.notice(ann)
    with office.database.transaction() as session:
        outbox.take(session, row_id, worker=2)  # and then its process was killed
    mailer.deliver(row_id)
    assert not mail_server.mails
    end_lease(office)

    mailer.deliver(row_id)

    assert len(mail_server.mails) == 1
    assert (rows(OutboxRow)[0].outcome, rows(OutboxRow)[0].crashes) == ("done", 0)


@pytest.mark.usefixtures("impatient")
def test_what_the_server_said_is_recorded_though_the_database_was_away_for_a_moment(
    *,
    mailer: Mailer,
    mail_server: MailServer,
    office: Office,
    ann: Account,
    rows: Rows,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    row_id = office.notice(ann)
    finish, failures = outbox.finish, iter([True, True])

    def away(session: Session, row: OutboxRow, outcome: str, **more: Any) -> bool:
        if next(failures, False):
            raise OperationalError("COMMIT", {}, Exception("server closed the connection"))
        return finish(session, row, outcome, **more)

    monkeypatch.setattr(outbox, "finish", away)

    mailer.deliver(row_id)

    assert len(mail_server.mails) == 1
    assert rows(Email)[0].state == "sent"


@pytest.mark.usefixtures("impatient")
def test_a_mail_whose_end_could_not_be_recorded_comes_again_with_the_same_id_and_link(
    *,
    mailer: Mailer,
    mail_server: MailServer,
    office: Office,
    ann: Account,
    rows: Rows,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    row_id = office.password_mail(ann)

    def away(*_: Any, **__: Any) -> bool:
        raise OperationalError("COMMIT", {}, Exception("server closed the connection"))

    with monkeypatch.context() as broken:
        broken.setattr(outbox, "finish", away)
        with pytest.raises(OperationalError):
            mailer.deliver(row_id)
    end_lease(office)

    mailer.deliver(row_id)

    first, second = mail_server.mails
    assert (first.message["Message-ID"], first.link) == (second.message["Message-ID"], second.link)
    assert rows(Email)[0].state == "sent"
    assert len(rows(Link)) == 1


@pytest.mark.slow
@pytest.mark.req("S3")
def test_of_many_workers_that_are_told_of_a_mail_one_sends_it(
    mail_server: MailServer, settings: Settings, office: Office, ann: Account
) -> None:
    row_ids = [office.notice(ann) for _ in range(10)]
    databases = [Database(settings) for _ in range(4)]
    mailers = [Mailer(settings, database, number) for number, database in enumerate(databases, start=1)]
    start = threading.Barrier(4)

    def work(mailer: Mailer) -> None:
        start.wait()
        for row_id in row_ids:
            mailer.deliver(row_id)
        hang_up(mailer)

    with ThreadPoolExecutor(4) as workers:
        list(workers.map(work, mailers))

    ids = [mail.message["Message-ID"] for mail in mail_server.mails]
    assert len(ids) == len(set(ids)) == 10
    for database in databases:
        database.dispose()


@pytest.mark.slow
def test_a_slow_mail_stays_with_its_worker_for_as_long_as_it_takes(
    *, mailer: Mailer, mail_server: MailServer, office: Office, ann: Account, heartbeat: Heartbeat, settings: Settings
) -> None:
    row_id = office.notice(ann)
    mail_server.answers.append(1.0)
    other = Database(settings)

    def send_slowly() -> None:
        go_through([row_id], mailer, heartbeat)
        hang_up(mailer)

    slow = threading.Thread(target=send_slowly)
    slow.start()
    until(lambda: not mail_server.answers)
    end_lease(office)  # as if half a minute had passed
    heartbeat._beat()

    Mailer(settings, other, worker=2).deliver(row_id)
    slow.join()

    assert len(mail_server.mails) == 1
    heartbeat.stop()
    other.dispose()
