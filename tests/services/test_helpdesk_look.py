from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from shared.domain.environments import Environment
from shared.domain.errors import NotFound
from shared.models import OutboxRow
from shared.services.emails import Recipient, queue_email
from shared.services.helpdesk_look import find_person, look_at
from shared.services.mail_views import LinkState
from shared.services.sign_up import NOBODY
from tests.builders import an_organisation
from tests.builders_decisions import events
from tests.builders_links import a_link
from tests.builders_role_requests import ask
from tests.builders_sent import a_sent_mail
from tests.conftest import NOW


@pytest.mark.req("S40")
@pytest.mark.parametrize("who", ["ann@alpro.example", "ANN@Alpro.EXAMPLE", "Ann.Peeters", "ann.peeters"])
def test_one_person_is_found_by_the_exact_address_or_username(session, ann, helga, who):
    assert find_person(session, who, by=helga, now=NOW) == ann.id


@pytest.mark.parametrize(
    "who",
    ["ann", "ann@", "@alpro.example", "alpro.example", "Peeters", "ann@alpro", "Ann.Peeter5", "%", "ann%", "*", "@"],
)
def test_nobody_is_found_by_a_part_or_by_what_only_looks_alike(session, ann, helga, who):
    assert find_person(session, who, by=helga, now=NOW) is None


@pytest.mark.req("S45")
def test_every_look_is_on_record_by_ids_alone_a_look_in_vain_too(session, ann, helga):
    find_person(session, "nobody@alpro.example", by=helga, now=NOW)
    look_at(session, ann.id, by=helga, now=NOW)
    look_at(session, ann.id, by=helga, now=NOW + timedelta(minutes=1))

    found = events(session, "helpdesk.looked")
    assert {one.actor for one in found} == {f"account:{helga.id}"}
    assert [one.subject_id for one in found] == [NOBODY, ann.id, ann.id]
    assert all((one.ground, one.details) == (None, {}) for one in found)


def test_nobody_can_look_at_an_account_that_is_not_there(session, helga):
    with pytest.raises(NotFound):
        look_at(session, uuid4(), by=helga, now=NOW)
    assert events(session, "helpdesk.looked") == []


def test_the_mails_of_the_person_are_shown_newest_first_with_what_was_tried(session, ann, helga):
    old = a_sent_mail(session, ann, template="outcome")
    new = queue_email(session, template="request-received", to=Recipient.of(ann), now=NOW + timedelta(hours=1))
    a_sent_mail(session, helga)
    session.flush()
    work = session.scalars(select(OutboxRow).where(OutboxRow.subject_id == new.id)).one()
    work.attempts, work.last_error = 3, "the mail server answered 451"

    shown = look_at(session, ann.id, by=helga, now=NOW).mails

    assert [(one.email, one.attempts, one.last_error) for one in shown] == [
        (new, 3, "the mail server answered 451"),
        (old, 0, None),
    ]


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({"expires_at": None}, LinkState.NOT_SENT),
        ({"expires_at": NOW + timedelta(minutes=1)}, LinkState.VALID),
        ({"expires_at": NOW}, LinkState.EXPIRED),
        ({"used_at": NOW}, LinkState.USED),
        ({"superseded_at": NOW}, LinkState.SUPERSEDED),
        ({"locked_at": NOW}, LinkState.LOCKED),
    ],
)
def test_the_link_in_a_mail_is_shown_by_its_state(session, settings, ann, helga, changes, state):
    link = a_link(session, ann, settings=settings, **changes)
    a_sent_mail(session, ann, template="password", link_id=link.id)

    (shown,) = look_at(session, ann.id, by=helga, now=NOW).mails

    assert (shown.link, shown.expires_at) == (state, link.expires_at)


def test_requests_of_both_environments_are_shown_with_their_office(session, ann, helga):
    for environment in Environment:
        operator = an_organisation(session, environment=environment)
        ask(session, ann, operator.posts[0], environment=environment, now=NOW)

    shown = look_at(session, ann.id, by=helga, now=NOW).requests

    assert {one.environment for one in shown} == set(Environment)
    assert all(str(one.office) for one in shown)
