from collections.abc import Callable
from datetime import timedelta
from typing import Any

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
from shared.models import Account, Administrator, Assignment, Email, Membership, Organisation, RoleRequest
from shared.services.decision_target import DecidedBefore
from shared.services.links import new_link
from shared.services.role_kinds import held_kind
from shared.services.role_request_decide import Decided, decide
from shared.services.role_request_ladder import advance
from shared.services.role_request_route import route
from shared.services.role_request_verdict import Decision
from shared.services.role_request_withdraw import withdraw
from shared.settings import Settings
from shared.tokens import make_token
from tests.builders import a_membership, an_account, an_administrator, an_organisation
from tests.builders_decisions import (
    a_cca,
    a_commission,
    a_member,
    a_routed_request,
    events,
    mails,
    newest_link,
    one_in_charge,
    open_assignment_of,
    token_for,
    token_of,
    without_codes,
)
from tests.builders_role_requests import a_control_body
from tests.conftest import NOW


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return without_codes(settings)


@pytest.fixture
def chief_of_operator(session: Session) -> tuple[Account, Organisation]:
    operator = an_organisation(session, name="Colzagro")
    return one_in_charge(session, operator, email="chief@colzagro.example"), operator


Case = tuple[RoleRequest, Account, str]


@pytest.fixture
def case(session: Session, settings: Settings, chief_of_operator: tuple[Account, Organisation]) -> Case:
    """A request for a post at an operator, its administrator, and the token in the administrator's mail."""
    chief, operator = chief_of_operator
    a_cca(session, name="Central Authority", mailbox_email="office@authority.example")
    role_request = a_routed_request(session, settings, operator.posts[0])
    return role_request, chief, token_for(session, settings, role_request, chief)


def say(session: Session, settings: Settings, token: str, decision: Decision = Decision.ACCEPT, **more: Any) -> Decided:
    outcome = decide(session, token=token, decision=decision, settings=settings, **{"now": NOW} | more)
    return outcome.or_raise()


@pytest.mark.req("R67", "R72")
def test_acceptance_makes_a_member_and_tells_the_applicant_by_one_mail(
    session: Session, settings: Settings, case: Case
) -> None:
    role_request, chief, token = case

    decided = say(session, settings, token)

    (item,) = decided.items
    assert (item.id, item.name, item.status) == (role_request.items[0].id, "Colzagro", "accepted")
    membership = session.scalars(select(Membership).where(Membership.account_id == role_request.account_id)).one()
    assert (membership.post_id, membership.item_id, membership.status, membership.valid_from) == (
        item.post_id,
        item.id,
        "valid",
        NOW,
    )
    assert mails(session, "outcome") == [role_request.account.email]
    assert (role_request.status, role_request.next_step_at) == ("closed", None)
    (row,) = role_request.items
    assert (row.decided_at, row.decided_by_account_id, row.decider_name) == (NOW, chief.id, None)


def test_words_that_a_decision_does_not_need_are_not_kept(session: Session, settings: Settings, case: Case) -> None:
    role_request, _, token = case

    say(session, settings, token, reason="Not for an acceptance.", decider_name="Not for a person.")

    assert (role_request.items[0].reason, role_request.items[0].decider_name) == (None, None)


@pytest.mark.req("R67", "R72")
def test_rejection_makes_no_member_and_keeps_the_reason(session: Session, settings: Settings, case: Case) -> None:
    role_request, _, token = case

    say(session, settings, token, Decision.REJECT, reason="You do not work here.")

    assert (role_request.items[0].status, role_request.items[0].reason) == ("rejected", "You do not work here.")
    assert session.scalar(select(Membership).where(Membership.account_id == role_request.account_id)) is None
    assert mails(session, "outcome") == [role_request.account.email]


@pytest.mark.req("R68")
def test_a_control_bodys_request_can_be_decided_by_the_national_authority(session: Session, settings: Settings) -> None:
    body = a_control_body(session, "AE-BIO-149")
    one_in_charge(session, body)
    person = a_member(session, a_cca(session, country="NL"))
    role_request = a_routed_request(session, settings, body.posts[0])

    decided = say(session, settings, token_for(session, settings, role_request, person))

    assert [item.status for item in decided.items] == ["accepted"]


@pytest.mark.req("R69")
def test_a_central_authoritys_request_can_be_decided_by_the_commission(session: Session, settings: Settings) -> None:
    cca = a_cca(session)
    a_commission(session)
    role_request = a_routed_request(session, settings, cca.posts[0])

    decided = say(session, settings, token_for(session, settings, role_request), decider_name="Maria Rossi")

    assert [item.status for item in decided.items] == ["accepted"]


@pytest.mark.parametrize(
    ("decision", "reason"), [(Decision.ACCEPT, None), (Decision.REJECT, "Unknown here.")], ids=["accept", "reject"]
)
def test_a_decision_is_one_event_with_link_and_ground(
    session: Session, settings: Settings, case: Case, decision: Decision, reason: str | None
) -> None:
    role_request, chief, token = case

    say(session, settings, token, decision, reason=reason)

    (event,) = [*events(session, "role_request.accepted"), *events(session, "role_request.rejected")]
    assignment = session.scalars(select(Assignment).where(Assignment.account_id == chief.id)).one()
    assert (event.actor, event.subject_id, event.ground) == (f"account:{chief.id}", role_request.id, "own_organisation")
    assert event.link_id == newest_link(session, assignment.id).id
    assert event.details["item_ids"] == [str(role_request.items[0].id)]
    assert "Unknown" not in str(event.details)


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


@pytest.mark.req("R71")
def test_the_other_recipients_get_a_closing_line_and_whoever_decided_gets_none(
    session: Session, settings: Settings, case: Case
) -> None:
    role_request, _, token = case

    say(session, settings, token)

    assert mails(session, "closed") == ["office@authority.example"]
    assert all(assignment.closed_at == NOW for assignment in role_request.assignments)


@pytest.mark.req("R64")
def test_a_closing_line_is_not_sent_to_somebody_who_switched_it_off(
    session: Session, settings: Settings, case: Case
) -> None:
    role_request, chief, _ = case
    chief.notifications = {"closing": False}

    say(session, settings, token_for(session, settings, role_request), decider_name="Jan Peeters")

    assert mails(session, "closed") == []


def test_a_closing_line_is_not_sent_to_a_disabled_account(session: Session, settings: Settings, case: Case) -> None:
    role_request, chief, _ = case
    chief.disabled_at = NOW
    session.flush()

    say(session, settings, token_for(session, settings, role_request), decider_name="Jan Peeters")

    assert mails(session, "closed") == []


@pytest.mark.req("R72")
def test_a_decision_frees_the_kind_of_role_only_when_nothing_is_held(
    session: Session, settings: Settings, case: Case
) -> None:
    role_request, chief, token = case
    rejected = a_routed_request(session, settings, role_request.items[0].post)
    say(session, settings, token)
    say(session, settings, token_for(session, settings, rejected, chief), Decision.REJECT, reason="No.")

    kinds = [
        held_kind(session, account_id=one.account_id, environment=Environment.PRODUCTION)
        for one in (role_request, rejected)
    ]
    assert kinds == ["operator", None]


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


@pytest.mark.req("R31")
def test_a_decision_may_pick_items_and_the_link_works_until_none_is_open(session: Session, settings: Settings) -> None:
    body = a_control_body(session, "AE-BIO-149", "AF-BIO-149", "AL-BIO-149")
    chief = one_in_charge(session, body)
    a_cca(session, country="NL", mailbox_email="office@authority.example")
    role_request = a_routed_request(session, settings, *body.posts)
    token = token_for(session, settings, role_request, chief)
    first, *others = (item.id for item in role_request.items)

    say(session, settings, token, Decision.REJECT, item_ids=[first], reason="Not this one.")

    assert (role_request.status, mails(session, "closed"), len(mails(session, "outcome"))) == ("open", [], 1)
    with pytest.raises(DecidedBefore):
        say(session, settings, token, item_ids=[first, others[0]])

    rest = say(session, settings, token)

    assert [item.id for item in rest.items] == others
    assert role_request.status == "closed"
    assert mails(session, "closed") == ["office@authority.example"]
    assert newest_link(session, chief_assignment(session, chief).id).used_at == NOW


def chief_assignment(session: Session, chief: Account) -> Assignment:
    return session.scalars(select(Assignment).where(Assignment.account_id == chief.id)).one()


@pytest.mark.req("R70")
def test_an_office_decides_its_own_items_and_leaves_the_others_open(session: Session, settings: Settings) -> None:
    belgian, dutch = an_organisation(session, country="BE"), an_organisation(session, country="NL")
    people = {country: a_member(session, a_cca(session, country=country)) for country in ("BE", "NL")}
    role_request = a_routed_request(session, settings, belgian.posts[0], dutch.posts[0])

    say(session, settings, token_for(session, settings, role_request, people["BE"]))

    assert [item.status for item in role_request.items] == ["accepted", "waiting"]
    assert open_assignment_of(session, role_request, people["NL"]).closed_at is None
    assert mails(session, "closed") == []


@pytest.mark.req("R67")
def test_a_logged_in_recipient_needs_no_code(session: Session, settings: Settings, case: Case) -> None:
    role_request, chief, _ = case

    outcome = decide(
        session,
        token=token_for(session, settings, role_request, chief),
        actor_account_id=chief.id,
        decision=Decision.ACCEPT,
        settings=settings,
        now=NOW,
    )

    assert outcome.or_raise().items[0].status == "accepted"
    (event,) = events(session, "role_request.accepted")
    assert event.details["proof"] == "login"


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


@pytest.mark.req("R64")
def test_other_administrators_hear_of_their_new_colleague_unless_they_switched_it_off(
    session: Session, settings: Settings, case: Case, chief_of_operator: tuple[Account, Organisation]
) -> None:
    _, _, token = case
    _, operator = chief_of_operator
    one_in_charge(session, operator, email="told@colzagro.example")
    one_in_charge(session, operator, email="off@colzagro.example", notifications={"colleague_joined": False})
    one_in_charge(session, operator, email="gone@colzagro.example", disabled_at=NOW)

    say(session, settings, token)

    assert mails(session, "colleague-joined") == ["told@colzagro.example"]


def test_no_mail_and_no_event_holds_what_was_typed(session: Session, settings: Settings, case: Case) -> None:
    _, _, token = case

    say(session, settings, token, Decision.REJECT, reason="A secret reason")

    contexts = [mail.context for mail in session.scalars(select(Email))]
    assert "secret" not in str(contexts)


def test_a_member_whose_post_was_given_meanwhile_keeps_it_once(
    session: Session, settings: Settings, case: Case
) -> None:
    role_request, _, token = case
    a_membership(session, role_request.account, role_request.items[0].post, status="suspended")

    say(session, settings, token)

    held = session.scalars(select(Membership).where(Membership.account_id == role_request.account_id)).all()
    assert [membership.status for membership in held] == ["suspended"]


def test_an_administrator_who_is_no_member_decides_too(session: Session, settings: Settings) -> None:
    operator = an_organisation(session)
    named = an_account(session)
    an_administrator(session, named, operator)
    role_request = a_routed_request(session, settings, operator.posts[0])

    assert say(session, settings, token_for(session, settings, role_request, named)).items[0].status == "accepted"
