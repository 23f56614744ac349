import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from shared.domain.environments import Environment
from shared.domain.errors import NotFound
from shared.models import Administrator, AuditEvent, Membership
from shared.services import administrators, commission
from shared.services.role_request_recipients import living_recipients
from tests.builders import a_membership, an_account, an_administrator, an_organisation
from tests.builders_reference import asked_of_person, routed_again, waiting_for
from tests.conftest import NOW

PRODUCTION = Environment.PRODUCTION
WHO = {"email": "ann@people.example", "organisation": "XX1", "environment": PRODUCTION, "now": NOW}


def rights(session: Session) -> int | None:
    return session.scalar(select(func.count()).select_from(Administrator))


@pytest.mark.req("R67", "R68", "R69")
@pytest.mark.parametrize("kind", ["operator", "authority", "control_body"])
def test_a_person_who_was_named_decides_for_the_organisation(session: Session, kind: str) -> None:
    account = an_account(session, email="Ann@people.example")
    office = an_organisation(session, kind=kind, reference="XX1")

    administrator = administrators.add(session, **WHO)

    assert (administrator.account_id, administrator.organisation_id, administrator.since) == (
        account.id,
        office.id,
        NOW,
    )
    assert [one.account for one in living_recipients(session, office=office, as_own_organisation=True)] == [account]


def test_the_right_is_no_membership(session: Session) -> None:
    an_account(session, email="ann@people.example")
    an_organisation(session, kind="authority", reference="XX1")

    administrators.add(session, **WHO)

    assert session.scalars(select(Membership)).all() == []


def test_naming_somebody_again_changes_nothing(session: Session) -> None:
    an_account(session, email="ann@people.example")
    an_organisation(session, reference="XX1")
    for _ in range(2):
        administrators.add(session, **WHO)

    assert rights(session) == 1
    assert session.scalar(select(func.count()).select_from(AuditEvent)) == 1


def test_giving_and_taking_the_right_are_audited_with_ids_only(session: Session) -> None:
    account = an_account(session, email="ann@people.example")
    office = an_organisation(session, reference="XX1")

    administrators.add(session, **WHO)
    administrators.remove(session, **WHO)

    events = session.scalars(select(AuditEvent)).all()
    assert {event.action for event in events} == {"administrator.added", "administrator.removed"}
    assert {(event.actor, event.subject_id, event.environment) for event in events} == {
        ("console", office.id, "production")
    }
    assert [event.details for event in events] == [{"account_id": str(account.id)}] * 2


def test_taking_the_right_leaves_the_membership(session: Session) -> None:
    account = an_account(session, email="ann@people.example")
    office = an_organisation(session, reference="XX1")
    membership = a_membership(session, account, office.posts[0])
    an_administrator(session, account, office)

    administrators.remove(session, **WHO)

    assert rights(session) == 0
    assert membership.status == "valid"


def test_a_right_that_is_not_there_cannot_be_taken(session: Session) -> None:
    an_account(session, email="ann@people.example")
    an_organisation(session, reference="XX1")

    with pytest.raises(NotFound, match="no administrator"):
        administrators.remove(session, **WHO)


def test_a_disabled_person_can_still_lose_the_right_but_gets_none(session: Session) -> None:
    account = an_account(session, email="ann@people.example", disabled_at=NOW)
    an_administrator(session, account, an_organisation(session, reference="XX1"))

    administrators.remove(session, **WHO)

    assert rights(session) == 0
    with pytest.raises(NotFound, match="disabled"):
        administrators.add(session, **WHO)


@pytest.mark.parametrize("change", [{"email": "bob@people.example"}, {"organisation": "YY9"}])
def test_nobody_and_nothing_are_said_plainly(session: Session, change: dict[str, str]) -> None:
    an_account(session, email="ann@people.example")
    an_organisation(session, reference="XX1")

    with pytest.raises(NotFound) as caught:
        administrators.add(session, **WHO | change)

    assert "people.example" not in str(caught.value)
    assert rights(session) == 0


def test_the_commission_has_members_and_no_administrators(session: Session) -> None:
    an_account(session, email="ann@people.example")
    commission.ensure_commission(session, environment=PRODUCTION, now=NOW)

    with pytest.raises(NotFound, match="members"):
        administrators.add(session, **WHO | {"organisation": "commission"})


@pytest.mark.req("S34")
def test_what_waits_in_the_organisation_comes_to_its_new_administrator(session: Session) -> None:
    an_account(session, email="ann@people.example")
    office = an_organisation(session, reference="XX1")
    request = waiting_for(session, office.posts[0], applicant=an_account(session))

    administrators.add(session, **WHO)

    assert routed_again(session) == [request.id]


@pytest.mark.req("S34")
def test_what_a_removed_administrator_was_asked_is_routed_again_at_once(session: Session) -> None:
    account = an_account(session, email="ann@people.example")
    office = an_organisation(session, reference="XX1")
    an_administrator(session, account, office)
    request = asked_of_person(session, office, account, applicant=an_account(session))

    administrators.remove(session, **WHO)

    assert routed_again(session) == [request.id]
