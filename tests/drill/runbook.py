"""The runbook as it is read at night: the commands of a section of docs/operations.md, with the ids of the moment."""

import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "operations.md"
CHAPTER = re.compile(r"^## Alerts\n(.*?)^## ", re.MULTILINE | re.DOTALL)
SECTION = re.compile(r"^### (\w+)\n(.*?)(?=^### |\Z)", re.MULTILINE | re.DOTALL)
BLOCK = re.compile(r"^ *```sh\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
ID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
RESTART = re.compile(r"docker compose restart ([\w-]+)")


def sections() -> dict[str, list[str]]:
    """The commands of each section of the chapter on alerts, in their order, by the section's heading."""
    chapter = CHAPTER.search(PAGE.read_text(encoding="utf-8"))
    assert chapter is not None, "no chapter on alerts"
    return {
        name: [line.strip() for block in BLOCK.findall(text) for line in block.splitlines()]
        for name, text in SECTION.findall(chapter[1])
    }


class Hands:
    """Whoever follows the page: types each command, and puts the id that was just read into the next one."""

    def __init__(self, root: Path, environment: Mapping[str, str], restart: Callable[[str], None]) -> None:
        """``restart`` does what a restart of a service is where there are no containers."""
        self._root = root
        self._environment = environment
        self._restart = restart

    def follow(self, commands: list[str]) -> None:
        """Type the commands.

        Raises:
            CalledProcessError: one of them did not work.
        """
        known = None
        for command in commands:
            if service := RESTART.fullmatch(command):
                self._restart(service[1])
                continue
            said = self._type(ID.sub(known, command) if known else command)
            found = ID.search(said)
            known = found[0] if found else known

    def _type(self, command: str) -> str:
        done = subprocess.run(
            [
                "bash",
                "-o",
                "pipefail",
                "-c",
                command.replace(".venv/bin/flask", str(Path(sys.executable).parent / "flask")),
            ],
            cwd=self._root,
            env=dict(self._environment),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        if done.returncode:
            raise subprocess.CalledProcessError(done.returncode, command, done.stdout, done.stderr)
        return done.stdout
