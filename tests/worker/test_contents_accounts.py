import pytest
from sqlalchemy.orm import Session

from shared.services import profiles
from shared.services.role_request_verdict import Decision
from shared.services.sign_up import send_password_link
from shared.settings import Settings
from tests.builders_mails import CAUSES, Town, a_town, accepted, written
from tests.builders_role_requests import a_control_body
from tests.conftest import NOW
from worker.letters import Parts


@pytest.fixture
def town(session: Session, settings: Settings) -> Town:
    return a_town(session, settings)


def flat(mail: Parts) -> str:
    """The text part on one line."""
    return " ".join(mail.text.split())


@pytest.mark.req("R20", "R21")
def test_a_new_person_is_told_the_name_the_time_limit_and_the_next_step(town: Town) -> None:
    town.applicant.password_hash = None
    send_password_link(town.session, town.applicant, settings=town.settings, now=NOW)

    mail = written(town, town.mail("password"))

    assert mail.subject == "Set your password within 90 minutes"
    assert "An account was created for Ann Peeters." in flat(mail)
    assert "You have 90 minutes. The link works once, until 13:02 (+02:00 CEST), Tuesday 9 June 2026." in flat(mail)


@pytest.mark.req("R8")
def test_a_new_person_is_told_that_no_role_was_requested(town: Town) -> None:
    town.applicant.password_hash = None
    send_password_link(town.session, town.applicant, settings=town.settings, now=NOW)

    assert "Creating the account did not request a role for you." in flat(written(town, town.mail("password")))


@pytest.mark.req("R22")
def test_somebody_who_forgot_the_password_is_told_that_roles_stay(town: Town) -> None:
    mail = written(town, CAUSES["password"](town))

    assert "You asked for a new password." in flat(mail)
    assert "Your roles stay as they are." in flat(mail)
    assert "After that, the same link offers you a new one." in flat(mail)


@pytest.mark.req("R5")
def test_the_owner_of_a_known_address_is_sent_to_the_log_in(town: Town) -> None:
    mail = written(town, CAUSES["already-registered"](town))

    assert f"\n\n{town.settings.public_url}/account/log-in\n\n" in mail.text
    assert "it is not necessary to redo the procedure" in flat(mail)


@pytest.mark.req("R5", "S23")
def test_the_owner_of_a_disabled_account_is_sent_to_the_helpdesk(town: Town) -> None:
    mail = CAUSES["already-registered"](town)
    town.applicant.disabled_at = town.now

    shown = written(town, mail)

    assert f"\n\n{town.settings.public_url}/account/help\n\n" in shown.text
    assert "It belongs to an account that was disabled: nobody can log in with it." in flat(shown)
    assert "/account/log-in" not in shown.text


def test_a_changed_password_is_told_with_the_way_out_for_whoever_did_not_change_it(town: Town) -> None:
    mail = written(town, CAUSES["password-changed"](town))

    assert "Your password was changed at 11:32 (+02:00 CEST), Tuesday 9 June 2026." in flat(mail)
    assert f"\n\n{town.settings.public_url}/account/password-link\n\n" in mail.text


def test_an_administrator_is_told_who_joined_for_what_and_by_which_office(town: Town) -> None:
    mail = written(town, CAUSES["colleague-joined"](town))

    assert mail.subject == "[Production] Ann Peeters joined ALPRO Comm.V.A."
    assert (
        "Ann Peeters is a new colleague at ALPRO Comm.V.A.: at 11:32 (+02:00 CEST), Tuesday 9 June 2026,"
        " Vlaamse Overheid accepted the request for this post: - ALPRO Comm.V.A., BE-ORG-OP-5, Belgium"
    ) in flat(mail)
    assert "Ann Peeters is not an administrator." in flat(mail)


def test_an_administrator_is_told_when_the_colleague_is_one_too(town: Town) -> None:
    town.decides(town.is_routed(), Decision.ACCEPT, grant_administrator=True)

    mail = written(town, town.mail("colleague-joined", town.administrator))

    assert "Ann Peeters is also an administrator, as you are" in flat(mail)


def test_an_administrator_is_told_of_a_new_name_and_where_it_counts(town: Town) -> None:
    accepted(town)
    town.applicant.username = "ann.alpro"
    profiles.change(town.session, account=town.applicant, last_name="Smit", now=NOW)

    mail = written(town, town.mail("name-changed", town.administrator))

    assert mail.subject == "[Production] A colleague is now called Ann Smit"
    assert "The person with the username ann. alpro changed the name of the account at 11:32" in flat(mail)
    assert "The person holds a post at: - ALPRO Comm.V.A." in flat(mail)


@pytest.mark.req("R7")
def test_a_new_name_is_told_for_the_organisations_that_both_are_in_and_no_others(town: Town) -> None:
    email = CAUSES["name-changed"](town)
    a_control_body(town.session, name="Somewhere Else")

    assert "Somewhere Else" not in written(town, email).text
