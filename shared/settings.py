"""Settings: read once from the environment into one typed, frozen object.

Every variable is listed with its default and unit in ``.env.example``. A wrong value stops the start with one line that
names every problem at once; production refuses whatever is only good for a demonstration.
"""

import os
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit

from environs import Env, EnvError, validate

from shared.demo_keys import demo_keys
from shared.setting_shapes import (
    as_browsers_say,
    begins_with,
    mail_address,
    mail_address_or_none,
    secret_keys,
    user_and_password,
    web_address,
)
from shared.sockets import socket_path
from shared.tokens import Keyring

LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "::1"})
_DATABASES = ("sqlite", "sqlite+pysqlite", "postgresql", "postgresql+psycopg", "postgres")
_BROKERS = ("redis", "rediss", "redis+socket", "amqp", "amqps")


class SettingsError(Exception):
    """The environment holds values that cannot work; the message is one line that names them all."""


class Deployment(StrEnum):
    """What the installation is for; a demonstration may take short cuts that production refuses."""

    DEMO = "demo"
    PRODUCTION = "production"


class StepUp(StrEnum):
    """When a decision from the mail needs the mailed code (S25)."""

    REMEMBERED = "remembered"
    ALWAYS = "always"
    NEVER = "never"


class QueueType(StrEnum):
    """What the queues are on RabbitMQ: quorum queues outlive the loss of a node, classic ones do not."""

    QUORUM = "quorum"
    CLASSIC = "classic"


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """The server that takes our mails, and how to speak to it."""

    host: str
    port: int
    username: str | None
    password: str | None = field(repr=False)
    use_tls: bool
    default_sender: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings of one installation."""

    deployment: Deployment
    var_dir: Path
    database_url: str = field(repr=False)
    broker_url: str = field(repr=False)
    broker_queue_type: QueueType
    """Of no meaning on Redis."""
    bind: str
    port: int
    flower_port: int
    metrics_port: int
    public_url: str
    trusted_proxies: int
    mail: MailServer
    keyring: Keyring = field(repr=False)
    link_lifetime: timedelta
    decision_link_lifetime: timedelta
    step_up: StepUp
    captcha: bool
    captcha_tries: int
    """The most tries that a browser needs to do without the code; half of them are the least."""
    rate_limits: bool
    commission_email: str
    helpdesk_emails: tuple[str, ...]
    canary_email: str | None
    """The canary's mailbox; None while no canary walks."""
    bounces_maildir: Path | None
    """Where a mail server puts reports on our mails; read once a minute."""
    flower_basic_auth: str | None = field(repr=False)
    """``user:password`` for Flower, which does not start without."""
    worker_concurrency: int
    web_concurrency: int

    @property
    def is_demo(self) -> bool:
        """True where the product's clock may be moved and plain http is allowed."""
        return self.deployment is Deployment.DEMO

    @property
    def public_host(self) -> str:
        """Host and port of ``PUBLIC_URL``, as a browser sends them."""
        return urlsplit(self.public_url).netloc

    @property
    def is_https(self) -> bool:
        """True when people reach us over https, so that cookies can be ``__Host-`` and Secure (S15)."""
        return self.public_url.startswith("https://")

    @property
    def bounces_kept(self) -> Path:
        """The Maildir for reports that nobody understood, so that a person can look at them."""
        return self.bounces_maildir or self.var_dir / "bounces"

    @property
    def relay_socket(self) -> Path:
        """Where a process on this host wakes the relay."""
        return socket_path(self.var_dir, "relay")


def load_settings() -> Settings:
    """Read the settings from the environment.

    Raises:
        SettingsError: one or more values are missing or wrong.
    """
    env = Env(eager=False)
    values = _read(env)
    try:
        env.seal()
    except EnvError as error:
        raise SettingsError(_one_line(error)) from None
    settings = _build(values)
    refusals = _refusals(settings)
    if refusals:
        raise SettingsError("DEPLOYMENT=production refuses to start: " + "; ".join(refusals))
    return settings


def load_settings_or_exit() -> Settings:
    """Read the settings; end the process with status 2 and one clear line when they cannot work."""
    try:
        return load_settings()
    except SettingsError as error:
        _exit(str(error))


def _exit(line: str) -> NoReturn:
    sys.stderr.write(f"gatehouse: {line}\n")
    raise SystemExit(2)


def _read(env: Env) -> dict[str, object]:
    port = validate.Range(min=1, max=65535)
    positive = validate.Range(min=1)
    return {
        "deployment": env.enum("DEPLOYMENT", default=Deployment.DEMO, enum=Deployment, by_value=True),
        "var_dir": env.path("VAR_DIR", default=Path("var")),
        "database_url": env.str("DATABASE_URL", default="", validate=begins_with(_DATABASES)),
        "broker_url": env.str("BROKER_URL", default="", validate=begins_with(_BROKERS)),
        "broker_queue_type": env.enum("BROKER_QUEUE_TYPE", default=QueueType.QUORUM, enum=QueueType, by_value=True),
        "bind": env.str("BIND", default="127.0.0.1"),
        "port": env.int("PORT", default=8000, validate=port),
        "flower_port": env.int("FLOWER_PORT", default=5555, validate=port),
        "metrics_port": env.int("METRICS_PORT", default=9100, validate=port),
        "smtp_port": env.int("SMTP_PORT", default=1025, validate=port),
        "public_url": env.str("PUBLIC_URL", default="", validate=web_address),
        "trusted_proxies": env.int("TRUSTED_PROXIES", default=0, validate=validate.Range(min=0, max=8)),
        "mail_server": env.str("MAIL_SERVER", default=""),
        "mail_port": env.int("MAIL_PORT", default=None, validate=port),
        "mail_username": env.str("MAIL_USERNAME", default=None),
        "mail_password": env.str("MAIL_PASSWORD", default=None),
        "mail_use_tls": env.bool("MAIL_USE_TLS", default=None),
        "mail_default_sender": env.str(
            "MAIL_DEFAULT_SENDER", default="no-reply@gatehouse.example", validate=mail_address
        ),
        "secret_keys": env.list("SECRET_KEYS", default=[], validate=secret_keys),
        "link_lifetime": env.int("LINK_LIFETIME_MINUTES", default=90, validate=positive),
        "decision_link_lifetime": env.int("DECISION_LINK_LIFETIME_DAYS", default=30, validate=positive),
        "step_up": env.enum("DECISION_STEP_UP", default=StepUp.REMEMBERED, enum=StepUp, by_value=True),
        "captcha": env.str("CAPTCHA", default="image", validate=validate.OneOf(["image", "off"])),
        "captcha_tries": env.int("CAPTCHA_TRIES", default=4000, validate=validate.Range(min=2, max=1_000_000)),
        "rate_limits": env.str("RATE_LIMITS", default="on", validate=validate.OneOf(["on", "off"])),
        "commission_email": env.str("COMMISSION_EMAIL", default="commission@commission.example", validate=mail_address),
        "helpdesk_emails": env.list(
            "HELPDESK_EMAILS", default=["SANTE-TRACES@ec.europa.eu", "AGRI-E-COI-ORGANIC@ec.europa.eu"]
        ),
        "canary_email": env.str("CANARY_EMAIL", default="", validate=mail_address_or_none),
        "bounces_maildir": env.str("BOUNCES_MAILDIR", default=""),
        "flower_basic_auth": env.str("FLOWER_BASIC_AUTH", default=None, validate=user_and_password),
        "worker_concurrency": env.int("WORKER_CONCURRENCY", default=8, validate=validate.Range(min=1, max=64)),
        "web_concurrency": env.int("WEB_CONCURRENCY", default=1, validate=validate.Range(min=1, max=64)),
    }


def _build(v: dict[str, object]) -> Settings:
    var_dir = Path(str(v["var_dir"])).resolve()
    is_demo = v["deployment"] is Deployment.DEMO
    sink = not v["mail_server"]
    use_tls = v["mail_use_tls"]
    if use_tls is None:
        use_tls = not is_demo and v["mail_server"] not in LOOPBACK_NAMES
    mail = MailServer(
        host=str(v["mail_server"] or v["bind"]),
        port=int(str(v["mail_port"] or (v["smtp_port"] if sink else 587 if use_tls else 25))),
        username=_optional(v["mail_username"]),
        password=_optional(v["mail_password"]),
        use_tls=bool(use_tls),
        default_sender=str(v["mail_default_sender"]),
    )
    keys = [str(key).encode() for key in v["secret_keys"]] if isinstance(v["secret_keys"], list) else []
    return Settings(
        deployment=Deployment(str(v["deployment"])),
        var_dir=var_dir,
        database_url=_database_url(str(v["database_url"]), var_dir),
        broker_url=str(v["broker_url"]) or f"redis+socket://{socket_path(var_dir, 'broker')}",
        broker_queue_type=QueueType(str(v["broker_queue_type"])),
        bind=str(v["bind"]),
        port=int(str(v["port"])),
        flower_port=int(str(v["flower_port"])),
        metrics_port=int(str(v["metrics_port"])),
        public_url=as_browsers_say(str(v["public_url"]) or f"http://{v['bind']}:{v['port']}"),
        trusted_proxies=int(str(v["trusted_proxies"])),
        mail=mail,
        keyring=Keyring(tuple(keys) or (demo_keys(var_dir) if is_demo else ())),
        link_lifetime=timedelta(minutes=int(str(v["link_lifetime"]))),
        decision_link_lifetime=timedelta(days=int(str(v["decision_link_lifetime"]))),
        step_up=StepUp(str(v["step_up"])),
        captcha=v["captcha"] == "image",
        captcha_tries=int(str(v["captcha_tries"])),
        rate_limits=v["rate_limits"] == "on",
        commission_email=str(v["commission_email"]),
        helpdesk_emails=tuple(str(address) for address in _sequence(v["helpdesk_emails"])),
        canary_email=_optional(v["canary_email"]),
        bounces_maildir=Path(str(v["bounces_maildir"])) if v["bounces_maildir"] else None,
        flower_basic_auth=_optional(v["flower_basic_auth"]),
        worker_concurrency=int(str(v["worker_concurrency"])),
        web_concurrency=int(str(v["web_concurrency"])),
    )


def _refusals(settings: Settings) -> list[str]:
    """Everything that production cannot accept, so that one start names it all (S46, S48)."""
    if settings.is_demo:
        return []
    broker = urlsplit(settings.broker_url)
    checks = [
        (not settings.keyring.keys, "SECRET_KEYS is missing"),
        (settings.database_url.startswith("sqlite"), "DATABASE_URL is SQLite"),
        (broker.scheme == "redis+socket", "BROKER_URL is missing (the embedded broker is for demonstrations)"),
        (broker.scheme != "redis+socket" and not broker.password, "BROKER_URL has no password"),
        (not settings.is_https, "PUBLIC_URL is not https"),
        (not os.environ.get("MAIL_SERVER"), "MAIL_SERVER is missing"),
        (not settings.mail.use_tls and settings.mail.host not in LOOPBACK_NAMES, "MAIL_USE_TLS is off"),
        (not settings.captcha, "CAPTCHA is off"),
        (not settings.rate_limits, "RATE_LIMITS is off"),
        (settings.step_up is StepUp.NEVER, "DECISION_STEP_UP is never"),
    ]
    return [reason for refused, reason in checks if refused]


def _database_url(url: str, var_dir: Path) -> str:
    if not url:
        return f"sqlite+pysqlite:///{var_dir / 'gatehouse.sqlite3'}"
    # A bare postgresql:// would leave the driver to the library's default; name the one that is installed.
    return re.sub(r"^postgres(ql)?://", "postgresql+psycopg://", url)


def _optional(value: object) -> str | None:
    return str(value) if value else None


def _sequence(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else []


def _one_line(error: EnvError) -> str:
    messages = getattr(error, "error_messages", None) or {"settings": [str(error)]}
    return "; ".join(f"{name}: {' '.join(map(str, texts))}" for name, texts in messages.items())
