import re
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from shared.models import Email
from shared.services.role_request_ladder import advance
from shared.settings import Settings, StepUp
from tests.builders_decisions import a_cca, a_commission
from tests.builders_mails import CAUSES, Town, a_town, written
from tests.builders_role_requests import a_control_body, an_operator_post, new_operator_fields
from tests.conftest import NOW
from worker.letters import Parts

WEB_ADDRESS = re.compile(r"https?://\S+")


@pytest.fixture
def town(session: Session, settings: Settings) -> Town:
    return a_town(session, settings)


def flat(mail: Parts) -> str:
    """The text part on one line."""
    return " ".join(mail.text.split())


@pytest.mark.req("R73")
def test_an_approver_is_told_who_asks_for_what_and_for_which_office(town: Town) -> None:
    mail = written(town, CAUSES["decide"](town))

    assert mail.subject == "[Production] Decide on a request: ALPRO Comm.V.A."
    assert "Ann Peeters sent an authorisation request at 11:32 (+02:00 CEST)" in flat(mail)
    assert "Vlaamse Overheid is asked to decide on it" in flat(mail)
    assert "\n- ALPRO Comm.V.A., BE-ORG-OP-5, Belgium\n" in mail.text


@pytest.mark.req("R67", "R73")
def test_an_approver_is_told_by_which_rule_the_request_came(town: Town) -> None:
    mail = written(town, CAUSES["decide"](town))

    assert (
        "WHY YOU GET THIS MAIL ALPRO Comm.V.A. is an operator in Belgium, and the national authority of that country"
        " may decide on requests for its operators."
    ) in flat(mail)


@pytest.mark.req("R73")
def test_an_administrator_of_the_organisation_is_told_another_reason(town: Town) -> None:
    town.is_routed()

    mail = written(town, town.mail("decide", town.administrator))

    assert "those in charge there may decide on it." in flat(mail)


@pytest.mark.req("R71", "R73")
def test_an_approver_is_told_of_the_other_offices_and_that_the_first_decision_counts(town: Town) -> None:
    mail = written(town, CAUSES["decide"](town))

    others = mail.text.partition("The first decision counts. Also asked:")[2].partition("WHAT HAPPENS NEXT")[0]
    assert others == "\n\n- ALPRO Comm.V.A.\n- Service public de Wallonie\n\n"


@pytest.mark.req("R73")
def test_an_approver_is_told_until_when_and_what_happens_without_a_decision(town: Town) -> None:
    mail = written(town, CAUSES["decide"](town))

    assert "due by 11:32 (+02:00 CEST), Tuesday 23 June 2026" in flat(mail)
    assert "The link works until 11:32 (+02:00 CEST), Thursday 9 July 2026, or until somebody has decided" in flat(mail)
    assert "a reminder goes out at 11:32 (+02:00 CEST), Tuesday 16 June 2026" in flat(mail)


def test_a_reminder_says_since_when_and_that_the_next_office_joins(town: Town) -> None:
    mail = written(town, CAUSES["reminder"](town))

    assert mail.subject == "[Production] Still waiting for you: ALPRO Comm.V.A."
    assert "Vlaamse Overheid has been asked since 11:32 (+02:00 CEST), Tuesday 9 June 2026" in flat(mail)
    assert "is asked as well at 11:32 (+02:00 CEST), Tuesday 23 June 2026" in flat(mail)
    assert "In your profile you can switch reminders off." in flat(mail)


def test_a_reminder_carries_a_link_of_its_own(town: Town) -> None:
    reminder = CAUSES["reminder"](town)

    first = town.mail("decide", town.approver)

    assert reminder.link_id != first.link_id
    assert WEB_ADDRESS.search(written(town, reminder).text)[0] != WEB_ADDRESS.search(written(town, first).text)[0]


def test_the_office_that_joins_last_is_told_when_the_request_expires(town: Town) -> None:
    commission = a_commission(town.session)
    town.is_routed()
    advance(town.session, settings=town.settings, now=NOW + timedelta(days=14))

    mail = written(town, mails_to(town, "decide", commission.mailbox_email))

    assert "the Commission is now asked as well" in flat(mail)
    assert "the request expires at 11:32 (+02:00 CEST), Thursday 9 July 2026" in flat(mail)


def test_a_mailbox_is_told_that_a_name_is_asked_for(town: Town) -> None:
    office = a_cca(town.session, country="NL", mailbox_email="office@authority.example")
    town.is_routed(a_control_body(town.session).posts[0])

    mail = written(town, town.mail("decide"))

    assert office.name in mail.text
    assert "the page asks for the name of whoever decides. The applicant does not see it." in flat(mail)


def test_a_person_is_not_told_of_mailboxes(town: Town) -> None:
    assert "mailbox" not in written(town, CAUSES["decide"](town)).text


@pytest.mark.req("S25")
def test_an_approver_is_warned_not_to_forward_the_mail(town: Town) -> None:
    assert "Do not forward this mail" in flat(written(town, CAUSES["decide"](town)))


@pytest.mark.req("S25")
def test_where_no_code_is_asked_for_none_is_announced(town: Town) -> None:
    never = replace(town, settings=replace(town.settings, step_up=StepUp.NEVER))

    assert "code" not in written(never, CAUSES["decide"](never)).text


@pytest.mark.req("R46", "R73")
def test_an_approver_is_told_that_a_new_operator_and_its_person_are_decided_together(town: Town) -> None:
    body = a_control_body(town.session)
    town.is_routed(new_operator=new_operator_fields(body.id))

    mail = written(town, town.mail("decide", town.approver))

    assert "Test Importer is a new operator. Accepting registers the operator and lets Ann Peeters act for it" in flat(
        mail
    )


@pytest.mark.req("R54", "R73")
def test_a_request_for_all_countries_lists_ten_and_says_how_many_more(town: Town) -> None:
    a_cca(town.session, country="NL", mailbox_email="office@authority.example")
    codes = [f"{chr(65 + n // 26)}{chr(65 + n % 26)}-BIO-149" for n in range(125)]
    body = a_control_body(town.session, *codes)
    town.is_routed(control_body_id=body.id)

    mail = written(town, town.mail("decide"))

    assert mail.subject == "[Production] Decide on a request: Control Union Certifications (AA-BIO-149) and 124 more"
    assert "It is for these 125 posts:" in flat(mail)
    assert len(re.findall("Control Union Certifications, .*-BIO-149", mail.text)) == 10
    assert "\n- and 115 more\n" in mail.text
    assert "<li" in mail.html
    assert ">and 115 more</li>" in mail.html


def test_ten_posts_are_all_listed(town: Town) -> None:
    posts = [an_operator_post(town.session) for _ in range(10)]
    town.is_routed(*posts)

    mail = written(town, town.mail("decide", town.approver))

    assert "these 10 posts" in flat(mail)
    assert not re.search(r"- and \d+ more", mail.text)
    assert mail.subject.endswith(" and 9 more")


def test_country_names_are_in_the_language_of_the_reader(session: Session, settings: Settings) -> None:
    town = a_town(session, settings, email_language="de")

    assert "Belgien" in written(town, CAUSES["decide"](town)).text


def test_a_mail_about_many_posts_asks_the_database_a_few_times_only(town: Town) -> None:
    town.is_routed(*[an_operator_post(town.session) for _ in range(60)])
    email = town.mail("decide", town.approver)
    town.session.expunge_all()
    email = town.session.get_one(Email, email.id)
    statements: list[str] = []
    event.listen(town.session.get_bind(), "before_cursor_execute", lambda *words: statements.append(words[2]))

    written(town, email)

    assert len(statements) < 40


def mails_to(town: Town, template: str, address: str) -> Email:
    return town.session.scalars(select(Email).where(Email.template == template, Email.recipient == address)).one()
