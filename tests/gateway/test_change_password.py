from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Any

import pytest

from shared.models import Account, AuditEvent, Email, Link
from tests.gateway.browser import Browser, Program, errors_at, one
from tests.gateway.conftest import PASSWORD

Rows = Callable[[type[Any]], Sequence[Any]]
PATH = "/account/password"
NEW = "Battery-Staple-9"
FIELDS = {"current_password": PASSWORD, "password": NEW, "confirm_password": NEW}


@pytest.fixture
def works(program: Program, person: Account) -> Callable[[str], bool]:
    """Whether one can log in with a password."""
    return lambda password: program.post("/sessions", {"email": person.email, "password": password}).status_code == 201


@pytest.mark.req("S20", "R27")
def test_whoever_proves_the_current_password_sets_a_new_one(logged_in: Browser, works: Callable[[str], bool]) -> None:
    answer = logged_in.send(PATH, FIELDS)

    assert answer.status_code == 303
    assert one(logged_in.follow(answer), "[role=status]").get_text() == "Your password is changed."
    assert works(NEW)
    assert not works(PASSWORD)


@pytest.mark.req("S20")
def test_a_wrong_current_password_changes_nothing(logged_in: Browser, works: Callable[[str], bool], rows: Rows) -> None:
    answer = logged_in.send(PATH, FIELDS | {"current_password": "Wrong-Horse-777"})

    assert answer.status_code == 403
    assert errors_at(answer) == {"current_password": "This is not your current password."}
    assert works(PASSWORD)
    assert not rows(Email)


@pytest.mark.req("S20", "R10")
@pytest.mark.parametrize("field", ["current_password", "password", "confirm_password"])
def test_no_field_can_be_left_out(logged_in: Browser, works: Callable[[str], bool], field: str) -> None:
    answer = logged_in.send(PATH, FIELDS | {field: None})

    assert (answer.status_code, [*errors_at(answer)]) == (422, [field])
    assert works(PASSWORD)


@pytest.mark.req("S19")
def test_the_new_password_obeys_the_rules_and_no_password_is_shown_again(logged_in: Browser) -> None:
    answer = logged_in.send(PATH, FIELDS | {"password": "short", "confirm_password": "short"})

    assert answer.status_code == 422
    assert "Use at least 15 characters" in errors_at(answer)["password"]
    assert not [box for box in one(answer, "main form").select("[type=password]") if box.get("value")]


@pytest.mark.req("R10")
def test_the_new_password_is_typed_twice_alike(logged_in: Browser) -> None:
    answer = logged_in.send(PATH, FIELDS | {"confirm_password": "Battery-Staple-8"})

    assert (answer.status_code, [*errors_at(answer)]) == (422, ["confirm_password"])


@pytest.mark.req("S20")
def test_a_stranger_is_sent_to_log_in(browser: Browser, person: Account) -> None:
    assert browser.get(PATH).headers["Location"] == "/account/log-in?next=/account/password"
    forged = FIELDS | {"csrf_token": browser.csrf_token()}
    assert browser.post(PATH, forged).headers["Location"].startswith("/account/log-in")


@pytest.mark.req("S21", "S5")
def test_other_log_ins_and_links_die_and_this_one_goes_on_under_a_new_name(
    logged_in: Browser, another_browser: Browser, person: Account, mailed_link: Callable[..., str], rows: Rows
) -> None:
    mailed_link(person)
    another_browser.send("/account/log-in", {"email": person.email, "password": PASSWORD})
    before = logged_in.cookie("session")
    assert before is not None

    logged_in.send(PATH, FIELDS)

    assert logged_in.get(PATH).status_code == 200
    assert another_browser.get(PATH).status_code == 302
    another_browser.set_cookie("session", before)
    assert another_browser.get(PATH).status_code == 302
    assert all(link.superseded_at for link in rows(Link))


@pytest.mark.req("S20")
def test_the_owner_is_told_by_mail_and_the_change_is_on_record(logged_in: Browser, person: Account, rows: Rows) -> None:
    logged_in.send(PATH, FIELDS)

    assert [(email.template, email.recipient) for email in rows(Email)] == [("password-changed", person.email)]
    assert [(event.action, event.actor) for event in rows(AuditEvent)] == [("password.changed", f"account:{person.id}")]


@pytest.mark.req("S13", "S20")
@pytest.mark.usefixtures("limits_on")
def test_the_current_password_cannot_be_guessed_for_ever(logged_in: Browser) -> None:
    answers = [logged_in.send(PATH, FIELDS | {"current_password": f"Wrong-{number}"}) for number in range(10)]

    assert [answer.status_code for answer in answers] == [403] * 9 + [429]


@pytest.mark.req("S50")
def test_the_estimate_of_strength_is_the_one_that_was_published(logged_in: Browser) -> None:
    addresses = str(one(logged_in.get(PATH), "#password-rules")["data-library"]).split()

    assert [sha256(logged_in.get(address).data).hexdigest() for address in addresses] == [
        "dbb38801628e80514c0f6ee91621e173f421fa21bcadb05ad0fe83d02de7d5f4",
        "bc720aa611008d6d70f15253dd71425fee0b6427fc122c99a329daf17c922b74",
    ]
