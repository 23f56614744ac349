"""What every test can ask for: settings, a database of its own, sessions. Real ones, always."""

import io
import logging
import os
import shutil
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy.orm import Session

from shared.db import Database
from shared.logs import configure_logging
from shared.settings import Settings, load_settings
from tests.ready_made_database import (
    ON_SERVICES,
    database_url,
    ready_made_copies,
    ready_made_database,
    statements_compiled_once,
)

__all__ = ["NOW", "ON_SERVICES", "database_url", "ready_made_copies", "ready_made_database", "statements_compiled_once"]

if TYPE_CHECKING:
    from playwright.sync_api import Browser

NOW = datetime(2026, 6, 9, 9, 32, tzinfo=UTC)


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture(scope="session")
def chromium() -> "Iterator[Browser]":
    """One for all tests of a process: Playwright allows no second one."""
    from playwright.sync_api import sync_playwright

    # As root there is no sandbox to drop into; the pages are ours.
    flags = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=[*flags, "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture
def variables(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, database_url: str) -> pytest.MonkeyPatch:
    """The variables of a quiet installation; a test changes what it is about and then asks for ``settings``."""
    for name in [*os.environ]:
        if name in SETTING_NAMES:
            monkeypatch.delenv(name)
    for name, value in {
        "VAR_DIR": str(tmp_path / "var"),
        "DATABASE_URL": database_url,
        "SECRET_KEYS": "a-key-for-tests-that-is-long-enough-0001",
        "CAPTCHA": "off",
        "RATE_LIMITS": "off",
    }.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


@pytest.fixture
def environment(variables: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The same, for tests that have no parameter of that name."""
    return variables


@pytest.fixture
def without_codes(environment: pytest.MonkeyPatch) -> None:
    """A link alone decides."""
    environment.setenv("DECISION_STEP_UP", "never")


SETTING_NAMES = frozenset(
    "DATABASE_URL BROKER_URL VAR_DIR BIND PORT FLOWER_PORT METRICS_PORT INBOX_PORT SMTP_PORT MAIL_SERVER MAIL_PORT "
    "MAIL_USERNAME MAIL_PASSWORD MAIL_USE_TLS MAIL_DEFAULT_SENDER SECRET_KEYS PUBLIC_URL TRUSTED_PROXIES DEPLOYMENT "
    "LINK_LIFETIME_MINUTES DECISION_LINK_LIFETIME_DAYS DECISION_STEP_UP CAPTCHA CAPTCHA_TRIES RATE_LIMITS "
    "COMMISSION_EMAIL HELPDESK_EMAILS CANARY_EMAIL BOUNCES_MAILDIR FLOWER_BASIC_AUTH WORKER_CONCURRENCY "
    "WEB_CONCURRENCY BROKER_QUEUE_TYPE".split()
)


@pytest.fixture
def settings(variables: pytest.MonkeyPatch) -> Settings:
    return load_settings()


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    database = Database(settings)
    yield database
    database.dispose()


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """One transaction that is rolled back at the end: for tests of services, which never commit."""
    with database._sessions() as session:
        session.info.update(database._info)
        yield session
        session.rollback()


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What the gateway, and all else in this process, writes to standard error."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    out = io.StringIO()
    monkeypatch.setattr(sys, "stderr", out)
    configure_logging("web")
    yield out
    root.handlers[:] = handlers
    root.setLevel(level)
