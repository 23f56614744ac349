"""One host of an installation that has several: the supervisor of ``make run`` with programs of the test's own choice.

What is listed in ``programs`` runs; everything else is somewhere else, or nowhere.
"""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from shared.settings import load_settings
from tests.e2e.installation import ROOT, Installation, installation
from worker.app import Gatehouse, create_celery

DRIVER = """
import os
from pathlib import Path
from demo.child import Pace
from demo.programs import INSTALL
from demo.start import start
pace = Pace(first_wait=0.2, longest_wait=0.2, most_deaths=200)
raise SystemExit(start(Path({root!r}), os.environ, procfile=Path({procfile!r}), install={install}, pace=pace))
"""


def lines_of(root: Path = ROOT) -> dict[str, str]:
    """The lines of a checkout's Procfile, by name."""
    return dict(line.split(": ", 1) for line in (root / "Procfile").read_text().splitlines())


class Host(Installation):
    """Runs ``programs`` (lines of a Procfile by name) of the checkout ``root``; what dies is started again at once."""

    def __init__(
        self,
        var_dir: Path,
        variables: dict[str, str],
        *,
        programs: Mapping[str, str],
        root: Path = ROOT,
        installs: bool = True,
    ) -> None:
        super().__init__(var_dir, variables)
        procfile = var_dir.parent / "Procfile"
        procfile.write_text("".join(f"{name}: {line}\n" for name, line in programs.items()))
        self.root = root
        code = DRIVER.format(root=str(root), procfile=str(procfile), install="INSTALL" if installs else "()")
        self.words = (sys.executable, "-c", code)


@contextmanager
def celery_of(running: Installation, monkeypatch: pytest.MonkeyPatch) -> Iterator[Gatehouse]:
    """What any process of the installation would publish with."""
    monkeypatch.delenv("BROKER_URL", raising=False)
    for name, value in running.variables.items():
        monkeypatch.setenv(name, value)
    one = create_celery(load_settings())
    yield one
    one.close()


@contextmanager
def host(
    folder: Path, programs: Mapping[str, str], *, root: Path = ROOT, installs: bool = True, **variables: str
) -> Iterator[Host]:
    """Start a host in ``folder`` and stop it at the end, however the test went."""

    def make(var_dir: Path, environment: dict[str, str]) -> Host:
        return Host(var_dir, environment, programs=programs, root=root, installs=installs)

    with installation(folder, make=make, **variables) as one:
        yield one
