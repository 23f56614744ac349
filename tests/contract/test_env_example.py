"""``.env.example`` against what the code reads."""

import ast
import re
from collections.abc import Iterator
from enum import Enum
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

import pytest
from environs import Env

from demo.environment import PORTS, read_env_file
from shared import settings
from shared.settings import load_settings

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / ".env.example"
LINE = re.compile(r"# ([A-Z][A-Z_]*)=(.*)")

COMPOSE_ONLY = {"POSTGRES_PASSWORD", "POSTGRES_APP_PASSWORD", "REDIS_PASSWORD"}
NO_SETTINGS = {
    "READY_FILE",  # from whoever starts a process, to learn when it is up
    "SINK_DELAY_MS",  # for tests that need a slow mail server
    "NO_COLOR",  # the terminal's own
    "PATH",
    "TERM",
}


class Recorder:
    """Stands in for ``Env`` and takes down what it is asked for, with the default."""

    def __init__(self) -> None:
        self.defaults: dict[str, Any] = {}

    def __getattr__(self, kind: str) -> Any:
        def read(name: str, *, default: Any, **_: Any) -> Any:
            self.defaults[name] = default
            return default

        return read


def read_by_settings() -> dict[str, str]:
    recorder = Recorder()
    settings._read(cast("Env", recorder))
    return {name: as_text(default) for name, default in recorder.defaults.items()}


def as_text(default: Any) -> str:
    if default is None:
        return ""
    if isinstance(default, list):
        return ",".join(default)
    return str(default.value if isinstance(default, Enum) else default)


def listed() -> dict[str, str]:
    lines = [match for line in EXAMPLE.read_text().splitlines() if (match := LINE.fullmatch(line))]
    assert len({match[1] for match in lines}) == len(lines)
    return {match[1]: match[2] for match in lines}


def names_in_code() -> Iterator[str]:
    """Every variable that a file of the product or the demonstration asks the environment for by name."""
    for folder in ("gateway", "worker", "shared", "demo"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                yield from _asked_for(node)


def _asked_for(node: ast.AST) -> Iterator[str]:
    words: list[ast.expr] = []
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        is_mapping = node.func.attr in {"get", "setdefault"} and _is_environment(node.func.value)
        words = node.args[:1] if is_mapping or node.func.attr == "getenv" else []
    elif isinstance(node, ast.Subscript) and _is_environment(node.value):
        words = [node.slice]
    for word in words:
        if isinstance(word, ast.Constant) and isinstance(word.value, str):
            yield word.value


def _is_environment(node: ast.expr) -> bool:
    name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
    return name in {"environ", "variables"}


def test_every_setting_is_listed_and_nothing_else_is() -> None:
    assert set(listed()) == set(read_by_settings()) | set(PORTS) | COMPOSE_ONLY


def test_no_variable_is_read_that_is_not_listed() -> None:
    found = set(names_in_code())

    assert {"READY_FILE", "BROKER_URL", "MAIL_SERVER"} <= found  # the search itself works
    assert found - NO_SETTINGS <= set(listed())


def test_every_default_is_the_one_of_the_code() -> None:
    defaults = {name: str(port) for name, port in PORTS.items()} | read_by_settings()

    assert {name: value for name, value in listed().items() if name not in COMPOSE_ONLY} == defaults


def test_the_two_places_that_know_ports_agree() -> None:
    known = read_by_settings()

    assert {name: known[name] for name in PORTS if name in known} == {
        name: str(port) for name, port in PORTS.items() if name in known
    }


def test_a_copy_of_the_example_changes_nothing() -> None:
    assert read_env_file(EXAMPLE) == {}


def test_the_example_with_every_default_taken_is_what_starts_without_any(environment: pytest.MonkeyPatch) -> None:
    without = load_settings()
    for name, value in listed().items():
        if value and name != "VAR_DIR" and name not in {"CAPTCHA", "RATE_LIMITS"}:
            environment.setenv(name, value)

    assert load_settings() == without


def test_every_line_is_told_in_words_before_it() -> None:
    lines = EXAMPLE.read_text().splitlines()
    bare = [line for before, line in pairwise(lines) if LINE.fullmatch(line) and not before.startswith("# ")]

    assert bare == []
