from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.domain.email_changes import Side
from shared.domain.errors import FieldErrors, TooManyRequests
from shared.domain.links import LinkPurpose
from shared.models import Account, Email, EmailChange, Link, OutboxRow
from shared.services.accounts import disable_account
from shared.services.email_changes import ask_for_change, cancel_change, pending_change
from shared.services.passwords import change_password
from shared.settings import Settings, load_settings
from tests.builders import an_account
from tests.builders_decisions import events
from tests.builders_email_changes import NEW, NINETY, an_email_change, link_to
from tests.builders_links import a_link
from tests.conftest import NOW


def mails(session: Session) -> set[tuple[str, str]]:
    return {(one.template, one.recipient) for one in session.scalars(select(Email))}


@pytest.fixture
def with_limits(environment: pytest.MonkeyPatch) -> Settings:
    environment.setenv("RATE_LIMITS", "on")
    return load_settings()


@pytest.mark.req("S20")
def test_both_mailboxes_get_a_link_in_the_transaction_that_asks_and_the_address_stays(session, settings, ann):
    an_email_change(session, ann, settings=settings)

    assert mails(session) == {("approve-address", "ann@alpro.example"), ("confirm-address", NEW)}
    assert {row.subject_id for row in session.scalars(select(OutboxRow))} == set(session.scalars(select(Email.id)))
    assert {row.queue for row in session.scalars(select(OutboxRow))} == {"mail.urgent"}
    assert (ann.email, ann.email_key) == ("ann@alpro.example", "ann@alpro.example")


@pytest.mark.req("S45")
def test_asking_is_on_record_without_an_address(session, settings, ann):
    an_email_change(session, ann, settings=settings)

    (event,) = events(session, "account.email_change_asked")
    assert (event.actor, event.subject_id, event.details) == (f"account:{ann.id}", ann.id, {})


@pytest.mark.req("S7", "S40", "R5")
@pytest.mark.parametrize("owner", [{}, {"password_hash": None}, {"disabled_at": NOW}], ids=str)
def test_of_an_address_that_has_an_account_its_mailbox_is_told_without_a_link_and_all_else_is_the_same(
    session, settings, ann, helga, owner
):
    taken = an_account(session, email="Taken@alpro.example", email_language="nl", **owner)

    known = an_email_change(session, ann, settings=settings, address="taken@ALPRO.example")
    unknown = an_email_change(session, helga, settings=settings)

    mail = session.scalars(select(Email).where(Email.template == "address-in-use")).one()
    assert (mail.recipient, mail.language, mail.account_id) == (taken.email, "nl", taken.id)
    assert mail.link_id == known.new_link_id, "its time begins with the mail, as it does for any other address"
    shown = [pending_change(session, account.id, now=NOW) for account in (ann, helga)]
    assert [(one.until, one.new.confirmed_at, one.new.stuck) for one in shown] == [(NOW + NINETY, None, None)] * 2
    assert [(one.new.address, one.asked_at) for one in shown] == [("taken@ALPRO.example", NOW), (NEW, NOW)]
    assert {known.account_id, unknown.account_id} == {ann.id, helga.id}


@pytest.mark.req("S40")
def test_the_address_that_the_account_has_is_no_change(session, settings, ann):
    with pytest.raises(FieldErrors, match="already"):
        ask_for_change(session, ann.id, "Ann@ALPRO.example", settings=settings, now=NOW)

    assert mails(session) == set()


@pytest.mark.req("S5")
def test_asking_again_ends_the_change_before_and_no_password_link(session, settings, ann):
    password_link = a_link(session, ann, settings=settings)
    before = an_email_change(session, ann, settings=settings)
    dead = {before.old_link_id, before.new_link_id}

    an_email_change(session, ann, settings=settings, address="other@colzagro.example")

    superseded = set(session.scalars(select(Link.id).where(Link.superseded_at.is_not(None))))
    assert superseded == dead
    assert password_link.id not in superseded
    assert [one.new_email for one in session.scalars(select(EmailChange))] == ["other@colzagro.example"]


@pytest.mark.req("S12")
def test_five_changes_are_asked_for_within_a_day(session, with_limits, ann):
    for number in range(5):
        ask_for_change(session, ann.id, f"ann{number}@colzagro.example", settings=with_limits, now=NOW)

    with pytest.raises(TooManyRequests):
        ask_for_change(session, ann.id, NEW, settings=with_limits, now=NOW)
    ask_for_change(session, ann.id, NEW, settings=with_limits, now=NOW + timedelta(days=1))


@pytest.mark.req("S12")
def test_a_sixth_mail_to_one_mailbox_within_an_hour_is_held_whoever_asked(session, with_limits):
    for _ in range(6):
        ask_for_change(session, an_account(session).id, NEW, settings=with_limits, now=NOW)

    states = session.scalars(select(Email.state).where(Email.template == "confirm-address"))
    assert sorted(states) == ["held", *["waiting"] * 5]


def test_a_change_that_waits_says_since_when_until_when_and_who_has_confirmed(session, settings, ann):
    change = an_email_change(session, ann, settings=settings)
    link_to(session, change, Side.NEW).used_at = NOW + timedelta(minutes=1)

    shown = pending_change(session, ann.id, now=NOW + timedelta(minutes=2))

    assert (shown.asked_at, shown.until) == (NOW, NOW + NINETY)
    assert (shown.new.address, shown.new.confirmed_at) == (NEW, NOW + timedelta(minutes=1))
    assert (shown.old.address, shown.old.confirmed_at) == ("ann@alpro.example", None)


@pytest.mark.req("R21")
def test_before_its_mails_went_a_change_has_no_end(session, settings, ann):
    ask_for_change(session, ann.id, NEW, settings=settings, now=NOW)

    assert pending_change(session, ann.id, now=NOW + timedelta(days=2)).until is None


@pytest.mark.parametrize("state", ["refused", "held"])
def test_a_mail_that_did_not_arrive_is_shown_with_the_change(session, settings, ann, state):
    an_email_change(session, ann, settings=settings)
    mail = session.scalars(select(Email).where(Email.template == "confirm-address")).one()
    mail.state = state

    shown = pending_change(session, ann.id, now=NOW)

    assert (shown.new.stuck, shown.old.stuck) == (mail, None)


@pytest.mark.req("S4")
@pytest.mark.parametrize("side", list(Side))
def test_a_change_is_over_when_one_link_is(session, settings, ann, side):
    change = an_email_change(session, ann, settings=settings)
    link_to(session, change, side).expires_at = NOW + timedelta(minutes=1)

    assert pending_change(session, ann.id, now=NOW + timedelta(seconds=59)) is not None
    assert pending_change(session, ann.id, now=NOW + timedelta(minutes=1)) is None


def by_cancelling(session: Session, ann: Account) -> None:
    assert cancel_change(session, ann.id, now=NOW)


def by_a_new_password(session: Session, ann: Account) -> None:
    change_password(session, ann, "$argon2id$other", now=NOW)


def by_disabling(session: Session, ann: Account) -> None:
    disable_account(session, ann.email, now=NOW)


@pytest.mark.req("S5", "S23")
@pytest.mark.parametrize("end", [by_cancelling, by_a_new_password, by_disabling])
def test_a_change_ends_and_its_links_die(session, settings, ann, end):
    an_email_change(session, ann, settings=settings)

    end(session, ann)

    session.expire_all()
    assert pending_change(session, ann.id, now=NOW) is None
    of_change = Link.purpose == LinkPurpose.EMAIL_CHANGE
    assert set(session.scalars(select(Link.superseded_at).where(of_change))) == {NOW}
    assert ann.email == "ann@alpro.example"


def test_taking_back_is_on_record_and_where_nothing_waits_nothing_happens(session, settings, ann):
    assert not cancel_change(session, ann.id, now=NOW)
    an_email_change(session, ann, settings=settings)

    cancel_change(session, ann.id, now=NOW)

    assert len(events(session, "account.email_change_cancelled")) == 1


@pytest.mark.req("S26")
def test_nobody_sees_the_change_of_another(session, settings, ann, helga):
    an_email_change(session, ann, settings=settings)

    assert pending_change(session, helga.id, now=NOW) is None
    assert pending_change(session, uuid4(), now=NOW) is None
