from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.domain.errors import FieldErrors, NotFound, TooManyRequests
from shared.models import Account, Email, Link
from shared.services.helpdesk_address import correct_address
from shared.services.sign_up import send_password_link
from shared.settings import Settings
from tests.builders import an_account
from tests.builders_decisions import events
from tests.builders_links import a_link
from tests.conftest import NOW

GROUND = "call 4711"


@pytest.fixture
def newcomer(session: Session) -> Account:
    """Somebody whose address holds a typing error, so that no mail arrives."""
    return an_account(session, email="nora@alrpo.example", password_hash=None, password_set_at=None)


@pytest.fixture
def correct(session: Session, settings: Settings, newcomer: Account):
    def correct(address: str = "Nora@Alpro.example", *, account: Account = newcomer, **changes: Any) -> None:
        values: dict[str, Any] = {"actor": "account:helga", "ground": GROUND, "settings": settings, "now": NOW}
        correct_address(session, account.id, address, **values | changes)
        session.flush()

    return correct


@pytest.mark.req("S40", "S5")
def test_a_new_link_goes_to_the_right_address_and_the_old_ones_are_dead(session, settings, newcomer, correct):
    send_password_link(session, newcomer, settings=settings, now=NOW - timedelta(hours=1))
    old = session.scalars(select(Link)).one()

    correct("Nora@Alpro.example")

    assert (newcomer.email, newcomer.email_key) == ("Nora@Alpro.example", "nora@alpro.example")
    session.refresh(old)
    assert old.superseded_at == NOW
    new = session.scalars(select(Email).where(Email.recipient == "Nora@Alpro.example")).one()
    assert (new.template, new.state, new.recipient_key) == ("password", "waiting", "nora@alpro.example")
    assert session.get_one(Link, new.link_id).superseded_at is None


def test_names_and_username_stay_and_nothing_is_proved(session, newcomer, correct):
    before = (newcomer.id, newcomer.first_name, newcomer.last_name, newcomer.username, newcomer.username_key)

    correct()

    after = (newcomer.id, newcomer.first_name, newcomer.last_name, newcomer.username, newcomer.username_key)
    assert after == before
    assert (newcomer.password_hash, newcomer.password_set_at) == (None, None)


@pytest.mark.req("S45")
def test_a_correction_is_on_record_without_an_address(session, newcomer, correct):
    correct()

    (event,) = events(session, "account.address_corrected")
    assert (event.actor, event.subject_id, event.ground, event.details) == ("account:helga", newcomer.id, GROUND, {})


def test_an_account_that_had_a_password_keeps_its_address(session, settings, ann, correct):
    link = a_link(session, ann, settings=settings)

    with pytest.raises(FieldErrors, match="has set a password"):
        correct(account=ann)

    assert ann.email == "ann@alpro.example"
    assert link.superseded_at is None
    assert session.scalars(select(Email)).all() == []


def test_a_disabled_account_keeps_its_address(session, correct):
    disabled = an_account(session, password_hash=None, disabled_at=NOW)

    with pytest.raises(FieldErrors, match="disabled"):
        correct(account=disabled)


@pytest.mark.req("S7", "S40")
@pytest.mark.parametrize("taken_by", [{}, {"password_hash": None}, {"disabled_at": NOW}], ids=str)
@pytest.mark.parametrize("address", ["taken@alpro.example", "TAKEN@Alpro.example"])
def test_of_an_address_that_another_account_has_no_more_is_told_than_that_it_cannot_be_used(
    session, newcomer, correct, taken_by, address
):
    an_account(session, email="taken@alpro.example", **taken_by)

    with pytest.raises(FieldErrors) as refused:
        correct(address)

    assert refused.value.errors == {"email": ["This address cannot be used."]}
    assert newcomer.email == "nora@alrpo.example"
    assert session.scalars(select(Email)).all() == []


def test_the_address_that_stands_there_is_no_correction(newcomer, correct):
    with pytest.raises(FieldErrors, match="already"):
        correct(newcomer.email.upper())


@pytest.mark.req("S12")
def test_an_address_is_corrected_three_times_within_a_day(correct, newcomer):
    for number in range(3):
        correct(f"nora{number}@alpro.example")

    with pytest.raises(TooManyRequests):
        correct("nora4@alpro.example")
    correct("nora4@alpro.example", now=NOW + timedelta(days=1))

    assert newcomer.email == "nora4@alpro.example"


def test_nobodys_address_cannot_be_corrected(session, settings):
    with pytest.raises(NotFound):
        correct_address(session, UUID(int=7), "a@b.example", actor="console", ground=GROUND, settings=settings, now=NOW)
