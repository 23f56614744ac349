"""Delivery reports that a mail server pipes in."""

import mailbox
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from gateway.app import create_app
from gateway.application import Gateway
from shared import bounce_folder
from shared.db import Database
from shared.domain.delivery_reports import LARGEST
from shared.models import Email
from shared.settings import load_settings
from tests.builders import an_account
from tests.builders_reports import About, qmail
from tests.builders_reports_servers import gmail, postfix
from tests.builders_sent import a_sent_mail

Rows = Callable[[type[Any]], Sequence[Any]]
Run = Callable[..., Result]


@pytest.fixture
def run(app: Gateway) -> Run:
    def run(text: str = "", *files: Path) -> Result:
        return app.test_cli_runner().invoke(args=["bounces", "read", *map(str, files)], input=text)

    return run


@pytest.fixture
def email(database: Database) -> Email:
    with database.transaction() as session:
        return a_sent_mail(session, an_account(session))


@pytest.fixture
def about(email: Email) -> About:
    return About(email_id=email.id, recipient=email.recipient)


def kept(app: Gateway) -> list[tuple[str, str]]:
    """Flags and text of the reports that wait for a person."""
    path = app.settings.bounces_kept
    if not path.exists():
        return []
    folder = mailbox.Maildir(path, create=False)
    return [(folder.get_message(key).get_flags(), folder.get_string(key)) for key in folder.iterkeys()]


def test_a_report_is_read_from_a_pipe(run: Run, about: About, rows: Rows, app: Gateway) -> None:
    answer = run(postfix(about))

    assert (answer.exit_code, answer.output) == (0, "bounced\n")
    assert [(email.state, email.bounce_status) for email in rows(Email)] == [("refused", "5.1.1")]
    assert kept(app) == []


def test_reports_are_read_from_files(run: Run, about: About, rows: Rows, app: Gateway, tmp_path: Path) -> None:
    for name, text in (("a", "nothing"), ("b", gmail(about)), ("c", gmail(about))):
        (tmp_path / name).write_text(text)

    answer = run("", *(tmp_path / name for name in "abc"))

    assert (answer.exit_code, answer.output) == (0, "not understood\nbounced\nnothing new\n")
    assert [email.state for email in rows(Email)] == ["refused"]
    assert kept(app) == []


@pytest.mark.parametrize("make", [qmail, lambda about: "Subject: I am away\n\nuntil Monday\n"])
def test_what_is_not_understood_is_kept_for_a_person_and_the_mail_server_is_content(
    run: Run, about: About, rows: Rows, app: Gateway, make: Callable[[About], str]
) -> None:
    answer = run(make(about))

    assert (answer.exit_code, answer.output) == (0, "not understood\n")
    assert kept(app) == [("FS", make(about))]
    assert [email.state for email in rows(Email)] == ["sent"]


def test_with_a_mailbox_of_reports_it_is_kept_there(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    environment.setenv("BOUNCES_MAILDIR", str(tmp_path / "maildir"))
    app: Any = create_app(load_settings())

    answer = app.test_cli_runner().invoke(args=["bounces", "read"], input="nothing")

    assert answer.exit_code == 0
    assert [path.name.partition(":")[2] for path in (tmp_path / "maildir" / "cur").iterdir()] == ["2,FS"]
    app.database.dispose()


def test_nobody_can_fill_the_disk(run: Run, app: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounce_folder, "MOST_KEPT", 2)

    answers = [run(f"nothing {number}") for number in range(4)]

    assert [answer.exit_code for answer in answers] == [0] * 4
    assert len(kept(app)) == 2


@pytest.mark.req("S51")
def test_a_mail_without_end_is_read_to_its_end_and_kept_in_part(run: Run, app: Gateway) -> None:
    answer = run("x" * (3 * LARGEST))

    assert answer.exit_code == 0
    assert [len(text) for _, text in kept(app)] == [pytest.approx(LARGEST, abs=1)]


def test_a_report_about_a_mail_of_somebody_else_is_left_alone(run: Run, about: About, rows: Rows, app: Gateway) -> None:
    answer = run(postfix(about).replace("gatehouse.example", "elsewhere.example"))

    assert (answer.exit_code, answer.output) == (0, "not about a mail of ours\n")
    assert [email.state for email in rows(Email)] == ["sent"]
    assert kept(app) == []


def test_a_report_about_a_mail_not_recorded_yet_is_asked_for_again(run: Run, about: About, database: Database) -> None:
    with database.transaction() as session:
        session.get_one(Email, about.email_id).state = "waiting"

    assert run(postfix(about)).exit_code == os.EX_TEMPFAIL


def test_when_it_cannot_be_kept_the_mail_server_has_to(run: Run, app: Gateway) -> None:
    app.settings.var_dir.mkdir(parents=True, exist_ok=True)
    app.settings.bounces_kept.write_text("a file, where a folder should be")

    assert run("nothing").exit_code == os.EX_TEMPFAIL


def test_a_file_that_is_not_there_is_told_in_one_line(run: Run, tmp_path: Path) -> None:
    answer = run("", tmp_path / "none")

    assert answer.exit_code == 2
    assert len(answer.output.strip().splitlines()) == 1


@pytest.fixture
def piped(environment: pytest.MonkeyPatch) -> Callable[[str], subprocess.CompletedProcess[str]]:
    """The command as a mail server runs it."""

    def run(text: str) -> subprocess.CompletedProcess[str]:
        flask = str(Path(sys.executable).parent / "flask")
        return subprocess.run(
            [flask, "--app", "gateway", "bounces", "read"],
            input=text,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            cwd=Path(__file__).parents[2],
            env=dict(os.environ),
        )

    return run


@pytest.mark.slow
@pytest.mark.req("S43")
def test_while_the_database_is_away_the_mail_server_keeps_the_report(
    environment: pytest.MonkeyPatch, about: About, piped: Callable[[str], subprocess.CompletedProcess[str]]
) -> None:
    environment.setenv("DATABASE_URL", "postgresql+psycopg://nobody@127.0.0.1:1/nothing")

    answer = piped(postfix(about))

    assert (answer.returncode, answer.stdout, answer.stderr) == (os.EX_TEMPFAIL, "", "not read: try again\n")


@pytest.mark.slow
def test_while_somebody_else_writes_the_mail_server_keeps_the_report(
    database: Database, about: About, piped: Callable[[str], subprocess.CompletedProcess[str]]
) -> None:
    if not database.is_sqlite:
        pytest.skip("has one writer at a time only on SQLite")
    writer = sqlite3.connect(str(database.engine.url.database), isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")

    assert piped(postfix(about)).returncode == os.EX_TEMPFAIL

    writer.execute("ROLLBACK")
    writer.close()
    assert piped(postfix(about)).returncode == 0
