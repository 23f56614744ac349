from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.domain.errors import NotFound
from shared.models import Account, AuditEvent
from shared.services.accounts import disable_account, enable_account, find_account
from tests.builders import an_account
from tests.conftest import NOW
from tests.services.test_passwords import a_login


@pytest.mark.req("S40")
@pytest.mark.parametrize("typed", ["ann@people.example", " ANN@People.EXAMPLE "])
def test_an_account_is_found_by_its_address_in_any_case(session: Session, typed: str) -> None:
    account = an_account(session, email="ann@people.example")

    assert find_account(session, typed) is account


@pytest.mark.parametrize("act", [disable_account, enable_account])
def test_an_unknown_address_is_not_found(session: Session, act: object) -> None:
    with pytest.raises(NotFound):
        act(session, "nobody@people.example", now=NOW)  # type: ignore[operator]


@pytest.mark.req("S23")
def test_a_disabled_account_loses_its_log_ins_at_once(session: Session) -> None:
    account = an_account(session)
    login = a_login(session, account)

    disable_account(session, account.email, now=NOW)

    session.refresh(login)
    assert (account.disabled_at, login.ended_at) == (NOW, NOW)


@pytest.mark.req("S23")
def test_disabling_twice_keeps_the_first_time_and_enabling_brings_no_log_in_back(session: Session) -> None:
    account = an_account(session)
    login = a_login(session, account)
    disable_account(session, account.email, now=NOW)
    disable_account(session, account.email, now=NOW + timedelta(days=1))
    assert account.disabled_at == NOW

    enable_account(session, account.email, now=NOW + timedelta(days=2))

    session.refresh(login)
    assert login.ended_at is not None
    assert session.scalars(select(Account.disabled_at)).one() is None


@pytest.mark.req("S43")
def test_both_are_on_record_as_done_at_the_console(session: Session) -> None:
    account = an_account(session)

    disable_account(session, account.email, now=NOW)
    enable_account(session, account.email, now=NOW + timedelta(days=1))

    events = session.scalars(select(AuditEvent).order_by(AuditEvent.at)).all()
    assert [(event.action, event.actor) for event in events] == [
        ("account.disabled", "console"),
        ("account.enabled", "console"),
    ]
    assert {event.subject_id for event in events} == {account.id}
