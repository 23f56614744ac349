import re
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from shared.models import DecisionChallenge
from shared.services.decision_codes import code_of
from shared.services.role_request_verdict import Decision
from shared.settings import Settings
from tests.builders_mails import CAUSES, Town, a_town, written
from tests.builders_role_requests import an_operator_post
from tests.conftest import NOW
from worker.letters import Parts


@pytest.fixture
def town(session: Session, settings: Settings) -> Town:
    return a_town(session, settings)


def flat(mail: Parts) -> str:
    """The text part on one line."""
    return " ".join(mail.text.split())


@pytest.mark.req("S25")
def test_a_code_mail_holds_the_code_and_no_other_number_of_six_digits(session: Session, settings: Settings) -> None:
    town = a_town(session, settings, operator_name="123456 Trading", first_name="Ann 654321")
    town.operator.traces_number = "BE-ORG-OP-111222"
    town.authority.name = "Authority 333444"
    town.approver.email = "555666@people.example"
    email = CAUSES["code"](town)
    code = code_of(session.get_one(DecisionChallenge, email.challenge_id), settings.keyring)

    mail = written(town, email)

    assert re.findall(r"\d{6}", mail.subject + mail.text) == [code]
    assert re.findall(r"\d{6}", mail.html) == [code]
    assert f"\n\n{code}\n\n" in mail.text


@pytest.mark.req("S25")
@pytest.mark.parametrize(
    ("decision", "changes", "words"),
    [
        (Decision.ACCEPT, {}, "Vlaamse Overheid accepts the request of Ann Peeters for this post:"),
        (Decision.ACCEPT, {}, "Administrator: no. Ann Peeters will not decide who else may act"),
        (
            Decision.ACCEPT,
            {"grant_administrator": True},
            "Administrator: yes. Ann Peeters will decide who else may act",
        ),
        (Decision.REJECT, {"reason": "No."}, "Vlaamse Overheid rejects the request of Ann Peeters for this post:"),
    ],
)
def test_a_code_mail_says_in_words_what_is_decided(
    town: Town, decision: Decision, changes: dict[str, object], words: str
) -> None:
    town.is_about_to_decide(town.is_routed(), decision, **changes)

    mail = written(town, town.mail("code"))

    assert words in flat(mail)
    assert "\n- ALPRO Comm.V.A., BE-ORG-OP-5, Belgium\n" in mail.text
    assert mail.subject == f"[Production] Your code to {decision}: ALPRO Comm.V.A."


@pytest.mark.req("S25")
def test_a_code_mail_to_reject_speaks_of_no_administrator(town: Town) -> None:
    town.is_about_to_decide(town.is_routed(), Decision.REJECT, reason="No.")

    assert "Administrator" not in written(town, town.mail("code")).text


@pytest.mark.req("S25")
def test_a_code_mail_names_only_the_posts_that_are_decided(town: Town) -> None:
    other = an_operator_post(town.session, name="Colzagro")
    role_request = town.is_routed(town.post, other)
    town.is_about_to_decide(role_request, Decision.ACCEPT, item_ids=[role_request.items[1].id])

    mail = written(town, town.mail("code"))

    assert "- Colzagro" in mail.text
    assert "ALPRO" not in mail.text


@pytest.mark.req("S25")
def test_the_ten_minutes_of_a_code_are_printed_from_the_hand_over(town: Town) -> None:
    email = CAUSES["code"](town)

    mail = written(town, email, now=NOW + timedelta(hours=3))

    assert "You have 10 minutes. The code works once, until 14:42 (+02:00 CEST), Tuesday 9 June 2026" in flat(mail)
