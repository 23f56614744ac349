from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from shared.domain.errors import LinkUsed
from shared.models import Account, AuditEvent, Email, Link, LoginSession
from shared.services.passwords import NewPassword, ask_for_link, change_password, renew_link, set_password
from shared.settings import Settings
from tests.builders import an_account
from tests.builders_links import a_link, token_of
from tests.conftest import NOW

HASH = "$argon2id$new"


def a_login(session: Session, account: Account) -> LoginSession:
    login = LoginSession(
        secret_hash=account.id.bytes * 2,
        account_id=account.id,
        created_at=NOW,
        seen_at=NOW,
        expires_at=NOW + timedelta(hours=12),
    )
    session.add(login)
    session.flush()
    return login


@pytest.mark.req("R24", "S21", "S5")
def test_a_link_sets_the_password_and_ends_log_ins_and_links(session: Session, settings: Settings) -> None:
    account = an_account(session)
    login = a_login(session, account)
    other, link = (a_link(session, account, settings=settings) for _ in range(2))

    found = set_password(session, token_of(link, settings), NewPassword(password_hash=HASH), settings=settings, now=NOW)

    session.refresh(login)
    session.refresh(other)
    assert found is account
    assert (account.password_hash, account.password_set_at) == (HASH, NOW)
    assert (login.ended_at, other.superseded_at, link.used_at) == (NOW, NOW, NOW)


@pytest.mark.req("S3")
def test_a_link_sets_the_password_once(session: Session, settings: Settings) -> None:
    token = token_of(a_link(session, an_account(session), settings=settings), settings)
    set_password(session, token, NewPassword(password_hash=HASH), settings=settings, now=NOW)

    with pytest.raises(LinkUsed):
        set_password(session, token, NewPassword(password_hash="$other"), settings=settings, now=NOW)

    assert session.scalars(select(Account.password_hash)).one() == HASH


@pytest.mark.req("R17", "S29")
@pytest.mark.parametrize(("before", "first_name"), [(None, "Anne"), ("$argon2id$old", "Ann")])
def test_names_are_corrected_with_the_first_password_only(
    session: Session, settings: Settings, before: str | None, first_name: str
) -> None:
    account = an_account(session, password_hash=before)
    token = token_of(a_link(session, account, settings=settings), settings)

    set_password(session, token, NewPassword(password_hash=HASH, first_name="Anne"), settings=settings, now=NOW)

    assert (account.first_name, account.last_name) == (first_name, "Peeters")


@pytest.mark.req("R24")
@pytest.mark.parametrize(
    ("before", "action", "mails"),
    [(None, "password.set", []), ("$argon2id$old", "password.reset", ["password-changed"])],
)
def test_only_a_password_that_was_reset_is_told_by_mail(
    session: Session, settings: Settings, before: str | None, action: str, mails: list[str]
) -> None:
    account = an_account(session, password_hash=before)
    link = a_link(session, account, settings=settings)

    set_password(session, token_of(link, settings), NewPassword(password_hash=HASH), settings=settings, now=NOW)

    event = session.scalars(select(AuditEvent)).one()
    assert (event.action, event.link_id, event.details) == (action, link.id, {})
    assert list(session.scalars(select(Email.template))) == mails


@pytest.mark.req("S20", "S21", "S5")
def test_a_changed_password_ends_log_ins_and_links_and_is_told(session: Session, settings: Settings) -> None:
    account = an_account(session)
    login, link = a_login(session, account), a_link(session, account, settings=settings)

    change_password(session, account, HASH, now=NOW)

    session.refresh(login)
    session.refresh(link)
    assert (account.password_hash, login.ended_at, link.superseded_at) == (HASH, NOW, NOW)
    assert list(session.scalars(select(Email.template))) == ["password-changed"]


@pytest.mark.req("S7")
def test_nobody_is_written_to_at_an_unknown_or_disabled_address(session: Session, settings: Settings) -> None:
    an_account(session, email="off@people.example", disabled_at=NOW)

    for email in ("off@people.example", "nobody@people.example"):
        ask_for_link(session, email, settings=settings, now=NOW)

    assert session.scalar(select(func.count()).select_from(Email)) == 0
    assert session.scalar(select(func.count()).select_from(Link)) == 0


@pytest.mark.req("R22", "S5")
def test_a_new_link_leaves_the_old_one_alive_until_its_mail_is_accepted(session: Session, settings: Settings) -> None:
    account = an_account(session)
    old = a_link(session, account, settings=settings)

    ask_for_link(session, account.email.upper(), settings=settings, now=NOW)
    renew_link(session, old, settings=settings, now=NOW)

    assert session.scalar(select(func.count()).select_from(Link)) == 3
    assert session.scalar(select(func.count()).select_from(Link).where(Link.superseded_at.is_not(None))) == 0
    assert list(session.scalars(select(Email.template))) == ["password", "password"]
