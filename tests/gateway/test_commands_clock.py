import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from click.testing import Result

from gateway.app import create_app
from gateway.application import Gateway
from shared import clock
from shared.db import Database
from shared.models import Account
from shared.settings import load_settings
from tests.gateway.browser import Browser

Run = Callable[..., Result]


@pytest.fixture
def run(app: Gateway) -> Run:
    return lambda *words: app.test_cli_runner().invoke(args=["clock", *words])


def ahead(database: Database) -> timedelta:
    with database.reading() as session:
        return clock.now(session) - clock.database_time(session)


@pytest.mark.parametrize(
    ("duration", "moved"),
    [
        ("91m", timedelta(minutes=91)),
        ("2h30m", timedelta(hours=2, minutes=30)),
        ("8d", timedelta(days=8)),
        ("45s", timedelta(seconds=45)),
    ],
)
def test_the_clock_is_moved_for_every_process_at_once(
    run: Run, database: Database, duration: str, moved: timedelta
) -> None:
    answer = run("advance", duration)

    assert answer.exit_code == 0
    assert ahead(database) == moved
    assert re.fullmatch(rf"\d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d \+00:00, {moved} ahead of the real time\n", answer.output)


def test_moves_add_up_until_the_clock_is_reset(run: Run, database: Database) -> None:
    run("advance", "1h")
    run("advance", "1h")
    assert ahead(database) == timedelta(hours=2)

    run("reset")

    assert ahead(database) == timedelta(0)
    assert "0:00:00 ahead" in run("show").output


@pytest.mark.parametrize("duration", ["91", "m", "-5m", "1w", "1.5h", ""])
def test_what_is_no_duration_is_refused_in_one_line(run: Run, database: Database, duration: str) -> None:
    answer = run("advance", duration)

    assert answer.exit_code == 2
    assert ahead(database) == timedelta(0)
    assert len(answer.output.strip().splitlines()) == 1


@pytest.mark.req("R21", "S4")
def test_a_link_can_be_shown_to_expire_in_seconds(
    run: Run, browser: Browser, newcomer: Account, mailed_link: Callable[..., str]
) -> None:
    form = browser.get(f"/password/{mailed_link(newcomer)}").headers["Location"]
    assert browser.get(form).status_code == 200

    run("advance", "91m")

    assert browser.get(form).status_code == 410


PRODUCTION = {
    "DEPLOYMENT": "production",
    "DATABASE_URL": "postgresql+psycopg://gatehouse:secret@127.0.0.1:1/gatehouse",
    "BROKER_URL": "redis://:secret@127.0.0.1:1/0",
    "PUBLIC_URL": "https://gatehouse.example",
    "MAIL_SERVER": "mail.example",
    "CAPTCHA": "image",
    "RATE_LIMITS": "on",
}


@pytest.mark.parametrize("words", [["advance", "91m"], ["reset"]])
def test_production_does_not_let_its_clock_be_moved(environment: pytest.MonkeyPatch, words: list[str]) -> None:
    for name, value in PRODUCTION.items():
        environment.setenv(name, value)
    app: Any = create_app(load_settings())

    answer = app.test_cli_runner().invoke(args=["clock", *words])

    assert answer.exit_code == 2
    assert "DEPLOYMENT=production: the clock cannot be moved" in answer.output
    app.database.dispose()
