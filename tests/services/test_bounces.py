from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from shared.models import Account, AuditEvent, Base, Email, Link
from shared.services.bounces import Outcome, take_report, understood
from shared.settings import Settings
from tests.builders import an_account
from tests.builders_links import a_link
from tests.builders_reports import ANN, About, groups, qmail
from tests.builders_reports_servers import KINDS, postfix
from tests.builders_sent import a_sent_mail
from tests.conftest import NOW

LATER = NOW + timedelta(minutes=5)


@pytest.fixture
def ann(session: Session) -> Account:
    return an_account(session, email=ANN)


@pytest.fixture
def take(session: Session, settings: Settings):
    def take(text: str) -> Outcome:
        outcome = take_report(session, understood(text.encode(), settings=settings), now=LATER)
        session.flush()
        return outcome

    return take


def columns(row: Base) -> dict[str, Any]:
    return {column.key: getattr(row, column.key) for column in inspect(type(row)).column_attrs}


@pytest.mark.parametrize("kind", KINDS)
def test_a_mail_that_came_back_did_not_arrive_whatever_server_says_so(session: Session, ann: Account, take, kind: str):
    email = a_sent_mail(session, ann)

    outcome = take(KINDS[kind](About(email_id=email.id)))

    assert outcome is Outcome.BOUNCED
    assert (email.state, email.reason) == ("refused", "bounced 5.1.1")
    assert (email.bounced_at, email.bounce_status) == (LATER, "5.1.1")


def test_of_everything_else_a_report_changes_nothing(session: Session, settings: Settings, ann: Account, take):
    link = a_link(session, ann, settings=settings)
    email = a_sent_mail(session, ann, template="password", link_id=link.id)
    before = [columns(ann), columns(link), columns(email)]

    take(postfix(About(email_id=email.id)))
    session.expire_all()

    shown = {"state": "refused", "reason": "bounced 5.1.1", "bounced_at": LATER, "bounce_status": "5.1.1"}
    assert [columns(ann), columns(link), columns(email)] == [*before[:2], before[2] | shown]
    assert session.scalars(select(Link)).all() == [link]


def test_it_is_on_record_without_an_address(session: Session, ann: Account, take):
    email = a_sent_mail(session, ann, environment="training")

    take(postfix(About(email_id=email.id)))

    event = session.scalars(select(AuditEvent)).one()
    assert (event.action, event.actor, event.subject_id) == ("email.bounced", "system", email.id)
    assert (event.environment, event.details) == ("training", {"status": "5.1.1", "is_alias": False})


@pytest.mark.parametrize("second", [{}, {"status": "5.2.2"}, {"action": "delayed"}, {"action": "delivered"}])
def test_a_second_report_changes_nothing(session: Session, ann: Account, take, second: dict[str, str]):
    email = a_sent_mail(session, ann)
    take(postfix(About(email_id=email.id)))
    before = columns(email)

    assert take(postfix(About(email_id=email.id, **second))) is Outcome.NOTHING_NEW

    assert columns(email) == before
    assert len(session.scalars(select(AuditEvent)).all()) == 1


def test_a_delay_is_noted_and_the_mail_counts_as_sent(session: Session, ann: Account, take):
    email = a_sent_mail(session, ann)
    late = postfix(About(email_id=email.id, action="delayed", status="4.4.1"))

    assert [take(late), take(late)] == [Outcome.DELAYED, Outcome.NOTHING_NEW]
    assert (email.state, email.reason, email.bounced_at) == ("sent", "delayed 4.4.1", None)

    assert take(postfix(About(email_id=email.id, status="4.4.7"))) is Outcome.BOUNCED
    assert (email.state, email.reason) == ("refused", "bounced 4.4.7")


def test_an_arrival_takes_the_place_of_a_delay(session: Session, ann: Account, take):
    email = a_sent_mail(session, ann)
    take(postfix(About(email_id=email.id, action="delayed", status="4.4.1")))

    assert take(postfix(About(email_id=email.id, action="delivered", status="2.0.0"))) is Outcome.DELIVERED

    assert (email.state, email.reason) == ("sent", "delivered 2.0.0")


@pytest.mark.parametrize("action", ["relayed", "expanded"])
def test_a_mail_that_went_on_to_somewhere_else_is_no_news(session: Session, ann: Account, take, action: str):
    email = a_sent_mail(session, ann)

    assert take(postfix(About(email_id=email.id, action=action, status="2.0.0"))) is Outcome.NOTHING_NEW
    assert (email.state, email.reason) == ("sent", None)


@pytest.mark.parametrize("state", ["refused", "held", "obsolete"])
def test_a_report_about_a_mail_that_never_went_counts_for_nothing(session: Session, ann: Account, take, state: str):
    email = a_sent_mail(session, ann, state=state, sent_at=None, reason="as it was")

    assert take(postfix(About(email_id=email.id))) is Outcome.NOTHING_NEW

    assert (email.state, email.reason, email.bounced_at) == (state, "as it was", None)


def test_a_report_that_is_faster_than_our_own_record_has_to_come_again(session: Session, ann: Account, take):
    email = a_sent_mail(session, ann, state="waiting", sent_at=None)

    assert take(postfix(About(email_id=email.id))) is Outcome.TOO_EARLY

    assert (email.state, email.reason) == ("waiting", None)


def test_a_report_about_a_mail_that_is_none_of_ours_counts_for_nothing(session: Session, ann: Account, take):
    email = a_sent_mail(session, ann)

    assert take(postfix(About(email_id=uuid4()))) is Outcome.NOT_OURS
    elsewhere = postfix(About(email_id=email.id)).replace("@gatehouse.example", "@elsewhere.example")
    assert take(elsewhere) is Outcome.NOT_OURS

    assert email.state == "sent"


def test_a_report_that_names_another_address_counts_and_says_so(session: Session, ann: Account, take):
    email = a_sent_mail(session, ann)

    outcome = take(postfix(About(email_id=email.id, final_recipient="ann.peeters@home.example")))

    assert outcome is Outcome.BOUNCED
    assert email.reason == "bounced 5.1.1, said of another address"
    assert session.scalars(select(AuditEvent.details)).one()["is_alias"] is True


def test_of_several_recipients_only_ours_counts(session: Session, ann: Account, take):
    email = a_sent_mail(session, ann)
    bob = "Final-Recipient: rfc822; bob@alpro.example\nAction: failed\nStatus: 5.1.1"
    own = f"Final-Recipient: rfc822; {ANN}\nAction: delivered\nStatus: 2.1.5"

    assert take(groups(About(email_id=email.id), bob, own)) is Outcome.DELIVERED
    assert email.state == "sent"


@pytest.mark.req("S40")
def test_the_address_is_compared_as_mailboxes_are(session: Session, take):
    email = a_sent_mail(session, an_account(session, email="Ann@München.example"))

    take(postfix(About(email_id=email.id, recipient="ann@xn--mnchen-3ya.example")))

    assert email.reason == "bounced 5.1.1"


@pytest.mark.parametrize("text", ["", "Subject: away\n\nBack on Monday."])
def test_what_is_no_report_is_not_understood(take, text: str):
    assert take(text) is Outcome.NOT_UNDERSTOOD


def test_a_mail_that_came_back_in_words_alone_is_not_guessed_at(session: Session, ann: Account, take):
    email = a_sent_mail(session, ann)

    assert take(qmail(About(email_id=email.id))) is Outcome.NOT_UNDERSTOOD
    assert email.state == "sent"


def test_a_report_may_name_the_request_before_the_mail(session: Session, ann: Account, take):
    email = a_sent_mail(session, ann)
    text = postfix(About(email_id=email.id)).replace(
        "Auto-Submitted", f"In-Reply-To: <{uuid4()}@gatehouse.example>\nX", 1
    )

    assert take(text) is Outcome.BOUNCED
    assert session.scalars(select(Email.state)).all() == ["refused"]
