from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from shared.models import Account, AuditEvent, Email, Link, OutboxRow
from shared.services.sign_up import PRIVACY_VERSION, SignUp, sign_up
from shared.settings import Settings
from tests.builders import an_account
from tests.conftest import NOW


def a_form(**changes: object) -> SignUp:
    values = {
        "first_name": "Ann",
        "last_name": "Peeters",
        "email": "Ann@Alpro.example",
        "email_language": "nl",
        "ui_language": "en",
    }
    return SignUp(**(values | changes))  # type: ignore[arg-type]


@pytest.mark.req("R20", "R13", "R15")
def test_an_account_without_a_password_a_link_and_a_mail_are_written_together(
    session: Session, settings: Settings
) -> None:
    sign_up(session, a_form(), settings=settings, now=NOW)

    account = session.scalars(select(Account)).one()
    assert (account.email, account.email_key) == ("Ann@Alpro.example", "ann@alpro.example")
    assert (account.password_hash, account.privacy_version, account.privacy_accepted_at) == (None, PRIVACY_VERSION, NOW)
    email = session.scalars(select(Email)).one()
    assert (email.template, email.language, email.created_at) == ("password", "nl", NOW)
    assert email.link_id == session.scalars(select(Link.id)).one()
    assert session.scalars(select(OutboxRow.subject_id)).one() == email.id


@pytest.mark.req("R20")
def test_nothing_is_left_of_a_sign_up_that_is_rolled_back(session: Session, settings: Settings) -> None:
    sign_up(session, a_form(), settings=settings, now=NOW)
    session.rollback()

    for model in (Account, Link, Email, OutboxRow, AuditEvent):
        assert session.scalar(select(func.count()).select_from(model)) == 0


@pytest.mark.req("R5", "S40")
@pytest.mark.parametrize("email", ["ann@alpro.example", "ANN@ALPRO.EXAMPLE"])
def test_the_owner_of_a_known_address_is_told_in_the_language_of_the_account(
    session: Session, settings: Settings, email: str
) -> None:
    owner = an_account(session, email="ann@alpro.example", email_language="el")

    sign_up(session, a_form(email=email, first_name="Eve"), settings=settings, now=NOW)

    assert session.scalars(select(Account)).one() is owner
    assert owner.first_name == "Ann"
    mail = session.scalars(select(Email)).one()
    assert (mail.template, mail.language, mail.account_id) == ("already-registered", "el", owner.id)


@pytest.mark.req("R5")
def test_an_unfinished_account_is_replaced_and_keeps_its_id(session: Session, settings: Settings) -> None:
    sign_up(session, a_form(username="annie"), settings=settings, now=NOW)
    before = session.scalars(select(Account.id)).one()

    later = NOW + timedelta(days=1)
    sign_up(session, a_form(first_name="Anne", email_language="fr", username="anne.p"), settings=settings, now=later)

    account = session.scalars(select(Account)).one()
    assert (account.id, account.first_name, account.email_language) == (before, "Anne", "fr")
    assert (account.username, account.username_key) == ("anne.p", "anne.p")
    assert (account.created_at, account.privacy_accepted_at) == (NOW, later)


@pytest.mark.req("R11")
def test_a_replaced_sign_up_without_a_wish_keeps_the_username(session: Session, settings: Settings) -> None:
    sign_up(session, a_form(), settings=settings, now=NOW)
    first = session.scalars(select(Account.username)).one()

    sign_up(session, a_form(), settings=settings, now=NOW)

    assert session.scalars(select(Account.username)).one() == first


@pytest.mark.req("R11", "S39")
@pytest.mark.parametrize("wish", ["paul", "PAUL", "pau1"])
def test_a_username_that_is_taken_is_replaced_by_an_assigned_one(
    session: Session, settings: Settings, wish: str
) -> None:
    sign_up(session, a_form(email="p@p.example", username="paul"), settings=settings, now=NOW)

    sign_up(session, a_form(username=wish), settings=settings, now=NOW)

    account = session.scalars(select(Account).where(Account.email_key == "ann@alpro.example")).one()
    assert account.username_was_assigned
    assert account.username.startswith("n")


@pytest.mark.req("S12", "S5")
def test_a_sixth_mail_is_held_and_the_limit_is_counted_in_the_products_time(
    session: Session, environment: pytest.MonkeyPatch, settings: Settings
) -> None:
    limited = _limited(settings)
    for minute in range(6):
        sign_up(session, a_form(), settings=limited, now=NOW + timedelta(minutes=minute))
    assert _states(session) == ["waiting"] * 5 + ["held"]

    sign_up(session, a_form(), settings=limited, now=NOW + timedelta(minutes=60))

    assert _states(session) == ["waiting"] * 5 + ["held", "waiting"]
    assert session.scalar(select(func.count()).select_from(OutboxRow)) == 6


def _limited(settings: Settings) -> Settings:
    from dataclasses import replace

    return replace(settings, rate_limits=True)


def _states(session: Session) -> list[str]:
    return list(session.scalars(select(Email.state).order_by(Email.created_at)))
