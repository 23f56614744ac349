"""Rows that are written without the ORM's unit of work are the rows that it would have written."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, inspect, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from shared import rows
from shared.db import Database
from shared.domain.links import LinkPurpose
from shared.models import Account, AuditEvent, AuditUnsealed, Base, Email, Link, OutboxRow
from shared.models.base import new_id
from shared.rows import MOST_VALUES, Changed, Row
from shared.services import audit
from shared.services.emails import Recipient, email_rows
from shared.services.links import link_row
from shared.services.sign_up import SignUp, sign_up
from shared.settings import Settings
from tests.builders import an_account
from tests.conftest import NOW


def an_account_row(**changes: Any) -> Row:
    values = {
        "id": new_id(),
        "username": "ann",
        "username_key": "ann",
        "username_was_assigned": False,
        "first_name": "Ann",
        "last_name": "Peeters",
        "email": "ann@people.example",
        "email_key": "ann@people.example",
        "email_language": "nl",
        "ui_language": "en",
        "notifications": {"reminder": False},
        "privacy_version": "1",
        "privacy_accepted_at": NOW,
        "created_at": NOW,
        "updated_at": NOW,
    }
    return Row(Account, values | changes)


def an_event(account_id: Any) -> list[Row]:
    return audit.event_rows(
        action="account.created",
        actor=audit.SYSTEM,
        subject_type="account",
        subject_id=account_id,
        now=NOW,
        privacy_version="1",
    )


def everything(session: Session, settings: Settings, account: Row) -> list[Row]:
    """One row of every table that a sign-up writes to."""
    to = Recipient("Ann@people.example", "nl", account.values["id"])
    link = link_row(purpose=LinkPurpose.PASSWORD, keyring=settings.keyring, now=NOW, account_id=to.account_id)
    mail = email_rows(session, template="password", to=to, now=NOW, held=False, link_id=link.values["id"])
    return [*an_event(to.account_id), link, *mail]


def columns(one: Base) -> dict[str, Any]:
    """What a row of the database holds, but for what differs from row to row."""
    kept = {column.key: getattr(one, column.key) for column in inspect(type(one)).columns}
    return {name: value for name, value in kept.items() if name not in OWN}


OWN = {"id", "email", "email_key", "username", "username_key", "account_id", "link_id", "subject_id", "event_id"}


@pytest.mark.req("R20")
def test_they_are_the_same_rows_with_the_same_defaults(session: Session, settings: Settings) -> None:
    account = an_account_row(email_key="ben@people.example", username_key="ben")
    for row in (account, *everything(session, settings, account)):
        rows.add(session, [row])
        session.flush()

    account = an_account_row()
    assert rows.write(session, everything(session, settings, account), first=account)

    for model in (Account, AuditEvent, AuditUnsealed, Link, Email, OutboxRow):
        session.expire_all()
        one, other = map(columns, session.scalars(select(model)))
        assert one == other


def test_nothing_is_written_when_the_first_row_is_there_already(session: Session, settings: Settings) -> None:
    an_account(session, email="ann@people.example")
    account = an_account_row()

    assert not rows.write(session, everything(session, settings, account), first=account)

    assert [counted(session, model) for model in (Account, AuditEvent, Link, Email, OutboxRow)] == [1, 0, 0, 0, 0]


def counted(session: Session, model: type[Base]) -> int:
    return session.scalars(select(func.count()).select_from(model)).one()


def test_any_of_its_unique_columns_counts(session: Session) -> None:
    an_account(session, username_key="ann")
    account = an_account_row()

    assert not rows.write(session, an_event(account.values["id"]), first=account)


def test_a_row_that_is_there_is_changed_with_them(session: Session) -> None:
    account = an_account(session, first_name="An")
    other = an_account(session, first_name="Ben")

    assert rows.write(session, an_event(account.id), first=Changed(Account, account.id, {"first_name": "Ann"}))

    session.expire_all()
    assert (account.first_name, other.first_name) == ("Ann", "Ben")
    assert counted(session, AuditEvent) == 1


def test_a_change_that_breaks_a_rule_of_the_table_is_an_error(session: Session) -> None:
    account, other = an_account(session), an_account(session)

    with pytest.raises(IntegrityError), session.begin_nested():
        rows.write(
            session, an_event(account.id), first=Changed(Account, account.id, {"username_key": other.username_key})
        )

    assert counted(session, AuditEvent) == 0


def test_what_the_session_holds_is_written_before(session: Session) -> None:
    account = an_account(session)
    account.first_name = "Anna"
    link = Link(purpose="password", key_number=1, account_id=account.id, created_at=NOW)
    session.add(link)

    link.id = new_id()
    to = Recipient("ann@people.example", "en", account.id)
    rows.write(session, email_rows(session, template="password", to=to, now=NOW, held=False, link_id=link.id))

    assert session.scalars(select(Email.link_id)).one() == link.id


@pytest.mark.services
def test_a_new_row_waits_for_whoever_writes_the_same_and_yields_to_a_commit(database: Database) -> None:
    first, second = an_account_row(), an_account_row(username_key="other")

    def write(_: int) -> bool:
        with database.transaction() as session:
            return rows.write(session, an_event(second.values["id"]), first=second)

    with ThreadPoolExecutor(1) as other:
        with database.transaction() as session:
            rows.write(session, an_event(first.values["id"]), first=first)
            later = other.submit(write, 0)
            assert not later.done()
        assert later.result() is False


@pytest.mark.services
def test_the_driver_keeps_the_longest_statement(
    session: Session, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[dict[str, Any]] = []
    send: Callable[..., Any] = rows.send
    monkeypatch.setattr(rows, "send", lambda *words: sent.append(words[2]) or send(*words))
    form = SignUp(first_name="Ann", last_name="P", email="a@b.example", email_language="en", ui_language="en")

    sign_up(session, form, settings=settings, now=NOW)
    sign_up(session, replace(form, username="annie"), settings=settings, now=NOW)

    assert max(map(len, sent)) <= MOST_VALUES
