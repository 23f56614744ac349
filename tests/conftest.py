"""What every test can ask for: settings, a database of its own, sessions. Real ones, always."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from shared.db import Database
from shared.settings import Settings, load_settings
from tests.ready_made_database import ON_SERVICES, database_url, ready_made_database

__all__ = ["NOW", "ON_SERVICES", "database_url", "ready_made_database"]

NOW = datetime(2026, 6, 9, 9, 32, tzinfo=UTC)


@pytest.fixture
def now() -> datetime:
    return NOW


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


SETTING_NAMES = frozenset(
    "DATABASE_URL BROKER_URL VAR_DIR BIND PORT FLOWER_PORT METRICS_PORT INBOX_PORT SMTP_PORT MAIL_SERVER MAIL_PORT "
    "MAIL_USERNAME MAIL_PASSWORD MAIL_USE_TLS MAIL_DEFAULT_SENDER SECRET_KEYS PUBLIC_URL TRUSTED_PROXIES DEPLOYMENT "
    "LINK_LIFETIME_MINUTES DECISION_LINK_LIFETIME_DAYS DECISION_STEP_UP CAPTCHA RATE_LIMITS COMMISSION_EMAIL "
    "HELPDESK_EMAILS FLOWER_BASIC_AUTH WORKER_CONCURRENCY WEB_CONCURRENCY".split()
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
