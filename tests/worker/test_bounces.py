"""The mailbox to which delivery reports come, read once a minute."""

import mailbox
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from shared.db import Database
from shared.domain import delivery_reports
from shared.domain.delivery_reports import DeliveryReport
from shared.models import Email
from shared.services.bounces import Outcome
from shared.settings import Settings
from tests.builders import an_account
from tests.builders_reports import About, qmail
from tests.builders_reports_servers import exim, postfix
from tests.builders_sent import a_sent_mail
from worker import bounces
from worker.bounces import read_mailbox


@pytest.fixture
def folder(environment: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    path = tmp_path / "bounces"
    mailbox.Maildir(path, create=True)
    environment.setenv("BOUNCES_MAILDIR", str(path))
    return path


@pytest.fixture
def settings(folder: Path, settings: Settings) -> Settings:
    return settings


@pytest.fixture
def sent(database: Database) -> Callable[..., Email]:
    def send(**changes: Any) -> Email:
        with database.transaction() as session:
            account = an_account(session)
            return a_sent_mail(session, account, **changes)

    return send


@pytest.fixture
def state_of(database: Database) -> Callable[[Email], str]:
    def read(email: Email) -> str:
        with database.reading() as session:
            return session.get_one(Email, email.id).state

    return read


def deliver(folder: Path, name: str, text: str) -> Path:
    path = folder / "new" / name
    path.write_text(text)
    return path


def about(email: Email) -> About:
    return About(email_id=email.id, recipient=email.recipient)


def flags(folder: Path) -> dict[str, str]:
    """What was read, with the flags that mail programs show."""
    read = mailbox.Maildir(folder, create=False)
    return {
        key: read.get_message(key).get_flags() for key in read.iterkeys() if read.get_message(key).get_subdir() == "cur"
    }


def unread(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "new").iterdir())


def test_new_reports_are_read_and_put_away(settings, database, folder, sent, state_of):
    first, second = sent(), sent()
    deliver(folder, "1.host", postfix(about(first)))
    deliver(folder, "2.host", exim(about(second)))

    read = read_mailbox(settings, database)

    assert read == {Outcome.BOUNCED: 2}
    assert [state_of(first), state_of(second)] == ["refused", "refused"]
    assert (unread(folder), flags(folder)) == ([], {"1.host": "S", "2.host": "S"})
    assert read_mailbox(settings, database) == {}


def test_what_is_not_understood_is_flagged_for_a_person_and_kept_as_it_came(settings, database, folder, sent):
    text = qmail(about(sent()))
    deliver(folder, "1.host", text)

    assert read_mailbox(settings, database) == {Outcome.NOT_UNDERSTOOD: 1}

    assert flags(folder) == {"1.host": "FS"}
    assert (folder / "cur" / "1.host:2,FS").read_text() == text


def test_a_report_about_a_mail_that_is_not_recorded_yet_waits_for_the_next_minute(
    settings, database, folder, sent, state_of
):
    email = sent(state="waiting", sent_at=None)
    deliver(folder, "1.host", postfix(about(email)))

    assert read_mailbox(settings, database) == {Outcome.TOO_EARLY: 1}
    assert unread(folder) == ["1.host"]

    with database.transaction() as session:
        session.get_one(Email, email.id).state = "sent"
    assert read_mailbox(settings, database) == {Outcome.BOUNCED: 1}
    assert state_of(email) == "refused"


def test_a_report_that_fails_stays_and_stops_no_other(settings, database, folder, sent, state_of, monkeypatch, caplog):
    poison, other = sent(), sent()
    deliver(folder, "1.host", postfix(about(poison)))
    deliver(folder, "2.host", postfix(about(other)))
    real = bounces.take_report

    def take(session: Any, report: DeliveryReport, **named: Any) -> Outcome:
        if poison.id in report.mail_ids:
            raise ZeroDivisionError("poison")
        return real(session, report, **named)

    monkeypatch.setattr(bounces, "take_report", take)

    read = read_mailbox(settings, database)

    assert read == {Outcome.BOUNCED: 1}
    assert (unread(folder), list(flags(folder))) == (["1.host"], ["2.host"])
    assert state_of(other) == "refused"
    assert "a delivery report could not be read" in caplog.text
    assert poison.recipient not in caplog.text


def test_while_the_database_is_away_everything_stays(settings, folder, sent, monkeypatch, database):
    for name in ("1.host", "2.host"):
        deliver(folder, name, postfix(about(sent())))

    def away(*_: Any, **__: Any) -> Outcome:
        raise OperationalError("", {}, Exception("gone"))

    monkeypatch.setattr(bounces, "take_report", away)

    with pytest.raises(OperationalError):
        read_mailbox(settings, database)
    assert len(unread(folder)) == 2


def test_only_mails_are_read(settings, database, folder, tmp_path):
    (tmp_path / "secret").write_text("x")
    (folder / "new" / "link").symlink_to(tmp_path / "secret")
    (folder / "new" / "folder").mkdir()
    os.mkfifo(folder / "new" / "pipe")

    assert read_mailbox(settings, database) == {}
    assert unread(folder) == ["folder", "link", "pipe"]


@pytest.mark.req("S51")
def test_of_a_huge_mail_only_the_beginning_is_read(settings, database, folder, sent, state_of):
    email = sent()
    text = postfix(about(email))
    deliver(folder, "1.host", text.replace("Set your password.", "x" * (20 * delivery_reports.LARGEST)))

    assert read_mailbox(settings, database) == {Outcome.BOUNCED: 1}
    assert state_of(email) == "refused"


def test_at_most_a_thousand_are_read_at_a_time(settings, database, folder, monkeypatch):
    monkeypatch.setattr(bounces, "AT_ONCE", 3)
    for number in range(5):
        deliver(folder, f"{number}.host", "nothing")

    assert [read_mailbox(settings, database).total() for _ in range(3)] == [3, 2, 0]


def test_a_folder_that_is_not_there_is_told_and_stops_nothing(settings, database, folder, caplog):
    for name in ("new", "cur", "tmp"):
        (folder / name).rmdir()

    assert read_mailbox(settings, database) == {}

    assert "BOUNCES_MAILDIR cannot be read: No such file or directory" in caplog.text


def test_without_the_setting_nothing_is_read(environment, database, folder):
    from shared.settings import load_settings

    environment.setenv("BOUNCES_MAILDIR", "")
    deliver(folder, "1.host", "nothing")

    assert read_mailbox(load_settings(), database) == {}
    assert unread(folder) == ["1.host"]
