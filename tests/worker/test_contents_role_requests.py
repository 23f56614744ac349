import re
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from shared.domain.environments import Environment
from shared.services.role_request_ladder import advance
from shared.services.role_request_route import route
from shared.services.role_request_verdict import Decision
from shared.services.role_request_withdraw import withdraw
from shared.settings import Settings
from tests.builders import an_account
from tests.builders_decisions import a_cca, token_for
from tests.builders_mails import CAUSES, Town, a_town, written
from tests.builders_role_requests import a_control_body, an_operator_post, ask, new_operator_fields
from tests.conftest import NOW
from worker.letters import Parts


@pytest.fixture
def town(session: Session, settings: Settings) -> Town:
    return a_town(session, settings)


def flat(mail: Parts) -> str:
    """The text part on one line."""
    return " ".join(mail.text.split())


FACTS = re.compile(r"With which office: .+\n\nSince: .+\n\nDue: .+\n\nWhat happens next: .+\n\n", re.DOTALL)


def test_an_applicant_is_told_at_once_that_the_request_is_on_its_way(town: Town) -> None:
    mail = written(town, CAUSES["request-received"](town))

    assert mail.subject == "[Production] Your request was received: ALPRO Comm.V.A."
    assert FACTS.search(mail.text)
    assert "With which office: Not known yet, because the request is still on its way to the office." in flat(mail)
    assert "Due: 11:32 (+02:00 CEST), Tuesday 23 June 2026" in mail.text


def test_a_mail_that_goes_out_after_the_routing_names_the_offices(town: Town) -> None:
    role_request = town.asks()
    route(town.session, role_request.id, settings=town.settings, now=NOW + timedelta(minutes=1))
    town.session.expire_all()

    mail = written(town, town.mail("request-received"))

    assert FACTS.search(mail.text)
    office = re.search("With which office: (.*?) Since:", flat(mail))[1]
    assert sorted(office.split("; ")) == ["ALPRO Comm.V.A.", "Service public de Wallonie", "Vlaamse Overheid"]
    assert "Since: 11:33 (+02:00 CEST), Tuesday 9 June 2026" in mail.text
    assert "Without a decision a reminder goes out at 11:32 (+02:00 CEST), Tuesday 16 June 2026." in flat(mail)


def test_a_mail_that_goes_out_after_the_end_says_how_it_ended(town: Town) -> None:
    role_request = town.asks()
    withdraw(
        town.session,
        account=town.applicant,
        environment=Environment.PRODUCTION,
        role_request_id=role_request.id,
        now=NOW,
    )
    town.session.expire_all()

    mail = written(town, town.mail("request-received"))

    assert FACTS.search(mail.text)
    assert "With which office: With no office any more, because you withdrew the request." in flat(mail)
    assert "Due: Nothing is due any more, because the request is closed." in mail.text
    assert "What happens next: Nothing more, because the request is closed." in mail.text


@pytest.mark.req("S36", "S30")
def test_the_office_of_a_typed_operator_is_unlinked_among_the_facts(town: Town) -> None:
    body = a_control_body(town.session)
    role_request = town.is_routed(new_operator=new_operator_fields(body.id, name="evil.example"))
    town.decides(role_request, Decision.ACCEPT)
    operator = role_request.items[0].post.organisation
    newcomer = an_account(town.session, email="newcomer@people.example")
    second = ask(town.session, newcomer, operator.posts[0]).role_request
    route(town.session, second.id, settings=town.settings, now=NOW)
    town.session.expire_all()

    mail = written(town, town.mail("request-received", newcomer))

    assert "evil. example" in mail.text
    assert "evil.example" not in mail.text


@pytest.mark.req("R72")
def test_an_applicant_is_told_that_the_request_was_accepted_by_which_office_and_when(town: Town) -> None:
    mail = written(town, CAUSES["outcome"](town))

    assert mail.subject == "[Production] Your request was accepted: ALPRO Comm.V.A."
    assert "Vlaamse Overheid accepted your request at 11:32 (+02:00 CEST), Tuesday 9 June 2026." in flat(mail)
    assert "You now hold this post: - ALPRO Comm.V.A., BE-ORG-OP-5, Belgium" in flat(mail)
    assert "administrator" not in mail.text


@pytest.mark.req("R72")
def test_an_applicant_who_becomes_administrator_is_told_for_which_organisation(town: Town) -> None:
    town.decides(town.is_routed(), Decision.ACCEPT, grant_administrator=True)

    mail = written(town, town.mail("outcome"))

    assert "You are now also an administrator" in flat(mail)
    assert "This goes for: - ALPRO Comm.V.A. WHAT" in flat(mail)


@pytest.mark.req("R72", "R46")
def test_an_applicant_is_told_the_number_of_the_operator_that_was_created(town: Town) -> None:
    role_request = town.is_routed(new_operator=new_operator_fields(a_control_body(town.session).id))
    town.decides(role_request, Decision.ACCEPT)

    mail = written(town, town.mail("outcome"))

    assert f"- Test Importer, {role_request.items[0].post.organisation.traces_number}, Belgium" in mail.text
    assert "BE-ORG-OP-" in mail.text


@pytest.mark.req("R72")
def test_an_applicant_is_told_the_offices_reason_for_a_rejection(town: Town) -> None:
    reason = "We do not know you.\n\nPlease ask your employer, who <knows> us & write to info@office.example."
    town.decides(town.is_routed(), Decision.REJECT, reason=reason)

    mail = written(town, town.mail("outcome"))

    assert mail.subject == "[Production] Your request was rejected: ALPRO Comm.V.A."
    assert "Vlaamse Overheid rejected your request at" in flat(mail)
    assert "\n> We do not know you.\n> \n> Please ask your employer, who <knows> us & write to" in mail.text
    assert "> example." in mail.text
    assert "who &lt;knows&gt; us &amp; write to info@office. example." in mail.html


@pytest.mark.req("R72")
def test_a_reason_of_two_thousand_characters_fits_the_lines_of_a_mail(town: Town) -> None:
    town.decides(town.is_routed(), Decision.REJECT, reason="<" * 1000 + " word" * 200)

    mail = written(town, town.mail("outcome"))

    assert max(map(len, mail.html.splitlines())) < 900
    assert mail.text.count("<") == 1000
    assert len(re.findall(r"\bword\b", mail.text)) == 200
    assert max(map(len, mail.text.splitlines())) < 78


@pytest.mark.req("R72")
def test_an_outcome_names_the_posts_of_its_own_decision_and_counts_those_that_wait(town: Town) -> None:
    others = [an_operator_post(town.session, name=f"Other {number}") for number in range(3)]
    role_request = town.is_routed(town.post, *others)
    chosen = [item.id for item in role_request.items if item.post_id in {town.post.id, others[0].id}]
    town.decides(role_request, Decision.ACCEPT, item_ids=chosen)

    mail = written(town, town.mail("outcome"))

    assert "You now hold these 2 posts: - ALPRO Comm.V.A., BE-ORG-OP-5, Belgium - Other 0" in flat(mail)
    assert "2 other posts of the same request still wait for a decision. A mail will tell you." in flat(mail)
    assert "Other 1" not in mail.text


@pytest.mark.req("R72")
def test_the_name_that_a_mailbox_gave_for_its_decision_reaches_no_applicant(town: Town) -> None:
    a_cca(town.session, country="NL", name="Skal", mailbox_email="office@authority.example")
    role_request = town.is_routed(a_control_body(town.session).posts[0])
    token = token_for(town.session, town.settings, role_request)
    town.decides(role_request, Decision.REJECT, token=token, reason="No.", decider_name="Zeger Vermeer")

    mail = written(town, town.mail("outcome"))

    assert "Skal rejected your request" in flat(mail)
    assert not re.search("Zeger|Vermeer", mail.subject + mail.text + mail.html)


def test_an_applicant_is_told_kindly_that_nobody_decided_and_what_can_be_done(town: Town) -> None:
    mail = written(town, CAUSES["expired"](town))

    assert mail.subject == "[Production] Your request has expired: ALPRO Comm.V.A."
    assert "We are sorry: nobody decided within 30 days" in flat(mail)
    assert "that you sent at 11:32 (+02:00 CEST), Tuesday 9 June 2026" in flat(mail)
    assert "it expired at 11:32 (+02:00 CEST), Thursday 9 July 2026" in flat(mail)
    assert "You can send the request again from your profile." in flat(mail)
    offices = re.search("These offices were asked: (.*?) WHAT", flat(mail))[1]
    assert offices == "- ALPRO Comm.V.A. - Service public de Wallonie - Vlaamse Overheid"


def test_an_applicant_is_told_when_no_office_could_be_asked(town: Town) -> None:
    town.is_routed(an_operator_post(town.session, country="FR"))
    advance(town.session, settings=town.settings, now=NOW + timedelta(days=30))

    mail = written(town, town.mail("expired"))

    assert "No office could be reached that may decide." in flat(mail)


@pytest.mark.req("R7", "R77")
def test_mails_of_training_lead_to_training(session: Session, settings: Settings) -> None:
    town = a_town(session, settings, environment=Environment.TRAINING)

    mail = written(town, CAUSES["outcome"](town))

    assert mail.subject == "[Training] Your request was accepted: ALPRO Comm.V.A."
    assert re.findall(r"http\S+", mail.text) == [f"{settings.public_url}/training/profile"]
    assert "nothing in it has legal effect" in flat(mail)
