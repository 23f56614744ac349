"""Places where a process dies, from outside: the product holds no code for it.

``arm`` runs in every process of an installation, before anything of the product is imported. It wraps the functions
named here once they are imported. A process dies (SIGKILL) at a point when the test has put a file of its name into the
folder that ``arm`` is told, and takes that file away: whoever comes first dies, once. When the file holds a text, only
those die who have that text in hand, each time they come.

Standard library only: this is loaded into processes that have not loaded anything yet.
"""

import functools
import importlib.abc
import importlib.machinery
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

BEFORE, AFTER, AFTER_COMMIT = "before", "after", "after the commit of its transaction"
GATEWAY, RELAY, WORKER = "gateway.app", "worker.doorbell", "worker.workshop"
"""Modules that only this process imports."""


@dataclass(frozen=True)
class Point:
    """Die ``when`` the function is called; not where it did nothing (its answer is 0, False or empty)."""

    module: str
    attribute: str
    when: str
    process: str


POINTS = {
    "gateway, sign-up not committed": Point("shared.services.sign_up", "sign_up", AFTER, GATEWAY),
    "gateway, sign-up committed, relay not rung": Point("shared.services.sign_up", "sign_up", AFTER_COMMIT, GATEWAY),
    "relay, announced, nothing published": Point("worker.app", "Gatehouse.send_task", BEFORE, RELAY),
    "relay, one of several batches published": Point("worker.app", "Gatehouse.send_task", AFTER, RELAY),
    "relay, seals not committed": Point("shared.services.audit_seal", "seal", AFTER, RELAY),
    "relay, sealed": Point("shared.services.audit_seal", "seal", AFTER_COMMIT, RELAY),
    "mailer, taken, not committed": Point("shared.outbox", "take", AFTER, WORKER),
    "mailer, taken and stamped": Point("shared.outbox", "take", AFTER_COMMIT, WORKER),
    "mailer, before DATA": Point("worker.smtp", "SmtpClient.data", BEFORE, WORKER),
    "mailer, after DATA": Point("worker.smtp", "SmtpClient.data", AFTER, WORKER),
    "mailer, outcome recorded": Point("shared.outbox", "finish", AFTER_COMMIT, WORKER),
    "router, taken": Point("shared.services.role_request_route", "route", BEFORE, WORKER),
    "router, in the middle": Point("shared.services.role_request_assignments", "ask", AFTER, WORKER),
    "router, routed": Point("shared.services.role_request_route", "route", AFTER_COMMIT, WORKER),
    "ladder, in the middle": Point("shared.services.role_request_assignments", "send_link", AFTER, WORKER),
}

IN_A_HURRY: dict[str, dict[str, Any]] = {
    "shared.leases": {"LEASE": timedelta(seconds=6)},
    "worker.heartbeat": {"BEAT": 1.0},
    "worker.app": {"EVERY_MINUTE": 2.0},
}
"""Waiting times that are shortened in the processes under test: what takes 30 s and a minute is done in a few seconds.

The lease is no setting of the product: nobody has to choose it, and a wrong one sends mails twice."""


def arm(folder: Path) -> None:
    """Watch for the modules named above."""
    sys.meta_path.insert(0, _Watch(folder))


def crash_hook(folder: Path) -> dict[str, str]:
    """Variables for processes that may die; ``folder`` will hold the files that say where."""
    root = str(Path(__file__).parents[2])
    folder.mkdir(parents=True)
    code = f"import sys\nsys.path.append({root!r})\nfrom tests.e2e.crash_points import arm\n"
    (folder / "sitecustomize.py").write_text(f"{code}from pathlib import Path\narm(Path({str(folder)!r}))\n")
    return {"PYTHONPATH": str(folder)}


class _Watch(importlib.abc.MetaPathFinder):
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> importlib.machinery.ModuleSpec | None:
        points = {file: point for file, point in POINTS.items() if point.module == name}
        if not points and name not in IN_A_HURRY:
            return None
        others = (finder for finder in sys.meta_path if finder is not self)
        spec = next(found for finder in others if (found := finder.find_spec(name, path, target)))
        assert spec.loader is not None
        execute = spec.loader.exec_module

        def exec_module(module: Any) -> None:
            execute(module)
            for attribute, value in IN_A_HURRY.get(name, {}).items():
                setattr(module, attribute, value)
            for file, point in points.items():
                _wrap(module, point, self.folder / file)

        spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec


def _wrap(module: Any, point: Point, file: Path) -> None:
    *path, name = point.attribute.split(".")
    owner = functools.reduce(getattr, path, module)
    function: Callable[..., Any] = getattr(owner, name)

    @functools.wraps(function)
    def wrapped(*args: Any, **more: Any) -> Any:
        if point.process not in sys.modules:
            return function(*args, **more)
        if point.when == BEFORE:
            _die_if_asked(file, in_hand=args)
        answer = function(*args, **more)
        if answer is None or answer:
            if point.when == AFTER:
                _die_if_asked(file)
            elif point.when == AFTER_COMMIT:
                _die_with_commit(args[0], file)
        return answer

    setattr(owner, name, wrapped)


def _die_with_commit(session: Any, file: Path) -> None:
    from sqlalchemy import event
    from sqlalchemy.orm import Session

    if not isinstance(session, Session):  # a statement by itself is committed when it is answered
        _die_if_asked(file)
        return

    def committed(one: Any) -> None:
        if not one.in_nested_transaction():
            _die_if_asked(file)

    if file.exists():
        event.listen(session, "after_commit", committed)


def _die_if_asked(file: Path, in_hand: Any = None) -> None:
    try:
        if text := file.read_text():
            if text not in str(in_hand):
                return
        else:
            file.unlink()
    except FileNotFoundError:
        return
    os.kill(os.getpid(), signal.SIGKILL)
