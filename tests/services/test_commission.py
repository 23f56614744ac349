import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from shared.domain.environments import Environment
from shared.domain.errors import AlreadyHeld, NotFound
from shared.domain.roles import RoleKind
from shared.models import AuditEvent, Membership, Organisation
from shared.services import commission, role_kinds
from shared.services.role_request_recipients import living_recipients
from tests.builders import an_account
from tests.builders_reference import asked_of_mailbox, routed_again
from tests.conftest import NOW

PRODUCTION = Environment.PRODUCTION
TRAINING = Environment.TRAINING


@pytest.mark.req("R69")
def test_a_person_who_was_added_speaks_for_the_commission(session: Session) -> None:
    account = an_account(session, email="Ann@EC.example")

    commission.add(session, email="ann@ec.example", environment=PRODUCTION, now=NOW)

    office = commission.ensure_commission(session, environment=PRODUCTION, now=NOW)
    assert [one.account for one in living_recipients(session, office=office, as_own_organisation=False)] == [account]


@pytest.mark.req("R7")
def test_the_commission_of_one_environment_is_not_that_of_the_other(session: Session) -> None:
    an_account(session, email="ann@ec.example")

    membership = commission.add(session, email="ann@ec.example", environment=TRAINING, now=NOW)

    assert (membership.environment, membership.post.environment) == ("training", "training")
    office = commission.ensure_commission(session, environment=PRODUCTION, now=NOW)
    assert living_recipients(session, office=office, as_own_organisation=False) == []


def test_there_is_one_commission_however_often_it_is_asked_for(session: Session) -> None:
    first = commission.ensure_commission(session, environment=PRODUCTION, now=NOW)
    session.expire_all()

    assert commission.ensure_commission(session, environment=PRODUCTION, now=NOW).id == first.id
    assert session.scalar(select(func.count()).select_from(Organisation)) == 1
    assert (first.name, first.mailbox_email, len(first.posts)) == ("European Commission", None, 1)


def test_adding_a_member_again_changes_nothing(session: Session) -> None:
    an_account(session, email="ann@ec.example")
    for _ in range(2):
        commission.add(session, email="ann@ec.example", environment=PRODUCTION, now=NOW)

    assert session.scalar(select(func.count()).select_from(Membership)) == 1
    assert session.scalar(select(func.count()).select_from(AuditEvent)) == 1


def test_a_suspended_member_does_not_come_back_by_a_command(session: Session) -> None:
    an_account(session, email="ann@ec.example")
    commission.add(session, email="ann@ec.example", environment=PRODUCTION, now=NOW).status = "suspended"
    session.flush()

    with pytest.raises(AlreadyHeld):
        commission.add(session, email="ann@ec.example", environment=PRODUCTION, now=NOW)


def test_adding_a_member_is_audited_with_ids_only(session: Session) -> None:
    account = an_account(session, email="ann@ec.example")

    membership = commission.add(session, email="ann@ec.example", environment=PRODUCTION, now=NOW)

    event = session.scalars(select(AuditEvent)).one()
    assert (event.action, event.actor, event.subject_id, event.ground) == (
        "membership.granted",
        "console",
        membership.id,
        "commission add",
    )
    assert event.details == {"account_id": str(account.id), "post_id": str(membership.post_id)}


@pytest.mark.req("R30")
def test_a_seat_at_the_commission_is_none_of_the_three_kinds_of_role(session: Session) -> None:
    account = an_account(session, email="ann@ec.example")

    commission.add(session, email="ann@ec.example", environment=PRODUCTION, now=NOW)

    assert role_kinds.held_kind(session, account_id=account.id, environment=PRODUCTION) is None
    role_kinds.hold(session, account_id=account.id, environment=PRODUCTION, kind=RoleKind.OPERATOR)


@pytest.mark.parametrize(
    ("email", "sentence"),
    [
        ("stranger@ec.example", "No account has this address"),
        ("no address", "Give an e-mail address"),
        ("unfinished@ec.example", "no password yet"),
        ("disabled@ec.example", "disabled"),
    ],
)
def test_nobody_is_added_who_cannot_log_in(session: Session, email: str, sentence: str) -> None:
    an_account(session, email="unfinished@ec.example", password_hash=None, password_set_at=None)
    an_account(session, email="disabled@ec.example", disabled_at=NOW)

    with pytest.raises(NotFound, match=sentence) as caught:
        commission.add(session, email=email, environment=PRODUCTION, now=NOW)

    assert email not in str(caught.value)
    assert session.scalars(select(Membership)).all() == []


@pytest.mark.req("S34")
def test_what_the_mailbox_of_the_commission_was_asked_goes_to_its_first_member(session: Session) -> None:
    office = commission.ensure_commission(session, environment=PRODUCTION, now=NOW)
    office.mailbox_email = "office@ec.example"
    request = asked_of_mailbox(session, office, applicant=an_account(session))
    an_account(session, email="ann@ec.example")

    commission.add(session, email="ann@ec.example", environment=PRODUCTION, now=NOW)

    assert routed_again(session) == [request.id]
