from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest

from shared.models import Account, Email, Link, OutboxRow
from tests.worker.conftest import Office
from tests.worker.mail_server import MailServer
from tests.worker.test_mailer import backdate
from worker.mailer import Mailer

Rows = Callable[[type[Any]], Sequence[Any]]


@pytest.mark.req("R22")
@pytest.mark.parametrize("changes", [{"used_at": True}, {"superseded_at": True}], ids=["used", "superseded"])
def test_a_mail_whose_link_died_meanwhile_is_closed_as_obsolete(
    *, mailer: Mailer, mail_server: MailServer, office: Office, ann: Account, rows: Rows, changes: dict[str, Any]
) -> None:
    row_id = office.password_mail(ann)
    backdate(office.database, Link, **dict.fromkeys(changes, ann.created_at))

    mailer.deliver(row_id)

    assert not mail_server.mails
    (email,), (row,) = rows(Email), rows(OutboxRow)
    assert (email.state, row.outcome) == ("obsolete", "obsolete")
    assert email.reason in {"its link is used", "its link is superseded"}


@pytest.mark.req("R21", "R22")
def test_a_mail_that_was_tried_too_long_ago_is_replaced_by_one_with_a_new_link(
    mailer: Mailer, mail_server: MailServer, office: Office, ann: Account, rows: Rows
) -> None:
    row_id = office.password_mail(ann)
    mail_server.answers.append("451 try again")
    mailer.deliver(row_id)
    backdate(office.database, Link, expires_at=ann.created_at)
    office.make_due()

    mailer.deliver(row_id)

    assert not mail_server.mails
    assert sorted(email.state for email in rows(Email)) == ["obsolete", "waiting"]
    (fresh,) = [row for row in rows(OutboxRow) if row.finished_at is None]
    mailer.deliver(fresh.id)
    (mail,) = mail_server.mails
    assert len(rows(Link)) == 2
    dead = next(link for link in rows(Link) if link.expires_at == ann.created_at)
    assert dead.id.hex not in mail.token


@pytest.mark.req("R22")
def test_somebody_who_asked_again_meanwhile_gets_no_third_mail(
    mailer: Mailer, office: Office, ann: Account, rows: Rows
) -> None:
    old = office.password_mail(ann)
    backdate(office.database, Link, expires_at=ann.created_at)
    office.password_mail(ann)

    mailer.deliver(old)

    assert sorted(email.state for email in rows(Email)) == ["obsolete", "waiting"]


@pytest.mark.req("S23")
def test_a_link_is_not_renewed_for_a_disabled_account(mailer: Mailer, office: Office, ann: Account, rows: Rows) -> None:
    row_id = office.password_mail(ann)
    backdate(office.database, Link, expires_at=ann.created_at)
    backdate(office.database, Account, disabled_at=ann.created_at)

    mailer.deliver(row_id)

    assert [email.state for email in rows(Email)] == ["obsolete"]


@pytest.mark.req("S46")
def test_a_link_whose_key_was_taken_away_is_renewed(
    environment: pytest.MonkeyPatch, mail_server: MailServer, office: Office, ann: Account, rows: Rows
) -> None:
    row_id = office.password_mail(ann)
    backdate(office.database, Link, key_number=(office.settings.keyring.newest + 1) % 256)
    mailer = Mailer(office.settings, office.database, worker=1)

    mailer.deliver(row_id)

    states = {email.state: email.reason for email in rows(Email)}
    assert states == {"obsolete": "the key of its link or code was taken away", "waiting": None}
    assert len([row for row in rows(OutboxRow) if row.finished_at is None]) == 1


@pytest.mark.parametrize(("age", "state"), [(timedelta(hours=47), "sent"), (timedelta(hours=48), "refused")])
def test_a_notice_that_nobody_took_for_48_hours_is_shown_as_failed(
    *, mailer: Mailer, office: Office, ann: Account, rows: Rows, age: timedelta, state: str
) -> None:
    row_id = office.notice(ann)
    (email,) = rows(Email)
    backdate(office.database, Email, created_at=email.created_at - age)

    mailer.deliver(row_id)

    (email,) = rows(Email)
    assert email.state == state
    assert state == "sent" or email.reason == "not taken by the mail server within 48 hours"


def test_a_mail_that_was_closed_meanwhile_is_not_sent(
    mailer: Mailer, mail_server: MailServer, office: Office, ann: Account, rows: Rows
) -> None:
    row_id = office.notice(ann)
    backdate(office.database, Email, state="obsolete")

    mailer.deliver(row_id)

    assert not mail_server.mails
    assert rows(OutboxRow)[0].outcome == "obsolete"
