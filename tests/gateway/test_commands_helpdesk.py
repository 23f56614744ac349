"""What the helpdesk can do from the command line, by the same rules as on its pages."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from click.testing import Result

from gateway.application import Gateway
from shared.db import Database
from shared.models import Account, AuditEvent, Email
from tests.builders_sent import a_sent_mail
from tests.conftest import NOW

Rows = Callable[[type[Any]], Sequence[Any]]
Run = Callable[..., Result]
NEW = "new@alpro.example"
GROUND = ("--ground", "call 4711")


@pytest.fixture
def run(app: Gateway) -> Run:
    return lambda *words: app.test_cli_runner().invoke(args=[*words])


def test_an_address_that_was_never_proved_is_corrected(run: Run, newcomer: Account, rows: Rows) -> None:
    answer = run("accounts", "correct-address", newcomer.email, NEW, *GROUND)

    assert (answer.exit_code, answer.output) == (0, "corrected\n")
    assert [(account.email, account.password_hash) for account in rows(Account)] == [(NEW, None)]
    assert [(email.template, email.recipient) for email in rows(Email)] == [("password", NEW)]
    assert [(event.action, event.actor, event.ground) for event in rows(AuditEvent)] == [
        ("account.address_corrected", "console", "call 4711")
    ]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("new@people.example", "nora", *GROUND), "Give an e-mail address"),
        (("new@people.example", NEW, "--ground", "x"), "Give a short ground"),
        (("new@people.example", NEW, "--ground", "for new@alpro.example"), "Leave out addresses"),
        (("new@people.example", NEW), "--ground"),
        (("nobody@people.example", NEW, *GROUND), "No account has this address"),
        (("new@people.example", "ann@people.example", *GROUND), "This address cannot be used."),
        (("ann@people.example", NEW, *GROUND), "has set a password"),
    ],
)
def test_what_cannot_be_corrected_is_told_in_one_line(
    run: Run, newcomer: Account, person: Account, rows: Rows, words: tuple[str, ...], told: str
) -> None:
    answer = run("accounts", "correct-address", *words)

    assert answer.exit_code == 2
    assert told in answer.output
    assert len(answer.output.strip().splitlines()) == 1
    assert {account.email for account in rows(Account)} == {newcomer.email, person.email}
    assert rows(Email) == []


def test_a_mail_that_came_back_is_listed_shown_and_sent_again(
    run: Run, database: Database, person: Account, rows: Rows
) -> None:
    with database.transaction() as session:
        email = a_sent_mail(
            session, person, state="refused", reason="bounced 5.1.1", bounced_at=NOW, bounce_status="5.1.1"
        )

    assert "refused 09:32:00 (bounced 5.1.1)" in run("emails", "list", "--state", "refused").output
    assert "  came back: 2026-06-09 09:32:00 5.1.1\n" in run("emails", "show", str(email.id)).output
    assert run("emails", "resend", str(email.id)).exit_code == 0

    assert [(one.id, one.state, one.bounced_at) for one in rows(Email)] == [(email.id, "waiting", None)]
