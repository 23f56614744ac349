import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.models import Email
from shared.services.email_changes import ask_for_change
from shared.settings import Settings
from tests.builders import an_account
from tests.builders_mails import CAUSES, Town, a_town, written
from tests.conftest import NOW
from worker.letters import Parts


@pytest.fixture
def town(session: Session, settings: Settings) -> Town:
    return a_town(session, settings)


def flat(mail: Parts) -> str:
    """The text part on one line."""
    return " ".join(mail.text.split())


@pytest.mark.req("R21")
def test_the_new_mailbox_is_told_who_asked_until_when_and_that_the_other_one_has_to_confirm_too(town: Town) -> None:
    mail = written(town, CAUSES["confirm-address"](town))

    assert mail.subject == "Confirm your new e-mail address"
    assert "Ann Peeters asked to use this address for an account with us." in flat(mail)
    assert "You have 90 minutes: the link works until 13:02 (+02:00 CEST), Tuesday 9 June 2026." in flat(mail)
    assert "The address changes when both links were opened and confirmed, in any order." in flat(mail)


def test_the_new_mailbox_may_be_a_strangers_and_is_told_no_other_address(town: Town) -> None:
    mail = written(town, CAUSES["confirm-address"](town))

    assert town.applicant.email not in mail.text + mail.html


def test_the_old_mailbox_is_told_the_new_address_and_what_to_do_when_it_was_somebody_else(town: Town) -> None:
    mail = written(town, CAUSES["approve-address"](town))

    assert "At 11:32 (+02:00 CEST), Tuesday 9 June 2026 you, or somebody who knows your password," in flat(mail)
    assert "asked to change the e-mail address of your account to ann@colzagro.example." in flat(mail)
    assert "somebody knows your password, so log in and change it now. That also ends what was asked for." in flat(mail)


@pytest.mark.req("S36")
def test_a_new_address_is_no_link_to_anywhere(town: Town) -> None:
    address = "www.evil.example/log-in@colzagro.example"
    ask_for_change(town.session, town.applicant.id, address, settings=town.settings, now=NOW)

    assert "www.evil.example" not in flat(written(town, town.mail("approve-address")))


@pytest.mark.req("S7", "R5")
def test_a_mailbox_that_belongs_to_an_account_gets_the_way_to_the_log_in_and_no_link_of_its_own(town: Town) -> None:
    mail = written(town, CAUSES["address-in-use"](town))

    assert f"\n\n{town.settings.public_url}/account/log-in\n\n" in mail.text
    assert "/email/" not in mail.text + mail.html
    assert "an address belongs to one account only, and this one has an account already." in flat(mail)
    assert "Nobody has set a password" not in flat(mail)
    assert town.applicant.email not in mail.text + mail.html
    assert town.applicant.full_name not in mail.text + mail.html


def test_an_account_that_was_begun_and_left_is_said_to_go_by_itself(town: Town) -> None:
    an_account(town.session, email="begun@alpro.example", password_hash=None)
    ask_for_change(town.session, town.applicant.id, "begun@alpro.example", settings=town.settings, now=NOW)

    assert "Unless somebody does, it goes by itself after 7 days" in flat(written(town, town.mail("address-in-use")))


def test_both_mailboxes_are_told_in_the_same_words_that_it_is_done(town: Town) -> None:
    CAUSES["address-changed"](town)
    emails = town.session.scalars(select(Email).where(Email.template == "address-changed"))

    texts = {email.recipient: flat(written(town, email)).replace(email.recipient, "*") for email in emails}

    assert texts.keys() == {"ann.peeters@alpro.example", "ann@colzagro.example"}
    assert len(set(texts.values())) == 1
    assert "Log in with the new address and the same password." in texts["ann@colzagro.example"]
