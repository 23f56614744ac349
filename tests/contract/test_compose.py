"""What the compose files promise: who starts with what, who reaches whom, and what nobody may do."""

import re
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

import pytest

from demo.procfile import read_procfile
from shared.messages import Queue
from shared.settings import Deployment, load_settings
from tests.contract.deployment_files import (
    COMPOSE,
    IN_PRODUCTION,
    PRODUCTION,
    ROOT,
    SECRETS,
    VariableMissingError,
    compose,
    environment_of,
    instructions,
)

PROCESSES = ("migrate", "web", "relay", "worker-mail", "worker-routing", "beat", "flower", "metrics")
WORKERS = ("worker-mail", "worker-routing")
OTHERS = ("db", "broker", "mailcatcher")
LINES = {"relay": "relay", "worker-mail": "worker", "worker-routing": "worker", "beat": "beat"} | {
    "flower": "flower",
    "metrics": "metrics",
}
"""Service and the line of the Procfile that it runs."""


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    found: dict[str, Any] = compose(SECRETS)["services"]
    return found


def settings_of(service: Mapping[str, Any], variables: Mapping[str, str], environment: pytest.MonkeyPatch) -> Any:
    for name in ("DATABASE_URL", "SECRET_KEYS", "CAPTCHA", "RATE_LIMITS", "VAR_DIR"):
        environment.delenv(name)
    for name, value in environment_of(service, variables).items():
        environment.setenv(name, value)
    return load_settings()


def queues_of(service: Mapping[str, Any]) -> set[str]:
    command = service["command"]
    return set(command[command.index("--queues") + 1].split(","))


def test_the_file_holds_the_product_and_what_it_needs(services: dict[str, Any]) -> None:
    assert set(services) == {*PROCESSES, *OTHERS}


@pytest.mark.parametrize("name", PROCESSES)
def test_every_process_starts_with_its_variables(
    services: dict[str, Any], name: str, environment: pytest.MonkeyPatch
) -> None:
    settings = settings_of(services[name], SECRETS, environment)

    assert settings.deployment is Deployment.DEMO
    owner = name == "migrate"
    role = "gatehouse:0a1b2c3d4e5f" if owner else "gatehouse_app:1f2e3d4c5b6a"
    assert settings.database_url.startswith(f"postgresql+psycopg://{role}@db:5432/")
    assert settings.broker_url == "redis://gatehouse:5f4e3d2c1b0a@broker:6379/0"
    assert (settings.mail.host, settings.mail.port, settings.mail.use_tls) == ("mailcatcher", 1025, False)
    assert settings.public_url == "http://localhost:8000"


@pytest.mark.req("S45", "S48")
@pytest.mark.parametrize("name", [name for name in PROCESSES if name != "migrate"])
def test_no_process_but_the_migrations_knows_the_password_of_the_owner(services: dict[str, Any], name: str) -> None:
    found = environment_of(services[name], SECRETS)

    assert SECRETS["POSTGRES_PASSWORD"] not in " ".join(found.values())


@pytest.mark.req("S46", "S48")
@pytest.mark.parametrize("name", PROCESSES)
def test_every_process_starts_in_production_with_the_override(name: str, environment: pytest.MonkeyPatch) -> None:
    services = compose(IN_PRODUCTION, PRODUCTION)["services"]

    settings = settings_of(services[name], IN_PRODUCTION, environment)

    assert settings.deployment is Deployment.PRODUCTION
    assert (settings.mail.host, settings.mail.port, settings.mail.use_tls) == ("smtp.gatehouse.example", 587, True)
    assert (settings.public_url, settings.trusted_proxies) == ("https://gatehouse.example", 1)


def test_production_starts_no_mail_catcher_and_lets_mails_out() -> None:
    merged = compose(IN_PRODUCTION, PRODUCTION)

    assert merged["services"]["mailcatcher"]["profiles"] == ["demo"]
    assert merged["networks"]["mail"]["internal"] is False


@pytest.mark.req("S46")
@pytest.mark.parametrize("secret", sorted(SECRETS))
def test_nothing_starts_without_its_secrets(secret: str) -> None:
    with pytest.raises(VariableMissingError, match=secret):
        compose({name: value for name, value in SECRETS.items() if name != secret})


def test_a_port_or_a_size_set_in_env_changes_what_is_published_and_not_what_listens(
    environment: pytest.MonkeyPatch,
) -> None:
    variables = SECRETS | {"PORT": "9000", "FLOWER_PORT": "9001", "INBOX_PORT": "9002", "VAR_DIR": "elsewhere"}
    variables["METRICS_PORT"] = "9003"
    services = compose(variables)["services"]

    settings = settings_of(services["web"], variables, environment)

    published = [services[name]["ports"][0] for name in ("web", "flower", "mailcatcher", "metrics")]
    assert published == ["127.0.0.1:9000:8000", "127.0.0.1:9001:5555", "127.0.0.1:9002:8025", "127.0.0.1:9003:9100"]
    assert (settings.port, settings.flower_port, str(settings.var_dir)) == (8000, 5555, "/data")
    assert settings.public_url == "http://localhost:9000"


@pytest.mark.parametrize(("name", "line"), LINES.items())
def test_every_process_runs_its_line_of_the_procfile(services: dict[str, Any], name: str, line: str) -> None:
    words = list(read_procfile(ROOT / "Procfile", environment_of(services[name], SECRETS))[line])
    command = list(services[name]["command"])
    if name in WORKERS:  # they differ in their queues, and in nothing else
        command[command.index("--queues") + 1] = words[words.index("--queues") + 1]

    assert command == words


def test_every_queue_is_heard_by_one_kind_of_worker(services: dict[str, Any]) -> None:
    heard = [queues_of(services[name]) for name in WORKERS]

    assert set.union(*heard) == set(Queue)
    assert not set.intersection(*heard)


@pytest.mark.req("S49")
@pytest.mark.parametrize("name", [*PROCESSES, *OTHERS])
def test_every_container_is_hardened(services: dict[str, Any], name: str) -> None:
    service = services[name]

    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", service["user"])
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert any(place.startswith("/tmp") for place in service["tmpfs"])
    assert not {"privileged", "cap_add", "devices", "pid", "network_mode"} & set(service)


@pytest.mark.req("S47")
def test_only_pages_inbox_flower_and_figures_are_published_and_on_this_machine_only(services: dict[str, Any]) -> None:
    published = {name: service["ports"] for name, service in services.items() if "ports" in service}

    assert published == {
        "web": ["127.0.0.1:8000:8000"],
        "mailcatcher": ["127.0.0.1:8025:8025"],
        "flower": ["127.0.0.1:5555:5555"],
        "metrics": ["127.0.0.1:9100:9100"],
    }


@pytest.mark.parametrize(
    ("network", "members"),
    [
        ("database", {"db", "migrate", "web", "relay", *WORKERS, "metrics"}),
        ("broker", {"broker", "relay", *WORKERS, "beat", "flower"}),
        ("mail", {"mailcatcher", "worker-mail"}),
    ],
)
def test_only_those_who_need_it_reach_what_is_inside(services: dict[str, Any], network: str, members: set[str]) -> None:
    assert {name for name, service in services.items() if network in service["networks"]} == members
    assert compose(SECRETS)["networks"][network] == {"internal": True}


@pytest.mark.parametrize("name", sorted({*PROCESSES, *OTHERS} - {"migrate", "web"}))
def test_every_container_that_stays_says_whether_it_is_well(services: dict[str, Any], name: str) -> None:
    assert services[name]["healthcheck"]["test"][0] in {"CMD", "CMD-SHELL"}


def test_web_leaves_command_and_health_check_to_the_image(services: dict[str, Any]) -> None:
    assert not {"command", "healthcheck"} & set(services["web"])
    assert len(instructions("CMD")) == len(instructions("HEALTHCHECK")) == 1


def test_those_that_listen_nowhere_tell_that_they_are_up(services: dict[str, Any]) -> None:
    for name in ("relay", *WORKERS, "beat"):
        file = environment_of(services[name], SECRETS)["READY_FILE"]
        assert services[name]["healthcheck"]["test"] == ["CMD", "test", "-f", file]


@pytest.mark.parametrize("name", ["web", "relay", *WORKERS, "metrics"])
def test_whoever_uses_the_tables_waits_for_the_migrations(services: dict[str, Any], name: str) -> None:
    assert services[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}


def test_pages_start_without_the_broker(services: dict[str, Any]) -> None:
    assert "broker" not in services["web"]["depends_on"]


@pytest.mark.parametrize("name", WORKERS)
def test_a_worker_has_half_a_minute_to_finish_the_mail_in_hand(services: dict[str, Any], name: str) -> None:
    assert services[name]["stop_grace_period"] == "30s"


@pytest.mark.req("S48")
def test_the_broker_asks_for_a_password_and_forgets_nothing(services: dict[str, Any]) -> None:
    script = services["broker"]["command"][-1]

    assert "user default off" in script
    assert "user gatehouse on >%s ~gatehouse:* &* +@all -@dangerous -@admin" in script
    assert SECRETS["REDIS_PASSWORD"] not in script  # it would stand in the list of processes
    for words in ("--appendonly yes", "--appendfsync everysec", "--maxmemory-policy noeviction", "--dir /data"):
        assert words in script
    assert services["broker"]["volumes"] == ["broker:/data"]


def test_images_are_named_plainly_and_with_a_version() -> None:
    for service in compose(SECRETS)["services"].values():
        assert re.fullmatch(r"(?:[a-z]+/)?[a-z]+:[a-z0-9.]+", service["image"])


@pytest.mark.slow
@pytest.mark.parametrize("path", [COMPOSE, PRODUCTION], ids=lambda path: path.name)
def test_the_file_fits_the_schema_of_compose(path: Any) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(path)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout
