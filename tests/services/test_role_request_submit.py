from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from shared.db import Database
from shared.domain.errors import AlreadyHeld, FieldErrors
from shared.models import (
    Assignment,
    AuditEvent,
    Email,
    Link,
    Membership,
    Organisation,
    OutboxRow,
    Post,
    RoleKindHold,
    RoleRequest,
)
from tests.builders import a_membership, an_account, an_organisation
from tests.builders_role_requests import a_control_body, a_role_request, an_operator_post, ask, new_operator_fields
from tests.conftest import NOW


def count(session: Session, table: type[Any]) -> int:
    return session.scalars(select(func.count()).select_from(table)).one()


@pytest.mark.req("R35", "R62")
@pytest.mark.parametrize("kind", ["operator", "authority", "control_body"])
def test_a_request_for_each_kind_of_role_is_open_with_one_submitted_item(session: Session, kind: str) -> None:
    account, post = an_account(session), an_organisation(session, kind=kind).posts[0]

    submitted = ask(session, account, post)

    role_request = session.scalars(select(RoleRequest)).one()
    assert role_request is submitted.role_request
    assert (role_request.status, role_request.kind, role_request.account_id) == ("open", kind, account.id)
    assert [(item.post_id, item.status) for item in role_request.items] == [(post.id, "submitted")]
    assert role_request.next_step_at == NOW + timedelta(days=7)
    assert submitted.skipped == []


@pytest.mark.req("R62", "R73")
def test_a_request_queues_its_routing_and_a_mail_to_the_applicant_and_is_audited(session: Session) -> None:
    account = an_account(session, email="ann@people.example", email_language="nl")

    request_id = ask(session, account, an_operator_post(session)).role_request.id

    email = session.scalars(select(Email)).one()
    assert (email.template, email.recipient, email.language) == ("request-received", "ann@people.example", "nl")
    assert (email.role_request_id, email.environment) == (request_id, "production")
    rows = {(row.task, row.queue, row.subject_id) for row in session.scalars(select(OutboxRow))}
    assert rows == {
        ("role_requests.route", "routing", request_id),
        ("emails.deliver", "mail.notice", email.id),
    }
    event = session.scalars(select(AuditEvent)).one()
    assert (event.action, event.actor) == ("role_request.submitted", f"account:{account.id}")
    assert (event.subject_id, event.environment) == (request_id, "production")


@pytest.mark.req("R59")
def test_the_letters_samples_of_message_and_contact_data_are_kept_as_typed(session: Session) -> None:
    role_request = ask(
        session,
        an_account(session),
        an_operator_post(session),
        message="Test demonstration",
        contact_email="name@domain.com",
        contact_phone="+32 02 123456",
    ).role_request

    session.refresh(role_request)
    assert role_request.message == "Test demonstration"
    assert role_request.contact_email == "name@domain.com"
    assert role_request.contact_phone == "+32 02 123456"


@pytest.mark.req("R58", "R59")
def test_message_and_contact_data_may_be_left_out(session: Session) -> None:
    role_request = ask(session, an_account(session), an_operator_post(session), message="").role_request

    assert (role_request.message, role_request.contact_email, role_request.contact_phone) == (None, None, None)


@pytest.mark.req("R59", "S30")
def test_contact_data_are_never_written_to(session: Session) -> None:
    ask(session, an_account(session), an_operator_post(session), contact_email="name@domain.com")

    assert "name@domain.com" not in session.scalars(select(Email.recipient)).all()


@pytest.mark.req("R31")
def test_several_posts_of_one_kind_are_one_request_in_the_order_ticked(session: Session) -> None:
    posts = [an_operator_post(session) for _ in range(3)]

    role_request = ask(session, an_account(session), *reversed(posts), posts[0]).role_request

    assert [item.post_id for item in role_request.items] == [post.id for post in reversed(posts)]


@pytest.mark.req("R31", "R63")
def test_a_further_post_of_the_same_kind_can_be_asked_for_later(session: Session) -> None:
    account = an_account(session)
    a_membership(session, account, an_operator_post(session))
    ask(session, account, an_operator_post(session))

    ask(session, account, an_operator_post(session))

    assert count(session, RoleRequest) == 2


@pytest.mark.req("R54")
def test_tick_all_asks_for_every_country_of_a_control_body_in_the_order_of_codes(session: Session) -> None:
    body = a_control_body(session, "AL-BIO-149", "AE-BIO-149", "AF-BIO-149")
    a_control_body(session, "ZM-BIO-140")

    role_request = ask(session, an_account(session), control_body_id=body.id).role_request

    codes = [session.get_one(Post, item.post_id).code for item in role_request.items]
    assert codes == ["AE-BIO-149", "AF-BIO-149", "AL-BIO-149"]


@pytest.mark.req("R32", "R54")
def test_tick_all_leaves_out_and_names_what_is_held_or_asked_for(session: Session) -> None:
    account, body = an_account(session), a_control_body(session, "AE-BIO-149", "AF-BIO-149", "AL-BIO-149")
    by_code = {post.code: post for post in body.posts}
    a_membership(session, account, by_code["AE-BIO-149"])
    a_role_request(session, account, by_code["AL-BIO-149"])

    submitted = ask(session, account, control_body_id=body.id)

    assert [item.post_id for item in submitted.role_request.items] == [by_code["AF-BIO-149"].id]
    assert submitted.skipped == [
        (by_code["AE-BIO-149"].id, "already_held"),
        (by_code["AL-BIO-149"].id, "already_requested"),
    ]


@pytest.mark.req("R32", "R54")
def test_tick_all_is_refused_when_nothing_remains(session: Session) -> None:
    account, body = an_account(session), a_control_body(session, "AE-BIO-149", "AF-BIO-149")
    for post in body.posts:
        a_membership(session, account, post)

    with pytest.raises(AlreadyHeld):
        ask(session, account, control_body_id=body.id)


@pytest.mark.req("R7")
@pytest.mark.parametrize("way", ["post", "control body"])
def test_what_is_in_the_other_environment_is_not_found(session: Session, way: str) -> None:
    body = a_control_body(session, environment="training")
    choice = {"post_ids": [body.posts[0].id]} if way == "post" else {"control_body_id": body.id}

    with pytest.raises(FieldErrors) as refused:
        ask(session, an_account(session), **choice)

    assert refused.value.errors == {next(iter(choice)): ["Not found. Choose from the results of a search."]}


def test_one_unknown_post_refuses_the_whole_request(session: Session) -> None:
    with pytest.raises(FieldErrors) as refused:
        ask(session, an_account(session), post_ids=[an_operator_post(session).id, uuid4()])

    assert refused.value.errors == {"post_ids": ["Not found. Choose from the results of a search."]}


def test_an_organisation_that_is_no_control_body_cannot_be_ticked_as_a_whole(session: Session) -> None:
    with pytest.raises(FieldErrors, match="control_body_id"):
        ask(session, an_account(session), control_body_id=an_organisation(session).id)


@pytest.mark.req("R46", "S30")
@pytest.mark.parametrize("status", ["new", "rejected"])
def test_an_operator_that_is_not_valid_is_not_found_by_others(session: Session, status: str) -> None:
    post = an_operator_post(session, status=status)

    with pytest.raises(FieldErrors) as refused:
        ask(session, an_account(session), post)

    assert refused.value.errors == {"post_ids": ["Not found. Choose from the results of a search."]}


def test_an_authority_of_a_third_country_takes_no_requests(session: Session) -> None:
    post = an_organisation(session, kind="authority", takes_requests=False).posts[0]

    with pytest.raises(FieldErrors) as refused:
        ask(session, an_account(session), post)

    assert refused.value.errors == {"post_ids": ["One of these takes no requests. Choose another."]}


@pytest.mark.parametrize(("number", "sentence"), [(0, "Choose at least one."), (301, "Choose at most 300 at a time.")])
def test_a_request_is_for_one_to_three_hundred_posts(session: Session, number: int, sentence: str) -> None:
    with pytest.raises(FieldErrors) as refused:
        ask(session, an_account(session), post_ids=[uuid4() for _ in range(number)])

    assert refused.value.errors == {"post_ids": [sentence]}


def test_three_hundred_posts_fit_into_one_request(session: Session) -> None:
    body = a_control_body(session, *(f"AE-BIO-{number}" for number in range(300)))

    assert len(ask(session, an_account(session), *body.posts).role_request.items) == 300


@pytest.mark.req("R46")
def test_a_new_operator_and_the_request_to_be_joined_to_it_are_written_together(session: Session) -> None:
    account, body = an_account(session), a_control_body(session)

    role_request = ask(session, account, new_operator=new_operator_fields(body.id)).role_request

    operator = session.scalars(select(Organisation).where(Organisation.kind == "operator")).one()
    assert (operator.name, operator.status) == ("Test Importer", "new")
    assert [item.post_id for item in role_request.items] == [operator.posts[0].id]
    assert role_request.kind == "operator"


@pytest.mark.req("R46")
def test_a_new_operator_with_a_mistake_leaves_neither_operator_nor_request(database: Database) -> None:
    with database.transaction() as session:
        account = an_account(session)

    with pytest.raises(FieldErrors), database.transaction() as session:
        ask(session, account, new_operator=new_operator_fields(None))

    with database.reading() as session:
        assert [count(session, table) for table in (Organisation, RoleRequest, RoleKindHold, Email)] == [0, 0, 0, 0]


@pytest.mark.req("S30")
def test_the_creator_of_an_operator_gets_a_pending_request_and_no_right(session: Session) -> None:
    account, body = an_account(session), a_control_body(session)

    ask(session, account, new_operator=new_operator_fields(body.id, email="owner@importer.example"))

    assert [count(session, table) for table in (Membership, Assignment, Link)] == [0, 0, 0]
    assert session.scalars(select(Email.recipient)).all() == [account.email]
    operator = session.scalars(select(Organisation).where(Organisation.kind == "operator")).one()
    assert operator.mailbox_email is None


@pytest.mark.req("S28", "S29")
@pytest.mark.parametrize("name", ["approver_id", "status", "role", "country", "kind", "office"])
def test_nothing_that_would_choose_the_approver_or_the_outcome_can_be_handed_in(session: Session, name: str) -> None:
    with pytest.raises(TypeError, match=name):
        ask(session, an_account(session), an_operator_post(session), **{name: "accepted"})
