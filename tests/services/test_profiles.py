from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.domain.environments import Environment
from shared.domain.errors import FieldErrors
from shared.models import Account, AuditEvent, Email
from shared.services.profiles import Notification, change, view, wants
from tests.builders import a_membership, an_account, an_administrator, an_organisation
from tests.builders_role_requests import a_control_body, a_role_request
from tests.conftest import NOW

PRODUCTION, TRAINING = Environment.PRODUCTION, Environment.TRAINING


def refused(session: Session, account: Account, **fields: Any) -> dict[str, list[str]]:
    with pytest.raises(FieldErrors) as error:
        change(session, account=account, now=NOW, **fields)
    return error.value.errors


@pytest.mark.req("R11", "R64")
def test_the_profile_shows_the_person_with_username_and_preferences(session: Session) -> None:
    account = an_account(
        session,
        email="ann@people.example",
        username="nusersii",
        email_language="fr",
        ui_language="nl",
        time_zone="Europe/Athens",
        notifications={"reminder": False},
    )

    profile = view(session, account=account)

    assert (profile.username, profile.first_name, profile.last_name) == ("nusersii", "Ann", "Peeters")
    assert (profile.email, profile.email_language, profile.ui_language) == ("ann@people.example", "fr", "nl")
    assert profile.time_zone == "Europe/Athens"
    assert profile.notifications == {"reminder": False, "closing": True, "colleague_joined": True}


@pytest.mark.req("R28")
def test_a_person_without_a_role_has_nothing_in_either_environment(session: Session) -> None:
    environments = view(session, account=an_account(session)).environments

    assert environments.keys() == {PRODUCTION, TRAINING}
    assert {(one.memberships, one.requests, one.kind) for one in environments.values()} == {((), (), None)}


@pytest.mark.req("R7", "R62", "R63")
def test_what_is_held_and_asked_for_shows_in_its_own_environment_only(session: Session) -> None:
    account, body = an_account(session), a_control_body(session, "AE-BIO-149", "AF-BIO-149")
    a_membership(session, account, body.posts[0])
    asked = a_role_request(session, account, body.posts[1])
    a_membership(session, an_account(session), body.posts[1])

    environments = view(session, account=account).environments

    production = environments[PRODUCTION]
    assert [one.post_id for one in production.memberships] == [body.posts[0].id]
    assert [one.id for one in production.requests] == [asked.id]
    assert production.kind == "control_body"
    assert environments[TRAINING].memberships == environments[TRAINING].requests == ()


@pytest.mark.req("R62")
def test_a_membership_names_the_organisation_the_post_and_the_right(session: Session) -> None:
    account = an_account(session)
    operator = an_organisation(session, name="ALPRO Comm.V.A.", traces_number="BE-ORG-OP-5")
    a_membership(session, account, operator.posts[0], valid_to=NOW + timedelta(days=365))
    an_administrator(session, account, operator)

    (membership,) = view(session, account=account).environments[PRODUCTION].memberships

    assert (membership.name, membership.traces_number, membership.kind) == (
        "ALPRO Comm.V.A.",
        "BE-ORG-OP-5",
        "operator",
    )
    assert (membership.code, membership.country) == (operator.posts[0].code, "BE")
    assert (membership.status, membership.is_administrator) == ("valid", True)
    assert (membership.valid_from, membership.valid_to) == (NOW, NOW + timedelta(days=365))


@pytest.mark.parametrize("status", ["suspended", "ended"])
def test_nobody_is_shown_as_administrator_through_a_membership_that_is_not_valid(session: Session, status: str) -> None:
    account, operator = an_account(session), an_organisation(session)
    a_membership(session, account, operator.posts[0], status=status)
    an_administrator(session, account, operator)

    (membership,) = view(session, account=account).environments[PRODUCTION].memberships

    assert (membership.status, membership.is_administrator) == (status, False)


@pytest.mark.req("R13", "R64", "R65")
def test_preferences_persist_and_their_change_is_audited(session: Session) -> None:
    account = an_account(session)

    change(session, account=account, now=NOW, email_language="bg", ui_language="el", time_zone="Asia/Tokyo")

    session.flush()
    session.expire_all()
    assert (account.email_language, account.ui_language, account.time_zone) == ("bg", "el", "Asia/Tokyo")
    event = session.scalars(select(AuditEvent)).one()
    assert (event.action, event.subject_id) == ("account.preferences_changed", account.id)
    assert event.details == {"fields": ["email_language", "ui_language", "time_zone"]}


@pytest.mark.req("R64")
def test_an_event_can_be_switched_off_and_on_again_without_touching_the_others(session: Session) -> None:
    account = an_account(session, notifications={"closing": False})

    change(session, account=account, now=NOW, notifications={"reminder": False})
    change(session, account=account, now=NOW, notifications={"closing": True})

    session.flush()
    session.expire_all()
    assert [wants(account, event) for event in Notification] == [False, True, True]


@pytest.mark.req("R64")
@pytest.mark.parametrize("event", ["password", "code", "outcome", "decide", "nonsense"])
def test_no_other_mail_can_be_switched_off(session: Session, event: str) -> None:
    account = an_account(session)

    assert [*refused(session, account, notifications={event: False})] == ["notifications"]
    assert account.notifications == {}


@pytest.mark.req("R64")
@pytest.mark.parametrize("field", ["email_language", "ui_language", "time_zone"])
@pytest.mark.parametrize("value", ["", "xx", "../etc/passwd", "Mars/Olympus", "EN"])
def test_a_language_or_time_zone_that_does_not_exist_is_refused_on_its_field(
    session: Session, field: str, value: str
) -> None:
    assert [*refused(session, an_account(session), **{field: value})] == [field]


def test_nothing_is_changed_when_one_field_is_wrong(session: Session) -> None:
    account = an_account(session)

    refused(session, account, first_name="Berta", ui_language="nl", time_zone="Mars/Olympus")

    assert (account.first_name, account.ui_language) == ("Ann", "en")
    assert session.scalars(select(AuditEvent)).all() == []


def test_the_same_values_again_change_nothing(session: Session) -> None:
    account = an_account(session)

    change(session, account=account, now=NOW, first_name=" Ann ", last_name="Peeters", email_language="en")

    assert session.scalars(select(AuditEvent)).all() == []


@pytest.mark.req("R17")
def test_new_names_are_cleaned_kept_and_audited_without_saying_them(session: Session) -> None:
    account = an_account(session)

    change(session, account=account, now=NOW, first_name=" Берта  Мария ", last_name="Иванова")

    assert account.full_name == "Берта Мария Иванова"
    event = session.scalars(select(AuditEvent)).one()
    assert (event.action, event.actor) == ("account.names_changed", f"account:{account.id}")
    assert event.details == {"fields": ["first_name", "last_name"]}


@pytest.mark.req("R17", "S35", "S39")
@pytest.mark.parametrize("name", ["", "Ann\nBcc: x", "Ann\u202e", "Аnn", "x" * 101])  # noqa: RUF001
@pytest.mark.parametrize("field", ["first_name", "last_name"])
def test_new_names_pass_the_checks_of_signing_up(session: Session, field: str, name: str) -> None:
    assert [*refused(session, an_account(session), **{field: name})] == [field]


@pytest.mark.req("R17")
def test_a_name_that_looks_like_an_organisations_must_be_confirmed(session: Session) -> None:
    account = an_account(session)
    names = {"first_name": "Aalst", "last_name": "Customs Authority"}

    assert [*refused(session, account, **names)] == ["first_name"]

    change(session, account=account, now=NOW, confirm_person=True, **names)
    assert (account.full_name, account.person_confirmed) == ("Aalst Customs Authority", True)


def test_the_administrators_of_ones_organisations_are_told_of_a_new_name_once_in_each_environment(
    session: Session,
) -> None:
    account, colleague, elsewhere = an_account(session), an_account(session), an_account(session)
    own = [an_organisation(session), an_organisation(session), an_organisation(session, environment="training")]
    for organisation in own:
        a_membership(session, account, organisation.posts[0])
        an_administrator(session, colleague, organisation)
    an_administrator(session, account, own[0])
    an_administrator(session, elsewhere, an_organisation(session))

    change(session, account=account, now=NOW, last_name="Janssens")

    emails = session.scalars(select(Email).order_by(Email.environment)).all()
    assert [(email.template, email.recipient, email.environment) for email in emails] == [
        ("name-changed", colleague.email, "production"),
        ("name-changed", colleague.email, "training"),
    ]
    assert {email.context["changed_account_id"] for email in emails} == {str(account.id)}


@pytest.mark.parametrize("status", ["valid", "suspended", "ended"])
def test_administrators_are_told_while_the_person_holds_a_post_there(session: Session, status: str) -> None:
    account, colleague, operator = an_account(session), an_account(session), an_organisation(session)
    a_membership(session, account, operator.posts[0], status=status)
    an_administrator(session, colleague, operator)

    change(session, account=account, now=NOW, last_name="Janssens")

    told = session.scalars(select(Email.recipient)).all()
    assert told == ([] if status == "ended" else [colleague.email])


def test_an_administrator_whose_account_is_off_is_not_told(session: Session) -> None:
    account, operator = an_account(session), an_organisation(session)
    a_membership(session, account, operator.posts[0])
    an_administrator(session, an_account(session, disabled_at=NOW), operator)

    change(session, account=account, now=NOW, last_name="Janssens")

    assert session.scalars(select(Email)).all() == []


@pytest.mark.req("S29")
@pytest.mark.parametrize("field", ["email", "username", "password_hash", "disabled_at", "person_confirmed"])
def test_nothing_else_of_an_account_can_be_changed_here(session: Session, field: str) -> None:
    with pytest.raises(TypeError, match=field):
        change(session, account=an_account(session), now=NOW, **{field: "x"})
