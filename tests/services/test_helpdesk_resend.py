from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from shared.domain.errors import FieldErrors, NotFound, TooManyRequests
from shared.models import Email, Link, OutboxRow
from shared.services.emails import LIMIT, Recipient, queue_email
from shared.services.helpdesk_resend import PASSWORD_LINKS_A_DAY, send_mail_again, send_new_link
from tests.builders import an_account
from tests.builders_decisions import events
from tests.builders_sent import a_sent_mail
from tests.conftest import NOW

GROUND = "call 4711"


@pytest.mark.parametrize("password_hash", [None, "$argon2id$none"])
def test_a_new_link_goes_to_the_person_and_is_on_record(session, settings, helga, password_hash):
    person = an_account(session, password_hash=password_hash)

    send_new_link(session, person.id, by=helga, ground=GROUND, settings=settings, now=NOW)

    email = session.scalars(select(Email)).one()
    assert (email.template, email.recipient, email.state) == ("password", person.email, "waiting")
    assert session.scalars(select(Link.id)).one() == email.link_id
    (event,) = events(session, "helpdesk.password_link_sent")
    assert (event.actor, event.subject_id, event.ground) == (f"account:{helga.id}", person.id, GROUND)


@pytest.mark.req("S12")
def test_the_limit_that_strangers_meet_does_not_hold_back_the_helpdesk(session, settings, ann, helga):
    settings = replace(settings, rate_limits=True)
    for _ in range(LIMIT):
        queue_email(session, template="password", to=Recipient.of(ann), now=NOW, limited=True)

    send_new_link(session, ann.id, by=helga, ground=GROUND, settings=settings, now=NOW)

    assert set(session.scalars(select(Email.state))) == {"waiting"}


@pytest.mark.req("S12")
def test_the_helpdesk_sends_three_links_to_a_person_within_a_day_whoever_of_it_asks(session, settings, ann, helga):
    other = an_account(session)
    senders = [helga, other, helga]
    for hour, sender in enumerate(senders):
        send_new_link(session, ann.id, by=sender, ground=GROUND, settings=settings, now=NOW + timedelta(hours=hour))

    with pytest.raises(TooManyRequests) as refused:
        send_new_link(session, ann.id, by=other, ground=GROUND, settings=settings, now=NOW + timedelta(hours=20))
    assert refused.value.retry_after == 4 * 3600

    someone_else = an_account(session)
    send_new_link(session, someone_else.id, by=helga, ground=GROUND, settings=settings, now=NOW + timedelta(hours=20))
    send_new_link(session, ann.id, by=helga, ground=GROUND, settings=settings, now=NOW + timedelta(hours=24))
    assert len(events(session, "helpdesk.password_link_sent")) == PASSWORD_LINKS_A_DAY + 2


def test_a_disabled_account_gets_no_link(session, settings, helga):
    person = an_account(session, disabled_at=NOW)

    with pytest.raises(FieldErrors, match="disabled"):
        send_new_link(session, person.id, by=helga, ground=GROUND, settings=settings, now=NOW)

    assert session.scalars(select(Email)).all() == []


@pytest.mark.parametrize(
    "changes",
    [
        {"state": "held", "sent_at": None, "reason": "limit of mails to one address"},
        {"state": "refused", "sent_at": None, "reason": "the mail server answered 550"},
        {"state": "refused", "reason": "bounced 5.2.2", "bounced_at": NOW, "bounce_status": "5.2.2"},
    ],
)
def test_a_mail_that_did_not_arrive_is_sent_again_as_the_same_mail(session, settings, ann, helga, changes):
    email = a_sent_mail(session, ann, **changes)

    send_mail_again(session, ann.id, email.id, by=helga, ground=GROUND, settings=settings, now=NOW)

    session.flush()
    assert session.scalars(select(Email)).all() == [email]
    assert (email.state, email.reason, email.sent_at) == ("waiting", None, None)
    assert (email.bounced_at, email.bounce_status) == (None, None)
    assert session.scalars(select(OutboxRow.subject_id)).all() == [email.id]
    (event,) = events(session, "email.resent")
    assert (event.actor, event.subject_id, event.ground) == (f"account:{helga.id}", email.id, GROUND)


@pytest.mark.parametrize("state", ["waiting", "sent", "obsolete"])
def test_a_mail_that_went_is_going_or_is_not_needed_is_not_sent_again(session, settings, ann, helga, state):
    email = a_sent_mail(session, ann, state=state)

    with pytest.raises(FieldErrors):
        send_mail_again(session, ann.id, email.id, by=helga, ground=GROUND, settings=settings, now=NOW)

    assert email.state == state
    assert session.scalars(select(OutboxRow)).all() == []


def test_in_the_place_of_a_password_mail_goes_a_new_link_and_it_counts(session, settings, ann, helga):
    email = a_sent_mail(session, ann, template="password", state="held", sent_at=None)
    for _ in range(PASSWORD_LINKS_A_DAY):
        send_mail_again(session, ann.id, email.id, by=helga, ground=GROUND, settings=settings, now=NOW)

    with pytest.raises(TooManyRequests):
        send_mail_again(session, ann.id, email.id, by=helga, ground=GROUND, settings=settings, now=NOW)

    assert email.state == "held"
    assert len(session.scalars(select(Link)).all()) == PASSWORD_LINKS_A_DAY


@pytest.mark.req("S26")
def test_a_mail_to_somebody_else_is_not_this_persons(session, settings, ann, helga):
    email = a_sent_mail(session, helga, state="refused")

    for email_id in (email.id, uuid4()):
        with pytest.raises(NotFound):
            send_mail_again(session, ann.id, email_id, by=helga, ground=GROUND, settings=settings, now=NOW)

    assert email.state == "refused"
