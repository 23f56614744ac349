"""Reading Dockerfile and compose files as their engine would: interpolated, merged, with each process's environment."""

import json
import re
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = ROOT / "docker-compose.yml"
PRODUCTION = ROOT / "docker-compose.production.yml"
DOCKERFILE = ROOT / "Dockerfile"

SECRETS = {
    "SECRET_KEYS": "0123456789abcdef0123456789abcdef01234567",
    "FLOWER_BASIC_AUTH": "duty:a-password-for-tests",
    "POSTGRES_PASSWORD": "0a1b2c3d4e5f",
    "POSTGRES_APP_PASSWORD": "1f2e3d4c5b6a",
    "REDIS_PASSWORD": "5f4e3d2c1b0a",
}
"""What .env holds for a demonstration."""
IN_PRODUCTION = SECRETS | {
    "PUBLIC_URL": "https://gatehouse.example",
    "MAIL_SERVER": "smtp.gatehouse.example",
    "MAIL_USERNAME": "gatehouse",
    "MAIL_PASSWORD": "a-password-for-tests",
}

_VARIABLE = re.compile(r"\$(?:(?P<escaped>\$)|\{(?P<name>\w+)(?:(?P<how>:-|:\?)(?P<rest>[^}]*))?\}|(?P<wrong>[^$]|$))")


class VariableMissingError(Exception):
    """A variable that a compose file demands is not there."""


def compose(variables: Mapping[str, str], *overrides: Path) -> dict[str, Any]:
    """The compose file with its overrides on top, as an engine would run it with these variables in ``.env``."""
    merged: dict[str, Any] = {}
    for path in (COMPOSE, *overrides):
        merged = _merge(merged, _interpolate(yaml.safe_load(path.read_text()), variables))
    return merged


def environment_of(service: Mapping[str, Any], variables: Mapping[str, str]) -> dict[str, str]:
    """What a process finds in its environment: the image's, then ``.env``, then the service's own."""
    from_file = variables if "env_file" in service else {}
    own = {name: str(value) for name, value in service.get("environment", {}).items()}
    return {**image_environment(), **from_file, **own}


def image_environment() -> dict[str, str]:
    found: dict[str, str] = {}
    for words in instructions("ENV"):
        found |= dict(pair.split("=", 1) for pair in words.split())
    return {name: value for name, value in found.items() if name != "PATH"}


def instructions(name: str) -> list[str]:
    """The arguments of every instruction of that name in the last stage of the Dockerfile, on one line each."""
    lines = [line for line in DOCKERFILE.read_text().splitlines() if not line.lstrip().startswith("#")]
    text = re.sub(r"\\\n\s*", " ", "\n".join(lines))
    last_stage = text[text.rindex("\nFROM ") :]
    return re.findall(rf"^{name} (.+)$", last_stage, re.MULTILINE)


def json_form(words: str) -> list[str]:
    """The words of a CMD in its JSON form, whatever stands before it."""
    parsed: list[str] = json.loads(words[words.index("[") :])
    return parsed


def _interpolate(value: Any, variables: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _interpolate(one, variables) for key, one in value.items()}
    if isinstance(value, list):
        return [_interpolate(one, variables) for one in value]
    if not isinstance(value, str):
        return value
    return _VARIABLE.sub(lambda match: _value(match, variables), value)


def _value(match: re.Match[str], variables: Mapping[str, str]) -> str:
    if match["escaped"]:
        return "$"
    assert match["wrong"] is None, f"a lone $ in {match.string!r}"
    given = variables.get(match["name"])
    if given or match["how"] is None:
        return given or ""
    if match["how"] == ":?":
        raise VariableMissingError(match["name"])
    return str(match["rest"])


def _merge(base: Any, top: Any) -> Any:
    if isinstance(base, dict) and isinstance(top, dict):
        return {
            key: _merge(base[key], top[key]) if key in base and key in top else {**base, **top}[key]
            for key in {**base, **top}
        }
    return deepcopy(top)
