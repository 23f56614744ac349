"""What every test can ask for: settings, a database of its own, sessions. Real ones, always."""

import os
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.orm import Session

from shared.db import Database
from shared.models import Base
from shared.settings import Settings, load_settings

NOW = datetime(2026, 6, 9, 9, 32, tzinfo=UTC)
ON_SERVICES = bool(os.environ.get("GATEHOUSE_TEST_SERVICES"))


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
def database_url(tmp_path: Path) -> Iterator[str]:
    """An empty database of this test's own: an SQLite file, or a database on the PostgreSQL server under test."""
    if not ON_SERVICES:
        yield f"sqlite+pysqlite:///{tmp_path / 'gatehouse.sqlite3'}"
        return
    server = make_url(os.environ["TEST_DATABASE_URL"])
    name = f"gatehouse_{uuid.uuid4().hex[:12]}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield server.set(database=name).render_as_string(hide_password=False)
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    database = Database(settings)
    Base.metadata.create_all(database.engine)
    yield database
    database.dispose()


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """One transaction that is rolled back at the end: for tests of services, which never commit."""
    with database._sessions() as session:
        session.info.update(database._info)
        yield session
        session.rollback()
