from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from shared.db import Database
from shared.models import Account, Email, Link, OutboxRow
from tests.worker.conftest import Office
from tests.worker.mail_server import DROP_AFTER, DROP_BEFORE, MailServer
from worker import domain_watch
from worker.mailer import Mailer

Rows = Callable[[type[Any]], Sequence[Any]]


def backdate(database: Database, model: type[Any], **values: Any) -> None:
    with database.transaction() as session:
        session.execute(update(model).values(**values))


@pytest.mark.req("R20")
def test_a_mail_is_handed_over_and_recorded_as_sent(
    mailer: Mailer, mail_server: MailServer, office: Office, ann: Account, rows: Rows
) -> None:
    mailer.deliver(office.notice(ann))

    (mail,) = mail_server.mails
    assert (mail.sender, mail.recipients) == ("no-reply@gatehouse.example", ["ann@people.example"])
    (email,) = rows(Email)
    assert (email.state, email.reason) == ("sent", None)
    assert email.sent_at is not None
    (row,) = rows(OutboxRow)
    assert (row.outcome, row.attempts, row.crashes, row.lease_owner) == ("done", 0, 0, None)


def test_a_second_announcement_of_a_mail_that_was_sent_does_nothing(
    mailer: Mailer, mail_server: MailServer, office: Office, ann: Account
) -> None:
    row_id = office.notice(ann)

    for _ in range(3):
        mailer.deliver(row_id)

    assert len(mail_server.mails) == 1


@pytest.mark.req("R21")
def test_the_ninety_minutes_start_when_the_mail_is_handed_over(
    mailer: Mailer, mail_server: MailServer, office: Office, ann: Account, rows: Rows
) -> None:
    row_id = office.password_mail(ann)
    assert rows(Link)[0].expires_at is None

    mailer.deliver(row_id)

    (link,), (email,) = rows(Link), rows(Email)
    assert abs(link.expires_at - email.sent_at - timedelta(minutes=90)) < timedelta(seconds=5)
    assert link.used_at is None
    assert mail_server.mails[0].token


@pytest.mark.req("R21")
def test_a_temporary_answer_is_tried_again_with_the_same_id_and_the_same_link(
    mailer: Mailer, mail_server: MailServer, office: Office, ann: Account, rows: Rows
) -> None:
    row_id = office.password_mail(ann)
    mail_server.answers.extend([DROP_AFTER, "451 try again", DROP_BEFORE])
    for _ in range(4):
        mailer.deliver(row_id)
        office.make_due()

    first, second = mail_server.mails
    assert first.message["Message-ID"] == second.message["Message-ID"]
    assert first.link == second.link
    assert rows(Email)[0].state == "sent"
    assert rows(OutboxRow)[0].attempts == 3
    assert len(rows(Link)) == 1


@pytest.mark.req("S51")
def test_a_mail_is_not_tried_again_before_its_time(
    mailer: Mailer, mail_server: MailServer, office: Office, ann: Account, rows: Rows
) -> None:
    row_id = office.notice(ann)
    mail_server.answers.append("451 try again")
    mailer.deliver(row_id)

    mailer.deliver(row_id)

    assert not mail_server.mails
    (row,) = rows(OutboxRow)
    assert timedelta(seconds=0.7) <= row.next_attempt_at - row.created_at <= timedelta(seconds=10)
    assert row.announce_at == row.next_attempt_at
    assert row.last_error == "the mail server answered 451"


def test_temporary_answers_never_park_a_mail(
    *,
    mailer: Mailer,
    mail_server: MailServer,
    office: Office,
    ann: Account,
    rows: Rows,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(domain_watch, "REFUSALS", 100)  # its domain would be put off before
    row_id = office.notice(ann)
    mail_server.answers.extend(["451 try again"] * 12)
    for _ in range(13):
        mailer.deliver(row_id)
        office.make_due()

    assert len(mail_server.mails) == 1
    assert (rows(OutboxRow)[0].attempts, rows(OutboxRow)[0].outcome) == (12, "done")


@pytest.mark.parametrize("at", ["recipient", "data"])
def test_a_permanent_answer_is_shown_as_refused_without_addresses_and_not_tried_again(
    *, mailer: Mailer, mail_server: MailServer, office: Office, ann: Account, rows: Rows, at: str
) -> None:
    answers = mail_server.answers if at == "data" else mail_server.answers_to_recipient
    answers.append("550 no mailbox ann@people.example here")
    row_id = office.notice(ann)

    mailer.deliver(row_id)
    office.make_due()
    mailer.deliver(row_id)

    assert not mail_server.mails
    (email,), (row,) = rows(Email), rows(OutboxRow)
    assert (email.state, email.reason) == ("refused", "the mail server answered 550")
    assert (row.outcome, row.last_error) == ("refused", "the mail server answered 550")


def test_a_recipient_that_is_refused_for_now_is_tried_again(
    mailer: Mailer, mail_server: MailServer, office: Office, ann: Account
) -> None:
    mail_server.answers_to_recipient.append("450 mailbox busy")
    row_id = office.notice(ann)
    for _ in range(2):
        mailer.deliver(row_id)
        office.make_due()

    assert len(mail_server.mails) == 1


@pytest.mark.req("S5")
@pytest.mark.parametrize("answer", ["451 try again", "550 no such mailbox", DROP_BEFORE])
def test_the_first_link_lives_until_the_mail_with_the_second_was_accepted(
    *, mailer: Mailer, mail_server: MailServer, office: Office, ann: Account, rows: Rows, answer: str
) -> None:
    mailer.deliver(office.password_mail(ann))
    (first,) = rows(Link)
    second_row = office.password_mail(ann)
    assert rows(Link)[0].superseded_at is None
    mail_server.answers.append(answer)

    mailer.deliver(second_row)
    assert all(link.superseded_at is None for link in rows(Link))

    third_row = office.password_mail(ann)
    mailer.deliver(third_row)
    superseded = {link.id for link in rows(Link) if link.superseded_at}
    assert first.id in superseded
    assert len(superseded) == 2


@pytest.mark.req("S5", "S12")
@pytest.mark.usefixtures("limits_on")
def test_a_mail_that_a_limit_holds_back_supersedes_nothing(
    mailer: Mailer, office: Office, ann: Account, rows: Rows
) -> None:
    for _ in range(5):
        mailer.deliver(office.password_mail(ann))

    office.ask(ann)

    assert sorted(email.state for email in rows(Email)) == ["held"] + ["sent"] * 5
    assert [link.superseded_at is None for link in sorted(rows(Link), key=lambda link: link.created_at)] == (
        [False] * 4 + [True] * 2
    )
