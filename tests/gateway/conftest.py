"""The gateway under test: the real application on a real database, its visitors, and a clock that stands still."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, TypeVar

import pytest
from jinja2 import BytecodeCache, FileSystemBytecodeCache
from sqlalchemy import literal, select
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from gateway.app import create_app
from gateway.application import Gateway
from gateway.passwords import hash_password
from shared import clock
from shared.db import Database
from shared.models import Account, Base, ClockOffset, Link
from shared.settings import Settings, load_settings
from tests.builders import an_account
from tests.builders_links import a_link, token_of
from tests.conftest import NOW
from tests.gateway.browser import Browser, Program, errors_at

PASSWORD = "Correct-Horse-7"
password_hash = cache(lambda: hash_password(PASSWORD))
FORM = {
    "first_name": "Ann",
    "last_name": "Peeters",
    "email": "ann@alpro.example",
    "confirm_email": "ann@alpro.example",
    "email_language": "nl",
    "accept_privacy": "on",
}
BODY = FORM | {"accept_privacy": True}
Row = TypeVar("Row", bound=Base)


@pytest.fixture
def limits_on(environment: pytest.MonkeyPatch, still_time: None) -> None:
    """Limits, at a time that stands still: a window that ends in the middle of a test begins to count anew."""
    environment.setenv("RATE_LIMITS", "on")


@pytest.fixture
def still_time(monkeypatch: pytest.MonkeyPatch) -> None:
    readings = {"sqlite": literal(f"{NOW.astimezone(UTC):%Y-%m-%d %H:%M:%S.000}"), "postgresql": literal(NOW)}
    monkeypatch.setattr(clock, "_DATABASE_TIME", readings)


@pytest.fixture
def captcha_on(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("CAPTCHA", "image")


@pytest.fixture
def over_https(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("PUBLIC_URL", "https://gatehouse.example")


@pytest.fixture(scope="session")
def compiled_templates(tmp_path_factory: pytest.TempPathFactory) -> BytecodeCache:
    """Page templates are compiled once for all applications of a run."""
    return FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))


@pytest.fixture(scope="session")
def compiled_rules() -> Iterator[None]:
    """The same for what makes addresses out of rules: functions of a rule's parts, which take the rule when called."""
    compile_builder = Rule._compile_builder
    compiled: dict[Any, Any] = {}

    def once(rule: Rule, append_unknown: bool = True) -> Any:
        parts = (*rule._trace, append_unknown, repr(rule.defaults), *sorted(rule.arguments))
        if parts not in compiled:
            compiled[parts] = compile_builder(rule, append_unknown)
        return compiled[parts]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rule, "_compile_builder", once)
        yield


@pytest.fixture
def app(
    settings: Settings, database: Database, compiled_templates: BytecodeCache, compiled_rules: None
) -> Iterator[Gateway]:
    app = create_app(settings)
    app.jinja_env.bytecode_cache = compiled_templates
    yield app
    app.database.dispose()


@pytest.fixture
def browser(app: Gateway) -> Browser:
    return Browser(app)


@pytest.fixture
def another_browser(app: Gateway) -> Browser:
    return Browser(app, machine="198.51.100.7")


@pytest.fixture
def program(app: Gateway) -> Program:
    return Program(app)


class StandingClock:
    """The database's time stands still; only the product's offset moves, by the row that ``clock advance`` writes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def advance(self, by: timedelta) -> datetime:
        with self._database.transaction() as session:
            row = session.get(ClockOffset, 1) or session.merge(ClockOffset(id=1, seconds=0))
            row.seconds += int(by.total_seconds())
            return NOW + timedelta(seconds=row.seconds)


@pytest.fixture
def standing_clock(database: Database, still_time: None) -> StandingClock:
    return StandingClock(database)


@pytest.fixture
def rows(database: Database) -> Callable[[type[Row]], Sequence[Row]]:
    """All rows of a table, as they are now."""

    def read(model: type[Row]) -> Sequence[Row]:
        with database.reading() as session:
            return session.scalars(select(model)).all()

    return read


@pytest.fixture
def person(database: Database) -> Account:
    """Somebody with an account and the password ``PASSWORD``."""
    with database.transaction() as session:
        return an_account(session, email="ann@people.example", password_hash=password_hash())


@pytest.fixture
def newcomer(database: Database) -> Account:
    """Somebody who signed up and set no password yet."""
    with database.transaction() as session:
        return an_account(session, email="new@people.example", password_hash=None, password_set_at=None)


@pytest.fixture
def mailed_link(database: Database, settings: Settings) -> Callable[..., str]:
    """Make a link as if its mail had gone out; returns the token."""

    def mail(account: Account, **changes: Any) -> str:
        return token_of(make_link(database, settings, account, **changes), settings)

    return mail


def make_link(database: Database, settings: Settings, account: Account, **changes: Any) -> Link:
    with database.transaction() as session:
        return a_link(session, account, settings=settings, **{"now": clock.now(session)} | changes)


@pytest.fixture
def logged_in(person: Account, browser: Browser) -> Browser:
    """A browser in which ``person`` is logged in."""
    answer = browser.send("/account/log-in", {"email": person.email, "password": PASSWORD})
    assert answer.status_code == 303
    return browser


def an_hour_ago(session: Session) -> datetime:
    return clock.now(session) - timedelta(hours=1)


@pytest.fixture
def program_with_keys(environment: pytest.MonkeyPatch, database: Database) -> Iterator[Callable[[str], Program]]:
    """A program that calls a gateway which was started with other ``SECRET_KEYS``."""
    apps: list[Gateway] = []

    def start(keys: str) -> Program:
        environment.setenv("SECRET_KEYS", keys)
        apps.append(create_app(load_settings()))
        return Program(apps[-1])

    yield start
    for app in apps:
        app.database.dispose()


@pytest.fixture(params=["page", "api"])
def sign_up(
    request: pytest.FixtureRequest, browser: Browser, program: Program
) -> Callable[..., tuple[int, dict[str, str]]]:
    """Sign up on the page and by API; returns the status and the first error of each field."""

    def by_page(**changes: Any) -> tuple[int, dict[str, str]]:
        form = {name: {True: "on", False: None}.get(value, value) for name, value in (BODY | changes).items()}
        answer = browser.send("/account/create", form)
        return {303: 202}.get(answer.status_code, answer.status_code), errors_at(answer)

    def by_api(**changes: Any) -> tuple[int, dict[str, str]]:
        body = {name: value for name, value in (BODY | changes).items() if value is not None}
        answer = program.post("/accounts", body)
        found = (answer.json or {}).get("errors", {})
        return answer.status_code, {field: sentences[0] for field, sentences in found.items()}

    return by_page if request.param == "page" else by_api
