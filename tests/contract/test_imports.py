import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]
PRODUCT = ("gateway", "worker", "shared")


def loaded_by(code: str) -> set[str]:
    """The top-level modules that a fresh process has loaded after running ``code``."""
    ended = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys\nprint(*sys.modules)"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
    )
    return {name.partition(".")[0] for name in ended.stdout.split()} | set(ended.stdout.split())


def imports_of(*packages: str) -> Iterator[tuple[Path, str]]:
    for package in packages:
        for path in sorted((CHECKOUT / package).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Import):
                    yield from ((path.relative_to(CHECKOUT), name.name) for name in node.names)
                elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                    yield path.relative_to(CHECKOUT), node.module
                    yield from ((path.relative_to(CHECKOUT), f"{node.module}.{name.name}") for name in node.names)


@pytest.mark.slow
def test_the_gateway_loads_neither_celery_nor_a_client_of_the_broker_nor_what_only_commands_need() -> None:
    loaded = loaded_by("import gateway, gateway.app")

    assert "gateway.web.sign_up" in loaded
    assert not loaded & {"celery", "kombu", "redis", "amqp", "billiard", "flask_mail", "worker"}
    assert not loaded & {"alembic", "PIL", "captcha", "numpy"}


@pytest.mark.slow
def test_the_worker_does_not_load_the_gateway() -> None:
    loaded = loaded_by("import worker.app, worker.relay, worker.workshop, worker.tasks")

    assert "worker.mailer" in loaded
    assert not loaded & {"gateway", "flask_wtf", "argon2", "captcha"}


@pytest.mark.req("S38")
def test_nothing_in_the_product_can_fetch_a_web_address() -> None:
    clients = ("urllib.request", "http.client", "requests", "httpx", "urllib3", "aiohttp", "pycurl")

    found = [(str(path), name) for path, name in imports_of(*PRODUCT) if name.startswith(clients)]

    assert found == []


@pytest.mark.req("S1")
def test_nothing_secret_is_drawn_from_ordinary_chance() -> None:
    users = {str(path) for path, name in imports_of(*PRODUCT) if name == "random" or name.startswith("random.")}

    spreading = {"worker/mailer.py", "worker/server_watch.py", "worker/domain_watch.py"}
    assert users <= spreading, "these spread retries and protect nothing"
    drawn = [
        str(path.relative_to(CHECKOUT))
        for package in PRODUCT
        for path in (CHECKOUT / package).rglob("*.py")
        if "uuid1(" in path.read_text()
    ]
    assert drawn == []
    tokens = [name for path, name in imports_of("shared") if path.name == "tokens.py"]
    assert "secrets" in tokens
    assert not {name for name in tokens if name in {"uuid.uuid1", "uuid.uuid4"}}


@pytest.mark.req("S22")
def test_services_neither_commit_nor_look_at_a_clock_of_their_own() -> None:
    found = []
    for path in sorted((CHECKOUT / "shared" / "services").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                called = ast.unparse(node.func)
                if called.endswith((".commit", ".rollback")) or called in {
                    "datetime.now",
                    "datetime.utcnow",
                    "time.time",
                }:
                    found.append(f"{path.name}: {called}")

    assert found == []
