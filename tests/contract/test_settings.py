import os
import stat
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from shared.settings import Deployment, Settings, SettingsError, StepUp, load_settings

KEY = "a-key-for-tests-that-is-long-enough-0001"
OTHER_KEY = "another-key-for-tests-that-is-long-enough"
PRODUCTION = {
    "DEPLOYMENT": "production",
    "DATABASE_URL": "postgresql://gatehouse:secret@database.example/gatehouse",
    "BROKER_URL": "redis://:secret@broker.example:6379/0",
    "SECRET_KEYS": KEY,
    "PUBLIC_URL": "https://gatehouse.example",
    "MAIL_SERVER": "mail.example",
    "CAPTCHA": "image",
    "RATE_LIMITS": "on",
}


@pytest.fixture
def database_url() -> str:
    """Nothing here asks a database."""
    return "sqlite+pysqlite:///nowhere"


@pytest.fixture
def bare(environment: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """Nothing is set but the folder."""
    for name in ("DATABASE_URL", "SECRET_KEYS", "CAPTCHA", "RATE_LIMITS"):
        environment.delenv(name)
    environment.setenv("VAR_DIR", str(tmp_path / "var"))
    return environment


@pytest.fixture
def production(bare: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name, value in PRODUCTION.items():
        bare.setenv(name, value)
    return bare


def refusal() -> str:
    with pytest.raises(SettingsError) as error:
        load_settings()
    return str(error.value)


def test_everything_has_a_default_that_is_good_for_a_demonstration(bare: pytest.MonkeyPatch, tmp_path: Path) -> None:
    found = load_settings()

    var_dir = tmp_path / "var"
    assert found.deployment is Deployment.DEMO
    assert found.database_url == f"sqlite+pysqlite:///{var_dir}/gatehouse.sqlite3"
    assert found.broker_url == f"redis+socket://{var_dir}/broker.sock"
    assert (found.bind, found.port, found.flower_port, found.metrics_port) == ("127.0.0.1", 8000, 5555, 9100)
    assert (found.public_url, found.public_host, found.is_https) == ("http://127.0.0.1:8000", "127.0.0.1:8000", False)
    assert (found.mail.host, found.mail.port, found.mail.use_tls) == ("127.0.0.1", 1025, False)
    assert (found.link_lifetime, found.decision_link_lifetime) == (timedelta(minutes=90), timedelta(days=30))
    assert (found.step_up, found.captcha, found.rate_limits) == (StepUp.REMEMBERED, True, True)
    assert found.helpdesk_emails == ("SANTE-TRACES@ec.europa.eu", "AGRI-E-COI-ORGANIC@ec.europa.eu")
    assert (found.trusted_proxies, found.worker_concurrency, found.web_concurrency) == (0, 8, 1)


@pytest.mark.parametrize(
    ("name", "value", "field", "meant"),
    [
        ("BIND", "0.0.0.0", "bind", "0.0.0.0"),
        ("PORT", "8080", "port", 8080),
        ("FLOWER_PORT", "5556", "flower_port", 5556),
        ("METRICS_PORT", "9101", "metrics_port", 9101),
        ("PUBLIC_URL", "https://gatehouse.example/", "public_url", "https://gatehouse.example"),
        ("TRUSTED_PROXIES", "2", "trusted_proxies", 2),
        ("LINK_LIFETIME_MINUTES", "30", "link_lifetime", timedelta(minutes=30)),
        ("DECISION_LINK_LIFETIME_DAYS", "7", "decision_link_lifetime", timedelta(days=7)),
        ("DECISION_STEP_UP", "always", "step_up", StepUp.ALWAYS),
        ("CAPTCHA", "off", "captcha", False),
        ("CAPTCHA_TRIES", "20", "captcha_tries", 20),
        ("RATE_LIMITS", "off", "rate_limits", False),
        ("COMMISSION_EMAIL", "office@commission.example", "commission_email", "office@commission.example"),
        ("HELPDESK_EMAILS", "a@help.example,b@help.example", "helpdesk_emails", ("a@help.example", "b@help.example")),
        ("WORKER_CONCURRENCY", "3", "worker_concurrency", 3),
        ("WEB_CONCURRENCY", "2", "web_concurrency", 2),
        ("FLOWER_BASIC_AUTH", "ops:secret", "flower_basic_auth", "ops:secret"),
        ("BROKER_URL", "redis://broker.example/0", "broker_url", "redis://broker.example/0"),
        ("DATABASE_URL", "postgresql://a@b.example/c", "database_url", "postgresql+psycopg://a@b.example/c"),
        ("DATABASE_URL", "postgres://a@b.example/c", "database_url", "postgresql+psycopg://a@b.example/c"),
    ],
)
def test_each_variable_sets_what_it_names(
    bare: pytest.MonkeyPatch, name: str, value: str, field: str, meant: object
) -> None:
    bare.setenv(name, value)

    assert getattr(load_settings(), field) == meant


def test_the_mail_server_is_described_by_its_variables(bare: pytest.MonkeyPatch) -> None:
    for name, value in {
        "MAIL_SERVER": "mail.example",
        "MAIL_PORT": "2525",
        "MAIL_USERNAME": "gatehouse",
        "MAIL_PASSWORD": "secret",
        "MAIL_USE_TLS": "on",
        "MAIL_DEFAULT_SENDER": "front.door@office.example",
    }.items():
        bare.setenv(name, value)

    mail = load_settings().mail

    assert (mail.host, mail.port, mail.username, mail.password) == ("mail.example", 2525, "gatehouse", "secret")
    assert (mail.use_tls, mail.default_sender) == (True, "front.door@office.example")
    assert "secret" not in repr(mail)


@pytest.mark.parametrize(("tls", "port"), [("on", 587), ("off", 25)])
def test_the_usual_port_goes_with_or_without_tls(bare: pytest.MonkeyPatch, tls: str, port: int) -> None:
    bare.setenv("MAIL_SERVER", "mail.example")
    bare.setenv("MAIL_USE_TLS", tls)

    assert load_settings().mail.port == port


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "0"),
        ("PORT", "65536"),
        ("PORT", "http"),
        ("FLOWER_PORT", "-1"),
        ("METRICS_PORT", ""),
        ("MAIL_PORT", "smtp"),
        ("DEPLOYMENT", "staging"),
        ("DECISION_STEP_UP", "sometimes"),
        ("CAPTCHA", "on"),
        ("RATE_LIMITS", "yes"),
        ("LINK_LIFETIME_MINUTES", "0"),
        ("DECISION_LINK_LIFETIME_DAYS", "-1"),
        ("TRUSTED_PROXIES", "9"),
        ("PUBLIC_URL", "gatehouse.example"),
        ("PUBLIC_URL", "ftp://gatehouse.example"),
        ("PUBLIC_URL", "https://gatehouse.example/?a=1"),
        ("MAIL_DEFAULT_SENDER", "Gatehouse <no-reply@gatehouse.example>"),
        ("MAIL_DEFAULT_SENDER", "a@b.example\r\nBcc: eve@evil.example"),
        ("COMMISSION_EMAIL", "commission"),
        ("DATABASE_URL", "mysql://127.0.0.1/gatehouse"),
        ("DATABASE_URL", "gatehouse.sqlite3"),
        ("BROKER_URL", "sqs://127.0.0.1"),
        ("SECRET_KEYS", "short"),
        ("SECRET_KEYS", f"{KEY},{KEY}"),
        ("WORKER_CONCURRENCY", "0"),
        ("WEB_CONCURRENCY", "65"),
        ("MAIL_USE_TLS", "perhaps"),
        ("FLOWER_BASIC_AUTH", "password"),
    ],
)
def test_a_value_that_cannot_work_is_refused_by_its_name(bare: pytest.MonkeyPatch, name: str, value: str) -> None:
    bare.setenv(name, value)

    line = refusal()

    assert line.startswith(f"{name}: ")
    assert len(line.splitlines()) == 1


def test_everything_that_is_wrong_is_named_at_once(bare: pytest.MonkeyPatch) -> None:
    for name in ("PORT", "CAPTCHA", "DEPLOYMENT"):
        bare.setenv(name, "wrong")

    assert {part.partition(":")[0] for part in refusal().split("; ")} == {"PORT", "CAPTCHA", "DEPLOYMENT"}


@pytest.mark.req("S46")
def test_a_production_with_everything_right_starts(production: pytest.MonkeyPatch) -> None:
    found = load_settings()

    assert not found.is_demo
    assert found.is_https
    assert found.mail.use_tls
    assert found.keyring.keys == (KEY.encode(),)


@pytest.mark.req("S46")
@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"SECRET_KEYS": None}, "SECRET_KEYS is missing"),
        ({"DATABASE_URL": None}, "DATABASE_URL is SQLite"),
        ({"DATABASE_URL": "sqlite:////tmp/gatehouse.sqlite3"}, "DATABASE_URL is SQLite"),
        ({"BROKER_URL": None}, "BROKER_URL is missing (the embedded broker is for demonstrations)"),
        ({"BROKER_URL": "redis://broker.example:6379/0"}, "BROKER_URL has no password"),
        ({"PUBLIC_URL": "http://gatehouse.example"}, "PUBLIC_URL is not https"),
        ({"PUBLIC_URL": None}, "PUBLIC_URL is not https"),
        ({"MAIL_SERVER": None}, "MAIL_SERVER is missing"),
        ({"MAIL_SERVER": None, "BIND": "0.0.0.0"}, "MAIL_SERVER is missing"),
        ({"MAIL_USE_TLS": "off"}, "MAIL_USE_TLS is off"),
        ({"CAPTCHA": "off"}, "CAPTCHA is off"),
        ({"RATE_LIMITS": "off"}, "RATE_LIMITS is off"),
        ({"DECISION_STEP_UP": "never"}, "DECISION_STEP_UP is never"),
    ],
)
def test_production_refuses_what_is_only_good_for_a_demonstration(
    production: pytest.MonkeyPatch, changes: dict[str, str | None], reason: str
) -> None:
    for name, value in changes.items():
        production.delenv(name) if value is None else production.setenv(name, value)

    assert refusal() == f"DEPLOYMENT=production refuses to start: {reason}"


@pytest.mark.req("S46")
def test_production_names_every_reason_at_once(bare: pytest.MonkeyPatch) -> None:
    for name, value in {"CAPTCHA": "off", "RATE_LIMITS": "off", "DECISION_STEP_UP": "never"}.items():
        bare.setenv(name, value)
    bare.setenv("DEPLOYMENT", "production")

    assert refusal().count(";") == 7


@pytest.mark.req("S46")
def test_production_may_hand_mail_to_a_server_on_the_same_machine_in_plain_text(production: pytest.MonkeyPatch) -> None:
    production.setenv("MAIL_SERVER", "localhost")

    assert load_settings().mail.use_tls is False


@pytest.mark.req("S46")
@pytest.mark.slow
@pytest.mark.parametrize(
    "command",
    [
        [sys.executable, "-m", "worker.relay"],
        [sys.executable, "-c", "from gateway.app import create_app; create_app()"],
        [sys.executable, "-m", "celery", "--app", "worker.main", "report"],
    ],
    ids=["relay", "web", "worker"],
)
def test_no_process_of_a_production_starts_without_secrets(command: list[str], tmp_path: Path) -> None:
    variables = {"PATH": os.environ["PATH"], "VAR_DIR": str(tmp_path), **PRODUCTION}
    del variables["SECRET_KEYS"]

    ended = subprocess.run(
        command, env=variables, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False, timeout=60
    )

    assert ended.returncode == 2
    assert ended.stderr.strip() == "gatehouse: DEPLOYMENT=production refuses to start: SECRET_KEYS is missing"


@pytest.mark.req("S46")
def test_the_newest_of_several_keys_signs_and_all_are_kept(bare: pytest.MonkeyPatch) -> None:
    bare.setenv("SECRET_KEYS", f"{OTHER_KEY},{KEY}")

    keyring = load_settings().keyring

    assert keyring.keys == (OTHER_KEY.encode(), KEY.encode())
    assert keyring.newest == keyring.number_of(OTHER_KEY.encode())


@pytest.mark.req("S46")
def test_a_demonstration_makes_its_key_once_and_keeps_it_private(bare: pytest.MonkeyPatch, tmp_path: Path) -> None:
    first, second = load_settings(), load_settings()

    path = tmp_path / "var" / "secret-keys"
    assert first.keyring == second.keyring
    assert len(first.keyring.keys[0]) >= 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    bare.setenv("VAR_DIR", str(tmp_path / "other"))
    assert load_settings().keyring != first.keyring


@pytest.mark.req("S43")
def test_no_secret_is_shown_when_settings_are_printed(production: pytest.MonkeyPatch) -> None:
    production.setenv("MAIL_PASSWORD", "mail-secret")
    production.setenv("FLOWER_BASIC_AUTH", "ops:flower-secret")

    shown = repr(load_settings())
    assert not [secret for secret in ("mail-secret", "flower-secret", ":secret@", KEY) if secret in shown]


def test_settings_do_not_change(bare: pytest.MonkeyPatch) -> None:
    found = load_settings()

    with pytest.raises(AttributeError):
        found.port = 1  # type: ignore[misc]
    assert isinstance(replace(found, port=1), Settings)
