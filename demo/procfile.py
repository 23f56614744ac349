"""The Procfile: one ``name: command`` a line."""

import re
import shlex
from collections.abc import Mapping
from pathlib import Path

from demo.environment import StartRefusedError

LINE = re.compile(r"(?P<name>[A-Za-z0-9_-]+):\s*(?P<command>\S.*)")
VARIABLE = re.compile(r"\$(?:(?P<bare>[A-Za-z_]\w*)|\{(?P<braced>[A-Za-z_]\w*)(?::-(?P<default>[^}]*))?\})")


def read_procfile(path: Path, variables: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Return the words of each command by name, in the order of the file.

    ``$NAME``, ``${NAME}`` and ``${NAME:-default}`` are expanded from ``variables`` as a shell would, after the command
    is split: a value with spaces stays one word. Empty lines and comments are skipped.

    Raises:
        StartRefusedError: a line is no ``name: command``, its quotes do not close, or a name comes twice.
    """
    found: dict[str, tuple[str, ...]] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        match = LINE.fullmatch(text)
        if match is None or match["name"] in found:
            raise StartRefusedError(f"{path.name}, line {number}: expected a new name, a colon and a command")
        try:
            words = shlex.split(match["command"])
        except ValueError as error:
            raise StartRefusedError(f"{path.name}, line {number}: {error}") from None
        found[match["name"]] = tuple(_expand(word, variables) for word in words)
    return found


def _expand(word: str, variables: Mapping[str, str]) -> str:
    return VARIABLE.sub(lambda m: variables.get(m["bare"] or m["braced"]) or m["default"] or "", word)
