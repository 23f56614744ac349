from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.models import Email, OutboxRow
from shared.services.emails import LIMIT, Recipient, queue_email
from tests.builders import an_account
from tests.conftest import NOW

ANN = Recipient("Ann@People.example", "nl")


@pytest.mark.req("R13", "R20")
def test_a_person_is_written_to_at_the_address_and_in_the_language_of_the_account(session: Session) -> None:
    account = an_account(session, email_language="sk")

    email = queue_email(session, template="password-changed", to=Recipient.of(account), now=NOW)

    assert (email.recipient, email.language, email.account_id) == (account.email, "sk", account.id)
    assert (email.state, email.created_at) == ("waiting", NOW)


@pytest.mark.parametrize(
    ("template", "queue"),
    [
        ("password", "mail.urgent"),
        ("already-registered", "mail.urgent"),
        ("password-changed", "mail.urgent"),
        ("code", "mail.urgent"),
        ("decide", "mail.notice"),
        ("outcome", "mail.notice"),
    ],
)
def test_mails_that_somebody_waits_for_go_first(session: Session, template: str, queue: str) -> None:
    email = queue_email(session, template=template, to=ANN, now=NOW)

    session.flush()
    row = session.scalars(select(OutboxRow)).one()
    assert (row.queue, row.task, row.subject_id) == (queue, "emails.deliver", email.id)


@pytest.mark.req("S12", "S40")
@pytest.mark.parametrize("address", ["ann@people.example", "ANN@PEOPLE.EXAMPLE"])
def test_one_address_in_any_case_has_one_limit(session: Session, address: str) -> None:
    for _ in range(LIMIT):
        queue_email(session, template="password", to=ANN, now=NOW, limited=True)

    sixth = queue_email(session, template="password", to=Recipient(address, "en"), now=NOW, limited=True)
    other = queue_email(session, template="password", to=Recipient("b@people.example", "en"), now=NOW, limited=True)

    assert (sixth.state, sixth.reason) == ("held", "limit of mails to one address")
    assert other.state == "waiting"


@pytest.mark.req("S12")
def test_mails_that_no_stranger_can_cause_are_never_held(session: Session) -> None:
    for _ in range(LIMIT):
        queue_email(session, template="password", to=ANN, now=NOW, limited=True)

    assert queue_email(session, template="outcome", to=ANN, now=NOW).state == "waiting"


@pytest.mark.req("S12")
@pytest.mark.parametrize(
    ("age", "state"), [(timedelta(minutes=59, seconds=59), "held"), (timedelta(hours=1), "waiting")]
)
def test_the_limit_looks_back_for_an_hour(session: Session, age: timedelta, state: str) -> None:
    for _ in range(LIMIT):
        queue_email(session, template="password", to=ANN, now=NOW, limited=True)

    assert queue_email(session, template="password", to=ANN, now=NOW + age, limited=True).state == state


@pytest.mark.req("S2")
def test_the_work_names_the_mail_and_the_mail_names_ids_only(session: Session) -> None:
    request_id = uuid4()

    email = queue_email(
        session, template="outcome", to=ANN, now=NOW, environment="training", organisation_id=str(request_id)
    )

    session.flush()
    kept = session.scalars(select(Email)).one()
    assert kept.context == {"organisation_id": str(request_id)}
    assert kept.environment == "training"
    assert email.id == session.scalars(select(OutboxRow.subject_id)).one()
