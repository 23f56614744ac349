"""What README, architecture and operations say, against what is there: commands, paths, settings, addresses, links."""

import re
import shlex
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from uuid import uuid4

import click
import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from demo.environment import PORTS
from demo.procfile import read_procfile
from gateway.app import create_app
from shared.domain.deliveries import MailState
from shared.messages import Queue
from shared.models import OutboxRow
from shared.settings import Settings
from tests.contract.deployment_files import SECRETS, compose

ROOT = Path(__file__).resolve().parents[2]
PAGES = ("README.md", "docs/architecture.md", "docs/operations.md")
PICTURES = sorted((ROOT / "docs" / "pictures").glob("*.svg"))

FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"`([^`\n]+)`")
ASSIGNMENT = re.compile(r"([A-Z][A-Z_]+)=\S*")
THEIRS = frozenset({"grep", "pg_dump", "pg_restore", "rabbitmqctl"})
"""Programs of the machine; not ours to check."""
NO_SETTINGS = frozenset({"READY_FILE", "CODE"})
FOLDERS = ("gateway", "worker", "shared", "templates", "migrations", "demo", "tests", "benchmarks", "docs")


def page(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def prose(name: str) -> str:
    """The page without its blocks of commands."""
    return FENCE.sub("", page(name))


def blocks(language: str) -> Iterator[tuple[str, str]]:
    for name in PAGES:
        for found, body in FENCE.findall(page(name)):
            if found == language:
                yield name, body


def commands() -> list[str]:
    """Every line of every ``sh`` block, each command of a pipe by itself, without comments and variables in front."""
    lines = [line.strip() for _, body in blocks("sh") for line in body.splitlines() if line.strip()]
    return sorted({part.strip() for line in lines for part in line.split(" | ")})


def words_of(command: str) -> list[str]:
    words = shlex.split(command, comments=True)
    while words and ASSIGNMENT.fullmatch(words[0]):
        words.pop(0)
    return words


def settings_listed() -> set[str]:
    return set(re.findall(r"^# ([A-Z][A-Z_]*)=", page(".env.example"), re.MULTILINE))


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    found: dict[str, Any] = compose(SECRETS)["services"]
    return found


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    one = create_app(settings)
    yield one
    one.database.dispose()


def check_flask(words: list[str], app: Flask) -> None:
    """Find the command and let it read its arguments, without carrying it out; then its help must work."""
    assert words[:2] == ["--app", "gateway"]
    command: click.Command = app.cli
    path, rest = [], words[2:]
    context = click.Context(command)
    while isinstance(command, click.Group):
        name, found, rest = command.resolve_command(context, list(rest))
        assert found is not None, f"no command {rest}"
        path.append(str(name))
        command = found
        context = click.Context(command, info_name=path[-1], parent=context)
    command.make_context(path[-1], list(rest), parent=context.parent)
    assert app.test_cli_runner().invoke(args=[*path, "--help"]).exit_code == 0


def check_make(words: list[str]) -> None:
    done = subprocess.run(["make", "-n", *words], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def check_compose(words: list[str], services: dict[str, Any], app: Flask) -> None:
    assert words.pop(0) == "compose"
    while words[0] == "-f":
        assert (ROOT / words[1]).is_file()
        del words[:2]
    verb, *rest = words
    if verb == "exec":
        service, program, *arguments = rest
        assert service in services
        assert program == "flask"
        check_flask(arguments, app)
    elif verb == "restart":
        assert set(rest) <= set(services)
    else:
        assert [verb, *rest] == ["up", "--build", "--detach"]


def check_python(words: list[str]) -> None:
    if words[0] == "-c":
        done = subprocess.run([sys.executable, *words], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return
    assert words[0] == "-m"
    assert find_spec(words[1])
    for number, word in enumerate(words):
        if word == "-r":
            assert (ROOT / words[number + 1]).is_file()


@pytest.mark.parametrize("command", commands())
def test_every_command_that_is_shown_exists_and_takes_what_is_typed(
    command: str, app: Flask, services: dict[str, Any]
) -> None:
    program, *words = words_of(command)
    match program:
        case "make":
            check_make(words)
        case ".venv/bin/flask":
            check_flask(words, app)
        case "docker":
            check_compose(words, services, app)
        case "python3" | ".venv/bin/python":
            check_python(words)
        case "cp":
            assert (ROOT / words[0]).is_file()
        case _:
            assert program in THEIRS


def test_variables_in_front_of_a_command_are_settings() -> None:
    set_there = {match[1] for command in commands() for match in ASSIGNMENT.finditer(command)}

    assert set_there
    assert set_there <= settings_listed()


def test_the_first_block_of_the_readme_holds_the_two_commands() -> None:
    first = next(body for name, body in blocks("sh") if name == "README.md")

    assert [words_of(line) for line in first.splitlines()] == [["make", "run"], ["make", "test"]]


def test_every_query_that_is_shown_runs(session: Session) -> None:
    if session.get_bind().dialect.name == "sqlite":
        connection = session.connection().connection.driver_connection
        assert connection is not None
        connection.create_function("now", 0, lambda: "2026-11-24 12:00:00.000000")
    queries = [body for _, body in blocks("sql")]

    for query in queries:
        session.execute(text(query), {"id": str(uuid4())} if ":id" in query else {})
    assert queries


@pytest.mark.parametrize("name", PAGES)
def test_every_link_leads_somewhere(name: str) -> None:
    for target in LINK.findall(prose(name)):
        file, _, anchor = target.partition("#")
        if file.startswith("http"):
            continue
        path = (ROOT / name).parent / file if file else ROOT / name
        assert path.exists(), target
        if anchor:
            assert anchor in _anchors(path), target


def _anchors(path: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("name", PAGES)
def test_every_file_and_folder_that_is_named_is_there(name: str) -> None:
    for words in CODE.findall(prose(name)):
        if re.fullmatch(rf"(?:{'|'.join(FOLDERS)})/[\w./-]*", words):
            assert (ROOT / words).exists(), words
        elif re.fullmatch(r"\w+\.py", words):
            assert list((ROOT / "gateway").rglob(words)) + list((ROOT / "shared").rglob(words)), words


@pytest.mark.parametrize("name", PAGES)
def test_every_setting_that_is_named_is_listed(name: str) -> None:
    named = {words for words in CODE.findall(prose(name)) if re.fullmatch(r"[A-Z]{3,}(?:_[A-Z]+)*", words)}

    assert named - NO_SETTINGS <= settings_listed()


@pytest.mark.parametrize("name", PAGES)
def test_addresses_on_this_machine_are_those_of_the_default_ports(name: str) -> None:
    ports = {int(port) for port in re.findall(r"http://127\.0\.0\.1:(\d+)", page(name))}

    assert ports <= set(PORTS.values())


def test_paths_of_the_gateway_that_are_named_answer(app: Flask) -> None:
    paths = {"/", "/api/docs", "/healthz"} | set(re.findall(r"http://127\.0\.0\.1:8000(/[\w/]*)", page("README.md")))

    for path in paths:
        assert app.test_client().get(path, base_url="http://127.0.0.1:8000").status_code == 200, path


def test_operations_name_every_process_queue_and_state_of_a_mail() -> None:
    known = {*read_procfile(ROOT / "Procfile", {}), *Queue, *MailState}

    assert known <= set(CODE.findall(page("docs/operations.md")))


def test_architecture_tells_the_life_of_a_row_by_columns_that_it_has() -> None:
    told = page("docs/architecture.md").partition("## The life of an outbox row")[2].partition("\n## ")[0]
    named = {words for words in CODE.findall(told) if re.fullmatch(r"[a-z]+(?:_[a-z]+)+|attempts|crashes", words)}

    assert {"announce_at", "lease_owner", "leased_until", "attempts", "crashes"} <= named
    assert named <= set(OutboxRow.__table__.columns.keys())


@pytest.mark.parametrize("picture", PICTURES, ids=lambda path: path.name)
def test_a_picture_stands_for_itself_in_light_and_dark(picture: Path) -> None:
    source = picture.read_text(encoding="utf-8")
    root = ET.fromstring(source)

    assert root.find("{http://www.w3.org/2000/svg}title") is not None
    assert root.find("{http://www.w3.org/2000/svg}desc") is not None
    assert "prefers-color-scheme: dark" in source
    assert not re.findall(r"@import|@font-face|<script|<image|href=\"(?!#)|url\((?!#)", source)


def test_every_picture_is_shown_with_words_for_those_who_do_not_see_it() -> None:
    shown = {
        (ROOT / name).parent.joinpath(file).resolve(): words
        for name in PAGES
        for words, file in re.findall(r"!\[([^\]]*)\]\(([^)]+)\)", page(name))
    }

    assert set(PICTURES) == set(shown)
    assert all(len(words) > 60 for words in shown.values())
