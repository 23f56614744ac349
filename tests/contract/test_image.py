"""What the Dockerfile promises: what is in the image, who runs there, and how it tells that it is well."""

import dataclasses
import os
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import make_url
from werkzeug.serving import make_server

from demo.procfile import read_procfile
from gateway.app import create_app
from shared.settings import Settings, load_settings
from tests.contract.deployment_files import DOCKERFILE, ROOT, image_environment, instructions, json_form

NEEDED = {"requirements/runtime.txt", "LICENSE", "migrations", "templates", "shared", "gateway", "worker"}


@contextmanager
def serving(settings: Settings, port: int = 0) -> Iterator[int]:
    """The gateway with these settings on a port, by default any that is free."""
    app = create_app(settings)
    server = make_server("127.0.0.1", port, app)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        app.database.dispose()


@pytest.fixture
def is_healthy() -> Callable[..., bool]:
    """Runs the image's own health check."""
    words = json_form(instructions("HEALTHCHECK")[0])
    assert words[0] == "python"

    def run(port: int, public_url: str) -> bool:
        variables = {**os.environ, "PORT": str(port), "PUBLIC_URL": public_url}
        done = subprocess.run([sys.executable, *words[1:]], env=variables, capture_output=True, check=False)
        return done.returncode == 0

    return run


def test_a_container_runs_the_line_web_of_the_procfile_and_gives_its_place_to_the_server() -> None:
    shell, option, script = json_form(instructions("CMD")[0])
    line = re.search(r"^web: (.+)$", (ROOT / "Procfile").read_text(), re.MULTILINE)

    assert (shell, option) == ("sh", "-c")
    assert line is not None
    assert script == f"exec {line[1]}"


def test_the_server_listens_where_the_settings_say(environment: pytest.MonkeyPatch) -> None:
    words = list(read_procfile(ROOT / "Procfile", image_environment())["web"])
    for name, value in image_environment().items():
        environment.setenv(name, value)

    settings = load_settings()

    assert words[words.index("--host") + 1] == settings.bind == "0.0.0.0"
    assert words[words.index("--port") + 1] == str(settings.port)


@pytest.mark.req("S49")
def test_the_image_runs_as_a_numbered_user_and_writes_to_data_only() -> None:
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", instructions("USER")[0])
    assert image_environment()["VAR_DIR"] == "/data"
    assert image_environment()["PYTHONDONTWRITEBYTECODE"] == "1"
    assert all("--chown" not in words for words in instructions("COPY"))


def test_every_package_comes_from_the_lock_by_its_hash() -> None:
    text = DOCKERFILE.read_text()

    assert "--require-hashes --no-deps --only-binary :all: -r /tmp/runtime.txt" in text
    assert text.count("pip --python") == 1


@pytest.mark.req("S49")
def test_nothing_is_sent_to_the_builder_but_what_the_image_needs() -> None:
    lines = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if not line.startswith("#")]
    copied = re.findall(r"^COPY (?!--from)(\S+) ", DOCKERFILE.read_text(), re.MULTILINE)

    assert lines[0] == "*"
    assert {line.removeprefix("!") for line in lines if line.startswith("!")} == NEEDED == set(copied)


def test_the_image_is_told_to_stop_as_the_processes_expect() -> None:
    assert instructions("STOPSIGNAL") == ["SIGTERM"]


def test_a_demonstration_is_healthy_whatever_port_it_is_published_on(
    settings: Settings, is_healthy: Callable[..., bool]
) -> None:
    public_url = "http://localhost:9000"

    with serving(dataclasses.replace(settings, public_url=public_url)) as port:
        assert is_healthy(port, public_url)


def test_a_demonstration_without_a_public_url_is_healthy(settings: Settings, is_healthy: Callable[..., bool]) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        free = listener.getsockname()[1]

    with serving(dataclasses.replace(settings, port=free), free) as port:
        assert is_healthy(port, "")


def test_production_is_healthy_although_it_answers_to_its_public_name_only(
    settings: Settings, is_healthy: Callable[..., bool]
) -> None:
    public_url = "https://gatehouse.example"

    with serving(dataclasses.replace(settings, public_url=public_url)) as port:
        assert is_healthy(port, public_url)
        assert not is_healthy(port, "https://elsewhere.example")


def test_a_container_without_its_database_is_not_healthy(settings: Settings, is_healthy: Callable[..., bool]) -> None:
    public_url = "http://localhost:8000"
    away = make_url("sqlite+pysqlite:////no/such/folder/gatehouse.sqlite3").render_as_string()

    with serving(dataclasses.replace(settings, public_url=public_url, database_url=away)) as port:
        assert not is_healthy(port, public_url)


def test_a_container_in_which_nobody_answers_is_not_healthy(is_healthy: Callable[..., bool]) -> None:
    assert not is_healthy(1, "http://localhost:8000")
