import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import argon2
import pytest

from gateway import passwords
from shared.db import Database
from shared.models import Account, LoginSession
from tests.conftest import NOW
from tests.gateway.browser import Browser, Program, errors_at, one, page
from tests.gateway.conftest import PASSWORD

Rows = Callable[[type[Any]], Sequence[Any]]
WRONG = {"password": "The e-mail address or the password is not right. Type both again, or ask for a new password."}


@pytest.mark.req("R24", "R26")
@pytest.mark.parametrize("address", ["ann@people.example", "ANN@People.Example", "  ann@people.example "])
def test_one_logs_in_with_the_address_in_any_case(
    browser: Browser, program: Program, person: Account, address: str
) -> None:
    answer = browser.send("/account/log-in", {"email": address, "password": PASSWORD})

    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert program.post("/sessions", {"email": address, "password": PASSWORD}).status_code == 201


@pytest.mark.req("R26")
def test_the_username_is_no_log_in_name(program: Program, person: Account) -> None:
    assert program.post("/sessions", {"email": person.username, "password": PASSWORD}).status_code == 401


@pytest.mark.req("R26", "S22")
def test_a_program_gets_a_token_and_the_time_of_its_end(program: Program, person: Account, rows: Rows) -> None:
    answer = program.post("/sessions", {"email": person.email, "password": PASSWORD})

    assert {*(answer.json or {})} == {"token", "expires_at"}
    (login,) = rows(LoginSession)
    assert answer.json["expires_at"] == login.expires_at.isoformat()  # type: ignore[index]
    assert answer.json["token"].encode() not in login.secret_hash  # type: ignore[index]


@pytest.mark.req("S7")
@pytest.mark.parametrize("email", ["ann@people.example", "nobody@people.example", "new@people.example", "no address"])
def test_a_wrong_log_in_says_one_thing_whatever_was_wrong(
    browser: Browser, program: Program, person: Account, newcomer: Account, email: str
) -> None:
    fields = {"email": email, "password": "Wrong-Horse-777"}

    answer = browser.send("/account/log-in", fields)

    assert (answer.status_code, errors_at(answer)) == (401, WRONG)
    assert one(answer, "#email")["value"] == email
    assert not one(answer, "#password").get("value")
    by_api = program.post("/sessions", fields)
    assert (by_api.status_code, by_api.json["code"]) == (401, "credentials_wrong")  # type: ignore[index]


@pytest.mark.req("S23")
def test_a_disabled_account_cannot_log_in(program: Program, person: Account, database: Database) -> None:
    with database.transaction() as session:
        session.get_one(Account, person.id).disabled_at = NOW

    assert program.post("/sessions", {"email": person.email, "password": PASSWORD}).status_code == 401


@pytest.mark.req("R10")
def test_a_missing_address_or_password_is_named(browser: Browser) -> None:
    answer = browser.send("/account/log-in")

    assert errors_at(answer) == {"email": "Give your e-mail address.", "password": "Give your password."}


@pytest.mark.req("R23", "R24")
def test_the_page_leads_to_a_new_password_to_help_and_to_a_new_account(browser: Browser) -> None:
    served = browser.get("/account/log-in")

    links = {str(link["href"]) for link in page(served).select("main a")}
    assert {"/account/password-link", "/account/help", "/account/create"} <= links
    assert one(served, "#password")["autocomplete"] == "current-password"


@pytest.mark.req("S37")
def test_one_goes_where_one_wanted_to_go(browser: Browser, person: Account) -> None:
    refused = browser.get("/account/password?a=1")
    assert refused.status_code == 302

    answer = browser.press(browser.follow(refused), {"email": person.email, "password": PASSWORD})

    assert answer.headers["Location"] == "/account/password?a=1"


@pytest.mark.req("S37")
@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https:evil.example",
        "https://evil.example/",
        "/\t/evil.example",
        "\r\nLocation: //evil.example",
        "javascript:alert(1)",
        "evil.example",
    ],
)
def test_nobody_is_sent_to_another_site(browser: Browser, person: Account, target: str) -> None:
    log_in = browser.send("/account/log-in", {"email": person.email, "password": PASSWORD, "next": target})
    language = browser.post("/account/language", {"next": target, "csrf_token": browser.csrf_token("/")})

    assert [answer.headers["Location"] for answer in (log_in, language)] == ["/", "/"]


@pytest.mark.req("S18")
def test_passwords_are_hashed_with_argon2id_at_the_parameters_of_owasp() -> None:
    made = argon2.extract_parameters(passwords.hash_password(PASSWORD))

    assert made.type is argon2.Type.ID
    assert made.version == 19
    assert (made.memory_cost, made.time_cost, made.parallelism) == (19 * 1024, 2, 1)


@pytest.mark.req("S18")
def test_a_weaker_hash_is_made_stronger_at_the_next_log_in(
    program: Program, person: Account, database: Database, rows: Rows
) -> None:
    weak = argon2.PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=1).hash(PASSWORD)
    with database.transaction() as session:
        session.get_one(Account, person.id).password_hash = weak

    assert program.post("/sessions", {"email": person.email, "password": "Wrong-Horse-777"}).status_code == 401
    assert rows(Account)[0].password_hash == weak
    assert program.post("/sessions", {"email": person.email, "password": PASSWORD}).status_code == 201

    assert rows(Account)[0].password_hash != weak
    assert not passwords.needs_rehash(rows(Account)[0].password_hash)
    assert program.post("/sessions", {"email": person.email, "password": PASSWORD}).status_code == 201


@pytest.mark.slow
@pytest.mark.req("S18")
def test_fifty_log_ins_at_once_take_the_memory_of_two(person: Account) -> None:
    def resident_mib() -> float:
        return int(Path("/proc/self/statm").read_text().split()[1]) * 4 / 1024

    passwords.matches(person.password_hash, PASSWORD)
    before, highest, done = resident_mib(), 0.0, threading.Event()

    def watch() -> None:
        nonlocal highest
        while not done.wait(0.001):
            highest = max(highest, resident_mib())

    watcher = threading.Thread(target=watch)
    watcher.start()
    with ThreadPoolExecutor(50) as people:
        right = list(people.map(lambda _: passwords.matches(person.password_hash, PASSWORD), range(50)))
    done.set()
    watcher.join()

    assert all(right)
    assert highest - before < 100


@pytest.mark.req("S19")
@pytest.mark.parametrize(("set_as", "typed_as"), [("Caf\u00e9-Caf\u00e9-2026", "Cafe\u0301-Cafe\u0301-2026")])
def test_the_same_letters_from_another_keyboard_are_the_same_password(set_as: str, typed_as: str) -> None:
    assert passwords.matches(passwords.hash_password(set_as), typed_as)


@pytest.mark.req("S19")
def test_no_character_of_a_long_password_is_cut_off() -> None:
    hashed = passwords.hash_password("x" * 255 + "a")

    assert passwords.matches(hashed, "x" * 255 + "a")
    assert not passwords.matches(hashed, "x" * 255 + "b")
