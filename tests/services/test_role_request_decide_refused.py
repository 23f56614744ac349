from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.domain.environments import Environment
from shared.domain.errors import (
    AlreadyDecided,
    DomainError,
    FieldErrors,
    LinkExpired,
    LinkLocked,
    LinkSuperseded,
    LinkUnknown,
    NotAnApprover,
    OwnRequest,
    RequestWithdrawn,
)
from shared.domain.links import LinkPurpose
from shared.models import Account, Administrator, Membership, Organisation
from shared.services.decision_target import DecidedBefore
from shared.services.links import new_link
from shared.services.role_request_ladder import advance
from shared.services.role_request_route import route
from shared.services.role_request_verdict import Decision
from shared.services.role_request_withdraw import withdraw
from shared.settings import Settings
from shared.tokens import make_token
from tests.builders import an_organisation
from tests.builders_decisions import (
    Case,
    a_cca,
    a_member,
    a_routed_request,
    events,
    mails,
    newest_link,
    one_in_charge,
    open_assignment_of,
    say,
    token_for,
    token_of,
)
from tests.conftest import NOW

pytestmark = pytest.mark.usefixtures("without_codes")


@pytest.mark.req("R71")
def test_a_second_approver_sees_which_office_decided_and_when(session: Session, settings: Settings, case: Case) -> None:
    role_request, _, token = case
    other = token_for(session, settings, role_request)
    say(session, settings, token)

    with pytest.raises(AlreadyDecided) as refusal:
        say(session, settings, other, Decision.REJECT, reason="No.", decider_name="Jan Peeters")

    assert isinstance(refusal.value, DecidedBefore)
    assert (refusal.value.office, refusal.value.at, refusal.value.status) == ("Colzagro", NOW, "accepted")
    assert role_request.items[0].status == "accepted"


@pytest.mark.req("R71", "S3")
def test_a_second_press_through_the_same_link_is_told_the_same(
    session: Session, settings: Settings, case: Case
) -> None:
    _, _, token = case
    say(session, settings, token)

    with pytest.raises(DecidedBefore) as refusal:
        say(session, settings, token)

    assert (refusal.value.office, refusal.value.at) == ("Colzagro", NOW)
    assert len(mails(session, "outcome")) == len(events(session, "role_request.accepted")) == 1


@pytest.mark.req("S6")
def test_a_password_token_decides_nothing(session: Session, settings: Settings, case: Case) -> None:
    role_request, _, _ = case
    link = new_link(
        session, purpose=LinkPurpose.PASSWORD, keyring=settings.keyring, now=NOW, account_id=role_request.account_id
    )
    token = make_token(settings.keyring, purpose="password", link_id=link.id, key_number=link.key_number)

    for wrong in (token or "", "x" * 44, ""):
        with pytest.raises(LinkUnknown):
            say(session, settings, wrong)


@pytest.mark.parametrize(
    ("column", "error"),
    [("locked_at", LinkLocked), ("superseded_at", LinkSuperseded), ("expires_at", LinkExpired)],
)
def test_a_link_that_does_not_work_decides_nothing(
    session: Session, settings: Settings, case: Case, column: str, error: type[DomainError]
) -> None:
    role_request, chief, token = case
    setattr(newest_link(session, open_assignment_of(session, role_request, chief).id), column, NOW)
    session.flush()

    with pytest.raises(error):
        say(session, settings, token)

    assert role_request.items[0].status == "waiting"


def test_a_withdrawn_request_cannot_be_decided(session: Session, settings: Settings, case: Case) -> None:
    role_request, _, token = case
    withdraw(
        session,
        account=role_request.account,
        environment=Environment.PRODUCTION,
        role_request_id=role_request.id,
        now=NOW,
    )

    with pytest.raises(RequestWithdrawn):
        say(session, settings, token)


def test_an_expired_request_is_over_and_no_office_decided(session: Session, settings: Settings, case: Case) -> None:
    _, _, token = case
    later = NOW + timedelta(days=30)
    advance(session, settings=settings, now=later)

    with pytest.raises(DecidedBefore) as refusal:
        say(session, settings, token, now=later)

    assert (refusal.value.office, refusal.value.at, refusal.value.status) == (None, later, "expired")


@pytest.mark.req("S27")
def test_the_applicant_who_is_logged_in_cannot_decide_with_a_forwarded_link(
    session: Session, settings: Settings, case: Case
) -> None:
    role_request, _, token = case

    with pytest.raises(OwnRequest):
        say(session, settings, token, actor_account_id=role_request.account_id)

    (event,) = events(session, "role_request.own_decision_refused")
    assert event.actor == f"account:{role_request.account_id}"
    assert role_request.items[0].status == "waiting"


@pytest.mark.req("S27", "S40")
@pytest.mark.parametrize("how", ["account", "address"])
def test_an_applicant_who_became_the_recipient_cannot_decide(
    session: Session, settings: Settings, case: Case, how: str
) -> None:
    role_request, chief, _ = case
    assignment = open_assignment_of(session, role_request, chief if how == "account" else None)
    token = token_of(settings, newest_link(session, assignment.id))
    if how == "account":
        assignment.account = role_request.account
    else:
        assignment.mailbox = role_request.account.email.upper()
    session.flush()

    with pytest.raises(OwnRequest):
        say(session, settings, token, decider_name="Ann Peeters")

    assert len(events(session, "role_request.own_decision_refused")) == 1


LOSSES: dict[str, Callable[[Session, Account, Organisation], None]] = {
    "right removed": lambda session, chief, operator: session.delete(
        session.get_one(Administrator, (chief.id, operator.id))
    ),
    "account disabled": lambda session, chief, operator: setattr(chief, "disabled_at", NOW),
    "post suspended": lambda session, chief, operator: setattr(
        session.scalars(select(Membership).where(Membership.account_id == chief.id)).one(), "status", "suspended"
    ),
}


@pytest.mark.req("S33", "R70")
@pytest.mark.parametrize("is_routed_again", [False, True])
@pytest.mark.parametrize("loss", LOSSES)
def test_whoever_lost_the_right_after_the_mail_cannot_decide(
    session: Session,
    settings: Settings,
    *,
    case: Case,
    chief_of_operator: tuple[Account, Organisation],
    loss: str,
    is_routed_again: bool,
) -> None:
    role_request, _, token = case
    LOSSES[loss](session, *chief_of_operator)
    session.flush()
    if is_routed_again:
        route(session, role_request.id, settings=settings, now=NOW)

    with pytest.raises(NotAnApprover):
        say(session, settings, token)

    assert role_request.items[0].status == "waiting"


@pytest.mark.req("S33")
def test_a_mailbox_decides_no_more_once_a_person_is_there(session: Session, settings: Settings, case: Case) -> None:
    role_request, _, _ = case
    token = token_for(session, settings, role_request)
    a_member(session, open_assignment_of(session, role_request).office)

    with pytest.raises(NotAnApprover):
        say(session, settings, token, decider_name="Jan Peeters")


@pytest.mark.req("R70")
@pytest.mark.parametrize("who", ["the item of another office", "an unknown item", "no item"])
def test_items_that_the_assignment_does_not_cover_cannot_be_decided(
    session: Session, settings: Settings, case: Case, who: str
) -> None:
    role_request, _, token = case
    other = a_routed_request(session, settings, role_request.items[0].post)
    items = {
        "the item of another office": [role_request.items[0].id, other.items[0].id],
        "an unknown item": [other.id],
        "no item": [],
    }[who]

    with pytest.raises(FieldErrors) as refusal:
        say(session, settings, token, item_ids=items)

    assert [*refusal.value.errors] == ["item_ids"]


def test_a_page_that_shows_an_older_version_decides_nothing(session: Session, settings: Settings, case: Case) -> None:
    role_request, _, token = case
    role_request.version = 7
    session.flush()

    with pytest.raises(FieldErrors) as refusal:
        say(session, settings, token, version=6)

    assert [*refusal.value.errors] == ["version"]
    assert say(session, settings, token, version=7).items[0].status == "accepted"


@pytest.mark.parametrize("reason", [None, "", " \n"])
def test_a_rejection_needs_a_reason(session: Session, settings: Settings, case: Case, reason: str | None) -> None:
    _, _, token = case

    with pytest.raises(FieldErrors) as refusal:
        say(session, settings, token, Decision.REJECT, reason=reason)

    assert [*refusal.value.errors] == ["reason"]


def test_a_decision_from_an_office_mailbox_needs_a_name_which_is_kept(
    session: Session, settings: Settings, case: Case
) -> None:
    role_request, _, _ = case
    token = token_for(session, settings, role_request)

    with pytest.raises(FieldErrors) as refusal:
        say(session, settings, token, Decision.REJECT)
    say(session, settings, token, decider_name="Jan Peeters")

    assert [*refusal.value.errors] == ["reason", "decider_name"]
    (row,) = role_request.items
    assert (row.decider_name, row.decided_by_account_id) == ("Jan Peeters", None)
    (event,) = events(session, "role_request.accepted")
    assert event.actor.startswith("mailbox:")
    assert "Jan" not in str(event.details)


def test_somebody_who_may_still_decide_a_part_decides_that_part(session: Session, settings: Settings) -> None:
    cca = a_cca(session)
    person = one_in_charge(session, cca)
    post_of_bcp = an_organisation(session, kind="authority").posts[0]
    role_request = a_routed_request(session, settings, post_of_bcp, cca.posts[0])
    token = token_for(session, settings, role_request, person)
    session.delete(session.get_one(Administrator, (person.id, cca.id)))
    session.flush()

    with pytest.raises(NotAnApprover):
        say(session, settings, token, item_ids=[item.id for item in role_request.items])
    say(session, settings, token)

    assert [item.status for item in role_request.items] == ["accepted", "waiting"]
