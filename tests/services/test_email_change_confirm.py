from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.domain.email_changes import Side
from shared.domain.errors import (
    AddressTaken,
    LinkExpired,
    LinkSuperseded,
    LinkUnknown,
    LinkUsed,
)
from shared.models import Account, Assignment, Email, EmailChange, LoginSession
from shared.services.decision_lookup import lookup
from shared.services.email_change_confirm import confirm_change, look_at_link
from shared.services.email_changes import cancel_change
from shared.services.passwords import NewPassword, set_password
from shared.settings import Settings
from tests.builders import a_membership, an_account, an_organisation
from tests.builders_decisions import events
from tests.builders_email_changes import NEW, NINETY, an_email_change, link_to, token_to
from tests.builders_links import a_link, token_of
from tests.conftest import NOW

in_any_order = pytest.mark.parametrize(("first", "second"), [(Side.OLD, Side.NEW), (Side.NEW, Side.OLD)])


@pytest.fixture
def change(session: Session, settings: Settings, ann: Account) -> EmailChange:
    return an_email_change(session, ann, settings=settings)


@pytest.fixture
def confirm(session: Session, settings: Settings, change: EmailChange):
    """Press the button behind the link to a mailbox."""
    tokens = {side: token_to(session, change, side, settings) for side in Side}

    def press(*sides: Side, **changes: Any) -> Any:
        for side in sides:
            found = confirm_change(session, tokens[side], **({"settings": settings, "now": NOW} | changes))
            session.flush()
        return found

    return press


@in_any_order
def test_the_first_confirmation_changes_nothing_and_says_which_mailbox_is_missing(ann, confirm, first, second):
    found = confirm(first)

    assert (found.is_given, found.missing) == (True, (second,))
    assert ann.email == "ann@alpro.example"


@pytest.mark.req("S40")
@in_any_order
def test_the_second_makes_the_change_in_any_order(session, ann, confirm, first, second):
    before = ann.id

    found = confirm(first, second)

    assert found.missing == ()
    assert (ann.id, ann.email, ann.email_key) == (before, NEW, "ann@colzagro.example")
    assert session.scalars(select(EmailChange)).all() == []


def test_roles_stay_with_the_account(session, ann, confirm):
    held = a_membership(session, ann, an_organisation(session).posts[0])

    confirm(Side.OLD, Side.NEW)

    assert (held.account_id, held.status) == (ann.id, "valid")


@pytest.mark.req("R73")
def test_what_the_person_was_asked_to_decide_can_be_decided_by_the_link_in_the_old_mail(session, settings, case):
    _, chief, token = case
    change = an_email_change(session, chief, settings=settings)
    for side in Side:
        confirm_change(session, token_to(session, change, side, settings), settings=settings, now=NOW)

    shown = lookup(session, token, settings=settings, now=NOW)

    assert session.scalars(select(Assignment.closed_at).where(Assignment.account_id == chief.id)).all() == [None]
    assert shown.recipient_key == f"account:{chief.id}"


@pytest.mark.req("S21", "S5")
def test_log_ins_end_and_password_links_die(session, settings, ann, confirm):
    link = a_link(session, ann, settings=settings)
    login = LoginSession(
        secret_hash=bytes(32), account_id=ann.id, created_at=NOW, seen_at=NOW, expires_at=NOW + timedelta(hours=12)
    )
    session.add(login)

    confirm(Side.OLD, Side.NEW)

    session.refresh(link)
    session.refresh(login)
    assert (link.superseded_at, login.ended_at) == (NOW, NOW)


def test_both_mailboxes_are_told(session, confirm):
    confirm(Side.OLD, Side.NEW)

    told = session.scalars(select(Email.recipient).where(Email.template == "address-changed"))
    assert set(told) == {"ann@alpro.example", NEW}


@pytest.mark.req("S45")
def test_each_confirmation_and_the_change_are_on_record_without_an_address(session, ann, change, confirm):
    links = {side: link_to(session, change, side).id for side in Side}

    confirm(Side.OLD, Side.NEW)

    given = {(event.link_id, event.details["side"]) for event in events(session, "account.email_change_confirmed")}
    assert given == {(links[side], side.value) for side in Side}
    (made,) = events(session, "account.email_changed")
    assert (made.actor, made.subject_id, made.details) == (f"account:{ann.id}", ann.id, {})


def test_a_second_press_of_the_same_button_confirms_once(session, confirm):
    confirm(Side.NEW)

    assert confirm(Side.NEW).missing == (Side.OLD,)
    assert len(events(session, "account.email_change_confirmed")) == 1


@pytest.mark.req("S3")
def test_after_the_change_both_links_are_used(confirm):
    confirm(Side.OLD, Side.NEW)

    for side in Side:
        with pytest.raises(LinkUsed):
            confirm(side)


@pytest.mark.req("S4")
def test_a_link_confirms_until_its_last_second(confirm):
    confirm(Side.OLD, now=NOW + NINETY - timedelta(seconds=1))

    with pytest.raises(LinkExpired):
        confirm(Side.NEW, now=NOW + NINETY)


@pytest.mark.req("S4")
def test_a_link_that_works_is_no_use_when_the_other_died(session, ann, change, confirm):
    link_to(session, change, Side.OLD).expires_at = NOW

    with pytest.raises(LinkExpired):
        confirm(Side.NEW)

    assert link_to(session, change, Side.NEW).used_at is None


@pytest.mark.req("S5")
def test_links_of_a_change_that_was_taken_back_confirm_nothing(session, ann, confirm):
    confirm(Side.NEW)
    cancel_change(session, ann.id, now=NOW)

    with pytest.raises(LinkSuperseded):
        confirm(Side.OLD)
    with pytest.raises(LinkUsed):
        confirm(Side.NEW)

    assert ann.email == "ann@alpro.example"


@pytest.mark.req("S6")
@pytest.mark.parametrize("act", [confirm_change, look_at_link])
def test_a_link_for_a_password_confirms_no_address(session, settings, ann, act):
    link = a_link(session, ann, settings=settings)

    with pytest.raises(LinkUnknown):
        act(session, token_of(link, settings), settings=settings, now=NOW)


@pytest.mark.req("S6")
def test_a_link_for_an_address_sets_no_password(session, settings, change):
    with pytest.raises(LinkUnknown):
        set_password(
            session,
            token_to(session, change, Side.OLD, settings),
            NewPassword(password_hash="$"),
            settings=settings,
            now=NOW,
        )


@pytest.mark.req("S10")
@pytest.mark.parametrize("side", list(Side))
def test_looking_at_a_link_changes_nothing(session, settings, ann, change, side):
    found = look_at_link(session, token_to(session, change, side, settings), settings=settings, now=NOW)

    assert (found.account, found.new_email, found.side, found.is_given) == (ann, NEW, side, False)
    assert not session.dirty
    assert link_to(session, change, side).used_at is None


def test_an_address_that_somebody_took_meanwhile_is_refused(session, ann, confirm):
    an_account(session, email="ANN@colzagro.example", password_hash=None)
    confirm(Side.OLD)

    with pytest.raises(AddressTaken):
        confirm(Side.NEW)

    assert ann.email == "ann@alpro.example"
