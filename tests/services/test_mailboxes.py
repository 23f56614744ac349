import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.domain.environments import Environment
from shared.domain.errors import FieldErrors, NotFound
from shared.models import AuditEvent
from shared.services.mailboxes import set_mailbox
from tests.builders import an_account, an_organisation
from tests.builders_reference import asked_of_mailbox, routed_again
from tests.conftest import NOW

PRODUCTION = Environment.PRODUCTION


@pytest.mark.parametrize(("country", "language"), [("NL", "nl"), ("BE", "en"), ("FI", "fi")])
def test_a_mailbox_is_set_and_speaks_the_language_of_the_country(session: Session, country: str, language: str) -> None:
    office = an_organisation(session, kind="authority", reference="XX1", country=country)

    set_mailbox(session, organisation="XX1", email=" office@ministry.example ", environment=PRODUCTION, now=NOW)

    assert (office.mailbox_email, office.mailbox_language) == ("office@ministry.example", language)


def test_setting_a_mailbox_is_audited_without_the_address(session: Session) -> None:
    office = an_organisation(session, kind="authority", reference="XX1")

    set_mailbox(session, organisation="XX1", email="office@ministry.example", environment=PRODUCTION, now=NOW)

    event = session.scalars(select(AuditEvent)).one()
    assert (event.action, event.actor, event.subject_id, event.environment, event.at) == (
        "mailbox.set",
        "console",
        office.id,
        "production",
        NOW,
    )
    assert event.details == {}


def test_setting_the_same_mailbox_again_does_nothing(session: Session) -> None:
    an_organisation(session, kind="authority", reference="XX1", mailbox_email="office@ministry.example")

    set_mailbox(session, organisation="XX1", email="office@ministry.example", environment=PRODUCTION, now=NOW)

    assert session.scalars(select(AuditEvent)).all() == []


@pytest.mark.parametrize(
    "email",
    [
        "",
        "nobody",
        "a@b@c.example",
        "two@x.example,three@x.example",
        "Name <a@x.example>",
        "a@x.example\nBcc: b@x.example",
        "ünï@x.example",
        f"{'a' * 300}@x.example",
    ],
)
@pytest.mark.req("S35")
def test_what_is_no_address_never_becomes_a_mailbox(session: Session, email: str) -> None:
    office = an_organisation(session, kind="authority", reference="XX1", mailbox_email="old@ministry.example")

    with pytest.raises(FieldErrors) as caught:
        set_mailbox(session, organisation="XX1", email=email, environment=PRODUCTION, now=NOW)

    assert list(caught.value.errors) == ["email"]
    assert office.mailbox_email == "old@ministry.example"


def test_a_mailbox_of_nobody_is_said_plainly_and_without_the_address(session: Session) -> None:
    with pytest.raises(NotFound) as caught:
        set_mailbox(session, organisation="XX1", email="office@ministry.example", environment=PRODUCTION, now=NOW)

    assert "ministry" not in str(caught.value)


@pytest.mark.req("S34")
def test_what_the_old_mailbox_was_asked_goes_to_the_new_one(session: Session) -> None:
    office = an_organisation(session, kind="authority", reference="XX1", mailbox_email="old@ministry.example")
    request = asked_of_mailbox(session, office, applicant=an_account(session))

    set_mailbox(session, organisation="XX1", email="new@ministry.example", environment=PRODUCTION, now=NOW)

    assert routed_again(session) == [request.id]
