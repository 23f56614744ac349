from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest

from gateway.app import create_app
from shared.db import Database
from shared.models import Account, Email, Link, OutboxRow, Throttle
from shared.settings import Settings
from tests.gateway.browser import Browser, Program, one, words
from tests.gateway.conftest import BODY, FORM, PASSWORD, StandingClock

pytestmark = pytest.mark.usefixtures("limits_on", "standing_clock")
Rows = Callable[[type[Any]], Sequence[Any]]
WRONG = "Wrong-Horse-777"


def somebody(number: int) -> dict[str, Any]:
    return {"email": f"p{number}@people.example", "confirm_email": f"p{number}@people.example"}


@pytest.mark.req("S12")
@pytest.mark.parametrize("way", ["page", "api"])
def test_the_21st_sign_up_of_a_machine_within_an_hour_is_told_when_to_come_back(
    browser: Browser, program: Program, rows: Rows, way: str
) -> None:
    for number in range(20):
        assert program.post("/accounts", BODY | somebody(number)).status_code == 202

    if way == "page":
        answer = browser.send("/account/create", FORM | somebody(20))
        assert one(answer, "h1").get_text() == "Too many tries"
        assert "You can try again from: 12:00 (+02:00 CEST), Tuesday 9 June 2026 (in 28 minutes)" in words(answer)
    else:
        answer = program.post("/accounts", BODY | somebody(20))
        assert answer.json["code"] == "too_many_requests"  # type: ignore[index]

    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == str(28 * 60)  # it is 09:32: the next hour begins in 28 minutes
    assert len(rows(Account)) == 20


@pytest.mark.req("S12")
def test_another_machine_is_not_held_up_and_the_next_hour_is_a_new_one(
    browser: Browser, another_browser: Browser, program: Program, standing_clock: StandingClock
) -> None:
    for number in range(21):
        program.post("/accounts", BODY | somebody(number))

    assert another_browser.send("/account/create", FORM | somebody(21)).status_code == 303
    standing_clock.advance(timedelta(minutes=28))
    assert browser.send("/account/create", FORM | somebody(22)).status_code == 303


@pytest.mark.req("S12")
def test_a_limit_survives_a_restart(program: Program, settings: Settings) -> None:
    for number in range(20):
        program.post("/accounts", BODY | somebody(number))
    again = create_app(settings)

    assert Program(again).post("/accounts", BODY | somebody(20)).status_code == 429
    again.database.dispose()


@pytest.mark.req("S12")
def test_the_counters_hold_no_address_of_a_machine_or_person(program: Program, rows: Rows) -> None:
    program.post("/sessions", {"email": "ann@people.example", "password": WRONG})

    kept = repr([vars(counter) for counter in rows(Throttle)])
    assert len(rows(Throttle)) == 2
    assert "192.0.2.1" not in kept
    assert "people" not in kept


def ask(program: Program) -> int:
    return program.post("/password-links", {"email": "ANN@people.example"}).status_code


@pytest.mark.req("S12", "S5")
def test_the_sixth_mail_to_one_address_within_an_hour_is_held_and_nobody_is_told(
    program: Program, person: Account, rows: Rows
) -> None:
    assert [ask(program) for _ in range(6)] == [202] * 6

    states = sorted(email.state for email in rows(Email))
    assert states == ["held"] + ["waiting"] * 5
    assert len(rows(OutboxRow)) == 5
    assert len(rows(Link)) == 6
    assert all(link.superseded_at is None for link in rows(Link))


@pytest.mark.req("S12")
def test_the_limit_counts_mails_of_sign_up_and_of_forgotten_passwords_together_from_wherever(
    app: Any, person: Account, rows: Rows
) -> None:
    for number in range(3):
        Program(app, machine=f"203.0.113.{number}").post("/password-links", {"email": person.email})
        Program(app, machine=f"203.0.113.{number}").post(
            "/accounts", BODY | {"email": person.email, "confirm_email": person.email}
        )

    assert sorted(email.state for email in rows(Email)) == ["held"] + ["waiting"] * 5


@pytest.mark.req("S12")
def test_held_mails_do_not_count_so_the_next_hour_brings_a_mail(
    program: Program, person: Account, rows: Rows, standing_clock: StandingClock
) -> None:
    for _ in range(5):
        ask(program)
    standing_clock.advance(timedelta(minutes=59, seconds=59))
    for _ in range(5):
        ask(program)
    standing_clock.advance(timedelta(seconds=1))

    ask(program)

    assert sorted(email.state for email in rows(Email)) == ["held"] * 5 + ["waiting"] * 6


@pytest.mark.req("S12")
def test_a_machine_asks_for_twenty_links_an_hour(program: Program) -> None:
    assert [ask(program) for _ in range(21)] == [202] * 20 + [429]


@pytest.mark.req("S13")
def test_a_hundred_wrong_passwords_do_not_lock_the_owner_out(
    app: Any, another_browser: Browser, person: Account
) -> None:
    attacker = Program(app)
    tries = [attacker.post("/sessions", {"email": person.email, "password": WRONG}).status_code for _ in range(100)]
    assert tries == [401] * 10 + [429] * 90

    assert another_browser.send("/account/log-in", {"email": person.email, "password": PASSWORD}).status_code == 303
    assert ask(Program(app, machine="198.51.100.7")) == 202


@pytest.mark.slow
@pytest.mark.req("S12", "S13")
def test_a_machine_that_tries_many_addresses_is_stopped_too(program: Program) -> None:
    tries = [
        program.post("/sessions", {"email": f"p{number}@people.example", "password": WRONG}).status_code
        for number in range(61)
    ]

    assert tries == [401] * 60 + [429]


@pytest.mark.req("S12", "S41")
def test_nobody_draws_pictures_or_has_codes_spoken_without_end(
    environment: pytest.MonkeyPatch, database: Database, request: pytest.FixtureRequest
) -> None:
    environment.setenv("CAPTCHA", "image")
    program: Program = request.getfixturevalue("program")

    made = [program.post("/captchas").status_code for _ in range(121)]

    assert made == [201] * 120 + [429]
