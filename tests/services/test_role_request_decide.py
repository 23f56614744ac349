import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.domain.environments import Environment
from shared.models import Account, Assignment, Membership
from shared.services.decision_target import DecidedBefore
from shared.services.role_kinds import held_kind
from shared.services.role_request_decide import decide
from shared.services.role_request_verdict import Decision
from shared.settings import Settings
from tests.builders import a_membership, an_account, an_administrator, an_organisation
from tests.builders_decisions import (
    Case,
    a_cca,
    a_commission,
    a_member,
    a_routed_request,
    events,
    mails,
    newest_link,
    one_in_charge,
    open_assignment_of,
    say,
    token_for,
)
from tests.builders_role_requests import a_control_body
from tests.conftest import NOW

pytestmark = pytest.mark.usefixtures("without_codes")


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
