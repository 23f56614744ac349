"""GET and PATCH /profile, POST /profile/password."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from gateway.application import Gateway
from gateway.passwords import hash_password, matches
from shared.db import Database
from shared.models import Account, AuditEvent, Email
from tests.builders import a_membership, an_account, an_organisation
from tests.builders_decisions import one_in_charge
from tests.builders_role_requests import a_role_request
from tests.gateway.api.client import Api, codes_of, fields_of, log_in

Rows = Callable[[type[Any]], Sequence[Any]]
PASSWORD = "Correct-Horse-7"
NEW_PASSWORD = "Battery-Staple-8"


@pytest.mark.req("R64", "R11")
def test_the_profile_shows_the_person_with_every_mail_switched_on(api: Api) -> None:
    profile = api.get("/profile").get_json()

    assert profile["email"] == "ann@people.example"
    assert (profile["first_name"], profile["last_name"]) == ("Ann", "Peeters")
    assert profile["username"]
    assert profile["time_zone"] == "Europe/Brussels"
    assert profile["notifications"] == {"reminder": True, "closing": True, "colleague_joined": True}


@pytest.mark.req("R7", "R62")
def test_each_environment_shows_its_own_memberships_and_requests(
    api: Api, applicant: Account, database: Database
) -> None:
    with database.transaction() as session:
        held = an_organisation(session, name="Held in Training", environment="training")
        a_membership(session, applicant, held.posts[0])
        a_role_request(session, applicant, an_organisation(session, name="Asked in Production").posts[0])

    environments = api.get("/profile").get_json()["environments"]

    assert [row["name"] for row in environments["training"]["memberships"]] == ["Held in Training"]
    assert environments["training"]["requests"] == environments["production"]["memberships"] == []
    (request,) = environments["production"]["requests"]
    assert [item["name"] for item in request["items"]] == ["Asked in Production"]


@pytest.mark.req("R64", "R65")
def test_preferences_that_are_sent_change_and_the_others_stay(api: Api) -> None:
    answer = api.patch("/profile", {"time_zone": "Europe/Sofia", "notifications": {"reminder": False}})

    assert answer.status_code == 200
    again = api.get("/profile").get_json()
    assert answer.get_json() == again
    assert again["time_zone"] == "Europe/Sofia"
    assert again["notifications"] == {"reminder": False, "closing": True, "colleague_joined": True}
    assert again["first_name"] == "Ann"


@pytest.mark.req("R17")
def test_a_new_name_is_audited_and_told_to_the_administrators(
    api: Api, applicant: Account, database: Database, rows: Rows
) -> None:
    with database.transaction() as session:
        organisation = an_organisation(session)
        one_in_charge(session, organisation, email="chief@operator.example")
        a_membership(session, applicant, organisation.posts[0])

    assert api.patch("/profile", {"last_name": "Janssens"}).get_json()["last_name"] == "Janssens"

    assert [event.action for event in rows(AuditEvent)] == ["account.names_changed"]
    assert [(mail.template, mail.recipient) for mail in rows(Email)] == [("name-changed", "chief@operator.example")]


@pytest.mark.req("R17")
def test_the_name_of_an_organisation_has_to_be_confirmed(api: Api) -> None:
    assert fields_of(api.patch("/profile", {"last_name": "Alpro bvba"})) == {"last_name"}

    assert api.patch("/profile", {"last_name": "Alpro bvba", "confirm_person": True}).status_code == 200


WRONG_VALUES: list[tuple[dict[str, Any], set[str]]] = [
    ({"first_name": ""}, {"first_name"}),
    ({"first_name": None}, {"first_name"}),
    ({"first_name": "x" * 101}, {"first_name"}),
    ({"last_name": "a\r\nBcc: b@c.example"}, {"last_name"}),
    ({"last_name": "\u0421\u043emmission"}, {"last_name"}),
    ({"email_language": "tlh"}, {"email_language"}),
    ({"ui_language": 5}, {"ui_language"}),
    ({"time_zone": "Mars/Olympus"}, {"time_zone"}),
    ({"notifications": {"password": False}}, {"notifications.password"}),
    ({"notifications": {"reminder": "never"}}, {"notifications.reminder"}),
    ({"notifications": ["reminder"]}, {"notifications"}),
]


@pytest.mark.req("S35", "S39", "S51")
def test_a_wrong_value_is_named_and_nothing_changes(api: Api, subtests: pytest.Subtests) -> None:
    for body, fields in WRONG_VALUES:
        with subtests.test(body=body, fields=fields):
            before = api.get("/profile").get_json()

            assert fields_of(api.patch("/profile", {"time_zone": "Europe/Sofia"} | body)) == fields

            assert api.get("/profile").get_json() == before


@pytest.mark.parametrize("field", ["email", "username"])
@pytest.mark.parametrize("value", ["other@people.example", None, 7])
def test_address_and_username_are_refused_with_a_sentence(api: Api, field: str, value: object) -> None:
    answer = api.patch("/profile", {field: value})

    assert fields_of(answer) == {field}
    assert "cannot be changed" in answer.get_json()["errors"][field][0]


@pytest.fixture
def with_password(app: Gateway, database: Database) -> Api:
    with database.transaction() as session:
        account = an_account(session, email="carl@people.example", password_hash=hash_password(PASSWORD))
    return log_in(app, account)


@pytest.mark.req("S20", "S21")
def test_a_changed_password_counts_at_once_and_ends_every_log_in(with_password: Api, rows: Rows) -> None:
    body = {"current_password": PASSWORD, "password": NEW_PASSWORD}

    assert with_password.post("/profile/password", body).status_code == 204

    (account,) = rows(Account)
    assert matches(account.password_hash, NEW_PASSWORD)
    assert codes_of(with_password.get("/profile")) == (401, "login_required")
    assert [mail.template for mail in rows(Email)] == ["password-changed"]


@pytest.mark.req("S20")
def test_the_password_changes_only_for_somebody_who_knows_the_current_one(with_password: Api, rows: Rows) -> None:
    answer = with_password.post("/profile/password", {"current_password": "Wrong-Horse-7", "password": NEW_PASSWORD})

    assert codes_of(answer) == (403, "credentials_wrong")
    assert fields_of(with_password.post("/profile/password", {"password": NEW_PASSWORD})) == {"current_password"}
    assert matches(rows(Account)[0].password_hash, PASSWORD)


BAD_PASSWORDS: list[object] = ["", "Short-1", "fourteen small", "x" * 257, "Traces-2026-Traces", 5, None]


@pytest.mark.req("S19", "S51")
def test_a_new_password_has_to_follow_the_rules(with_password: Api, subtests: pytest.Subtests) -> None:
    for password in BAD_PASSWORDS:
        with subtests.test(password=password):
            body = {"current_password": PASSWORD, "password": password}

            assert fields_of(with_password.post("/profile/password", body)) == {"password"}


@pytest.mark.req("S12")
@pytest.mark.usefixtures("limits_on")
def test_guessing_the_current_password_meets_a_limit(app: Gateway, database: Database) -> None:
    with database.transaction() as session:
        account = an_account(session, password_hash=hash_password(PASSWORD))
    thief = log_in(app, account)
    wrong = {"current_password": "Wrong-Horse-7", "password": NEW_PASSWORD}

    answers = [thief.post("/profile/password", wrong) for _ in range(11)]

    assert codes_of(answers[9]) == (403, "credentials_wrong")
    assert codes_of(answers[10]) == (429, "too_many_requests")
    assert int(answers[10].headers["Retry-After"]) > 0
