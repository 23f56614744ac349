from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from shared.db import Database
from shared.domain.environments import Environment
from shared.domain.errors import AlreadyDecided, NotFound, RequestWithdrawn
from shared.domain.roles import RoleKind
from shared.models import Account, AuditEvent, Email, Link, Organisation, RoleRequest, RoleRequestItem
from shared.services import role_kinds
from shared.services.role_request_submit import submit
from shared.services.role_request_withdraw import withdraw
from tests.builders import a_membership, an_account, an_organisation
from tests.builders_role_requests import a_control_body, a_role_request, an_assignment, new_operator_fields
from tests.conftest import NOW
from tests.moments import at_the_same_moment

PRODUCTION, TRAINING = Environment.PRODUCTION, Environment.TRAINING
LATER = NOW + timedelta(hours=3)


def take_back(session: Session, role_request: RoleRequest, account: Account) -> RoleRequest:
    return withdraw(session, account=account, environment=PRODUCTION, role_request_id=role_request.id, now=LATER)


@pytest.mark.parametrize("status", ["submitted", "waiting"])
def test_a_request_taken_back_is_closed_with_all_its_items(session: Session, status: str) -> None:
    account, body = an_account(session), a_control_body(session, "AE-BIO-149", "AF-BIO-149")
    role_request = a_role_request(session, account, *body.posts, status=status, nobody_since=NOW)

    take_back(session, role_request, account)

    session.expire_all()
    assert [(item.status, item.decided_at) for item in role_request.items] == [("withdrawn", LATER)] * 2
    assert (role_request.status, role_request.next_step_at, role_request.nobody_since) == ("closed", None, None)
    assert role_request.version == 2


def test_the_withdrawal_is_audited(session: Session) -> None:
    account = an_account(session)
    role_request = a_role_request(session, account)

    take_back(session, role_request, account)

    event = session.scalars(select(AuditEvent)).one()
    assert (event.action, event.actor) == ("role_request.withdrawn", f"account:{account.id}")
    assert (event.subject_id, event.environment) == (role_request.id, "production")
    assert event.details == {"item_ids": [str(role_request.items[0].id)]}


@pytest.mark.req("R30")
def test_the_kind_of_role_is_free_again(session: Session) -> None:
    account = an_account(session)

    take_back(session, a_role_request(session, account), account)

    role_kinds.hold(session, account_id=account.id, environment=PRODUCTION, kind=RoleKind.AUTHORITY)


@pytest.mark.req("R30")
@pytest.mark.parametrize("other", ["another request", "a membership"])
def test_the_kind_of_role_stays_while_something_else_of_it_is_pending_or_valid(session: Session, other: str) -> None:
    account = an_account(session)
    role_request = a_role_request(session, account)
    if other == "another request":
        a_role_request(session, account)
    else:
        a_membership(session, account, an_organisation(session).posts[0])

    take_back(session, role_request, account)

    assert role_kinds.held_kind(session, account_id=account.id, environment=PRODUCTION) is RoleKind.OPERATOR


def test_everybody_who_was_asked_gets_the_closing_line_in_their_language(session: Session) -> None:
    account, approver = an_account(session), an_account(session, email_language="fr")
    role_request = a_role_request(session, account)
    office = an_organisation(
        session, kind="authority", role="CCA", mailbox_email="office@authority.example", mailbox_language="nl"
    )
    to_person = an_assignment(session, role_request, account=approver)
    to_mailbox = an_assignment(session, role_request, office=office)

    take_back(session, role_request, account)

    emails = session.scalars(select(Email).order_by(Email.language)).all()
    assert [(email.template, email.recipient, email.language, email.assignment_id) for email in emails] == [
        ("closed", approver.email, "fr", to_person.id),
        ("closed", "office@authority.example", "nl", to_mailbox.id),
    ]
    assert {(email.role_request_id, email.environment) for email in emails} == {(role_request.id, "production")}
    assert (to_person.closed_at, to_mailbox.closed_at) == (LATER, LATER)


@pytest.mark.req("R64")
def test_an_approver_who_switched_closing_lines_off_gets_none(session: Session) -> None:
    account, approver = an_account(session), an_account(session, notifications={"closing": False})
    role_request = a_role_request(session, account)
    assignment = an_assignment(session, role_request, account=approver)

    take_back(session, role_request, account)

    assert session.scalars(select(Email)).all() == []
    assert assignment.closed_at == LATER


def test_whoever_was_asked_and_is_so_no_more_is_not_told_again(session: Session) -> None:
    account = an_account(session)
    role_request = a_role_request(session, account)
    an_assignment(session, role_request, account=an_account(session), closed_at=NOW)

    take_back(session, role_request, account)

    assert session.scalars(select(Email)).all() == []


def test_the_links_of_the_approvers_are_used_up(session: Session) -> None:
    account = an_account(session)
    role_request = a_role_request(session, account)
    assignment = an_assignment(session, role_request)
    link = Link(purpose="decide", key_number=0, assignment_id=assignment.id, created_at=NOW)
    session.add(link)

    take_back(session, role_request, account)

    session.refresh(link)
    assert link.used_at == LATER


@pytest.mark.req("R46")
def test_a_new_operator_is_rejected_with_the_request_that_created_it(session: Session) -> None:
    account, body = an_account(session), a_control_body(session)
    role_request = submit(
        session,
        account=account,
        environment=PRODUCTION,
        now=NOW,
        rate_limits=True,
        new_operator=new_operator_fields(body.id),
    ).role_request

    take_back(session, role_request, account)

    assert session.scalars(select(Organisation.status).where(Organisation.kind == "operator")).all() == ["rejected"]


def test_a_valid_operator_stays_valid(session: Session) -> None:
    account, operator = an_account(session), an_organisation(session)

    take_back(session, a_role_request(session, account, *operator.posts), account)

    assert operator.status == "valid"


def test_what_was_decided_before_stays_decided(session: Session) -> None:
    account, body = an_account(session), a_control_body(session, "AE-BIO-149", "AF-BIO-149")
    role_request = a_role_request(session, account, *body.posts)
    role_request.items[0].status = "rejected"
    session.flush()

    take_back(session, role_request, account)

    assert [item.status for item in role_request.items] == ["rejected", "withdrawn"]


@pytest.mark.req("S32")
@pytest.mark.parametrize("status", ["accepted", "rejected", "expired"])
def test_a_request_that_is_decided_or_expired_cannot_be_taken_back(session: Session, status: str) -> None:
    account = an_account(session)
    role_request = a_role_request(session, account, status=status)

    with pytest.raises(AlreadyDecided):
        take_back(session, role_request, account)


def test_a_request_cannot_be_taken_back_twice(session: Session) -> None:
    account, body = an_account(session), a_control_body(session, "AE-BIO-149", "AF-BIO-149")
    role_request = a_role_request(session, account, *body.posts)
    role_request.items[0].status = "accepted"
    session.flush()
    take_back(session, role_request, account)

    with pytest.raises(RequestWithdrawn):
        take_back(session, role_request, account)


@pytest.mark.req("S26", "R7")
@pytest.mark.parametrize("whose", ["another person's", "of the other environment", "unknown"])
def test_a_request_that_is_not_ones_own_here_is_not_found(session: Session, whose: str) -> None:
    account = an_account(session)
    role_request = a_role_request(session, account)

    with pytest.raises(NotFound):
        withdraw(
            session,
            account=an_account(session) if whose == "another person's" else account,
            environment=TRAINING if whose == "of the other environment" else PRODUCTION,
            role_request_id=uuid4() if whose == "unknown" else role_request.id,
            now=LATER,
        )

    session.refresh(role_request)
    assert role_request.status == "open"


def take_back_in_a_transaction(database: Database, role_request: RoleRequest, account: Account) -> None:
    with database.transaction() as session:
        take_back(session, role_request, account)


@pytest.mark.req("S32")
def test_of_two_withdrawals_at_the_same_moment_one_closes_the_request(database: Database) -> None:
    with database.transaction() as session:
        account, approver = an_account(session), an_account(session)
        role_request = a_role_request(session, account)
        an_assignment(session, role_request, account=approver)

    outcomes = at_the_same_moment(*[partial(take_back_in_a_transaction, database, role_request, account)] * 2)

    assert outcomes == ["done", "request_withdrawn"]
    with database.reading() as session:
        assert session.scalars(select(Email.template)).all() == ["closed"]


@pytest.mark.req("S32")
def test_a_decision_that_was_first_counts_although_the_items_were_read_before(session: Session) -> None:
    account = an_account(session)
    role_request = a_role_request(session, account)
    session.execute(update(RoleRequestItem).values(status="accepted").execution_options(synchronize_session=False))

    with pytest.raises(AlreadyDecided):
        take_back(session, role_request, account)
