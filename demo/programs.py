"""Which programs make up the installation, and how each of them shows that it is up."""

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from demo.broker import answers_ping, broker_command, broker_socket, broker_url
from demo.child import Program, Stage
from demo.environment import Installation, flower_auth
from demo.procfile import read_procfile
from demo.readiness import accepts, answers_ok, greets

INSTALL = ("flask", "--app", "gateway", "install")
"""Migrates, makes the secrets, loads the demo data into an empty installation; a second run changes nothing."""
GRACE = {"worker": 30.0}
"""Seconds to finish the work in hand; everybody else has 10."""
WITH_READY_FILE = frozenset({"relay", "worker", "beat"})
"""Those that listen nowhere: they touch READY_FILE when they are up."""


def plan(installation: Installation, procfile: Path, *, install: tuple[str, ...] = INSTALL) -> list[Program]:
    """Return the programs in the order of starting; ``install`` empty leaves that step out.

    Raises:
        StartRefusedError: something they need is missing or wrong.
    """
    variables = {
        **installation.variables,
        "PATH": _path(installation),
        "PYTHONUNBUFFERED": "1",
        # Threads would each keep a heap of their own otherwise, and the whole would take a fifth more memory (glibc).
        "MALLOC_ARENA_MAX": "2",
        # What a password hash took (19 MiB) goes back to the system at once instead of being kept for the next.
        "MALLOC_MMAP_THRESHOLD_": str(4 * 1024 * 1024),
    }
    programs = []
    if install:
        # With the environment as it was given: production must see that the broker would be the embedded one.
        step = Program(name="install", words=install, variables=variables, folder=installation.root, once=True)
        programs.append(step)
    if installation.has_embedded_broker:
        broker = _broker(installation, variables)
        variables = {**variables, "BROKER_URL": broker_url(broker_socket(installation))}
        programs.append(broker)
    if installation.has_inbox:
        programs.append(_inbox(installation, variables))
    for name, words in read_procfile(procfile, variables).items():
        programs.append(_product(installation, name, words, variables))
    return programs


def _broker(installation: Installation, variables: dict[str, str]) -> Program:
    folder = installation.var_dir / "broker"
    folder.mkdir(mode=0o700, exist_ok=True)
    path = broker_socket(installation)
    return Program(
        name="broker",
        words=broker_command(path, folder),
        variables=variables,
        folder=installation.root,
        stage=Stage.BROKER,
        is_ready=partial(answers_ping, path),
    )


def _inbox(installation: Installation, variables: dict[str, str]) -> Program:
    host, ports = installation.near_host, installation.ports

    def is_ready() -> bool:
        return greets(host, ports["SMTP_PORT"]) and answers_ok(host, ports["INBOX_PORT"], "/", site="localhost")

    return Program(
        name="inbox",
        words=(sys.executable, "-m", "demo.mail_sink"),
        variables=variables,
        folder=installation.root,
        stage=Stage.INBOX,
        is_ready=is_ready,
    )


def _product(installation: Installation, name: str, words: tuple[str, ...], variables: dict[str, str]) -> Program:
    host, ports = installation.near_host, installation.ports
    own = dict(variables)
    ready_file = None
    is_ready: Callable[[], bool] | None = None
    if name == "web":
        is_ready = partial(answers_ok, host, ports["PORT"], "/readyz", site=installation.public_host)
    elif name == "flower":
        own["FLOWER_BASIC_AUTH"] = flower_auth(installation)
        is_ready = partial(accepts, host, ports["FLOWER_PORT"])
    elif name == "metrics":
        # Not /readyz, which loads everything: that is left to whoever wants to know the figures.
        is_ready = partial(answers_ok, host, ports["METRICS_PORT"], "/healthz", site="localhost")
    elif name in WITH_READY_FILE:
        ready_file = installation.run_dir / f"{name}.ready"
        own["READY_FILE"] = str(ready_file)
        is_ready = ready_file.exists
    return Program(
        name=name,
        words=words,
        variables=own,
        folder=installation.root,
        grace=GRACE.get(name, 10.0),
        ready_file=ready_file,
        is_ready=is_ready,
    )


def _path(installation: Installation) -> str:
    """PATH with our own Python's programs first: the words of the Procfile name no folder."""
    return f"{Path(sys.executable).parent}:{installation.variables.get('PATH', '/usr/local/bin:/usr/bin:/bin')}"
