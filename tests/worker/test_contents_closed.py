import re
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from shared.domain.environments import Environment
from shared.services.role_request_verdict import Decision
from shared.services.role_request_withdraw import withdraw
from shared.settings import Settings
from tests.builders_decisions import a_cca
from tests.builders_mails import CAUSES, Town, a_town, written
from tests.builders_role_requests import a_control_body, an_operator_post
from tests.conftest import NOW
from worker.letters import Parts


@pytest.fixture
def town(session: Session, settings: Settings) -> Town:
    return a_town(session, settings)


def flat(mail: Parts) -> str:
    """The text part on one line."""
    return " ".join(mail.text.split())


@pytest.mark.req("R71")
def test_the_closing_line_says_which_office_decided_and_that_nothing_is_left_to_do(town: Town) -> None:
    mail = written(town, CAUSES["closed"](town))

    assert mail.subject == "[Production] Nothing left to decide: ALPRO Comm.V.A."
    assert "Accepted by Vlaamse Overheid at 11:32 (+02:00 CEST), Tuesday 9 June 2026:" in flat(mail)
    assert "There is nothing left for you to decide." in flat(mail)


@pytest.mark.req("R71")
def test_the_closing_line_keeps_the_reason_of_a_rejection_to_itself(town: Town) -> None:
    town.decides(town.is_routed(), Decision.REJECT, reason="Not on our list.")

    mail = written(town, town.mail("closed", town.other_approver))

    assert "Rejected by Vlaamse Overheid at" in flat(mail)
    assert "Not on our list." not in mail.text


def test_the_closing_line_tells_each_ending_apart(town: Town) -> None:
    other = an_operator_post(town.session, name="Colzagro")
    role_request = town.is_routed(town.post, other)
    first, second = (item.id for item in sorted(role_request.items, key=lambda item: item.position))
    town.decides(role_request, Decision.ACCEPT, item_ids=[first])
    town.decides(role_request, Decision.REJECT, item_ids=[second], reason="No.", now=NOW + timedelta(hours=1))

    mail = written(town, town.mail("closed", town.other_approver))

    assert re.search(r"Accepted by Vlaamse Overheid at 11:32 \S+ \S+ Tuesday 9 June 2026: - ALPRO", flat(mail))
    assert re.search(r"Rejected by Vlaamse Overheid at 12:32 \S+ \S+ Tuesday 9 June 2026: - Colzagro", flat(mail))


def test_the_closing_line_of_a_request_taken_back_says_so(town: Town) -> None:
    role_request = town.is_routed()
    later = NOW + timedelta(hours=2)
    withdraw(
        town.session,
        account=town.applicant,
        environment=Environment.PRODUCTION,
        role_request_id=role_request.id,
        now=later,
    )

    mail = written(town, town.mail("closed", town.approver))

    assert "Taken back by the applicant at 13:32 (+02:00 CEST), Tuesday 9 June 2026:" in flat(mail)


def test_the_closing_line_of_an_expired_request_says_so(town: Town) -> None:
    CAUSES["expired"](town)

    mail = written(town, town.mail("closed", town.approver))

    assert "Expired at 11:32 (+02:00 CEST), Thursday 9 July 2026, because nobody had decided:" in flat(mail)


def test_the_closing_line_to_a_mailbox_leads_to_the_help_page(town: Town) -> None:
    a_cca(town.session, country="NL", mailbox_email="office@authority.example")
    role_request = town.is_routed(a_control_body(town.session).posts[0])
    withdraw(
        town.session,
        account=town.applicant,
        environment=Environment.PRODUCTION,
        role_request_id=role_request.id,
        now=NOW,
    )

    mail = written(town, town.mail("closed"))

    assert re.findall(r"http\S+", mail.text) == [f"{town.settings.public_url}/account/help"]
    assert "profile" not in mail.text
