"""A whole installation of its own: every process of ``make run``, on free ports, with all its state in one folder."""

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil

ROOT = Path(__file__).parents[2]
READY_WITHIN = 60.0


class Installation:
    """What a test knows of a running installation: its addresses, its folder, its command line."""

    def __init__(self, var_dir: Path, variables: dict[str, str]) -> None:
        self.var_dir = var_dir
        self.variables = variables
        self.web = f"http://127.0.0.1:{variables['PORT']}"
        self.inbox = f"http://127.0.0.1:{variables['INBOX_PORT']}"
        self.supervisor: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, **self.variables}

    def start(self) -> None:
        self.log = (self.var_dir.parent / f"{self.var_dir.name}.log").open("ab")
        self.supervisor = subprocess.Popen(
            [sys.executable, "-m", "demo"],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=self.log,
            start_new_session=True,
        )
        self._wait_until_ready()

    def stop(self) -> int:
        assert self.supervisor is not None
        if self.supervisor.poll() is None:
            self.supervisor.send_signal(signal.SIGTERM)
        code = self.supervisor.wait(timeout=60)
        assert self.supervisor.stdout is not None
        self.supervisor.stdout.close()
        self.log.close()
        return code

    def command(self, *words: str) -> str:
        """Run one command of the product's command line, as an operator would."""
        done = subprocess.run(
            [str(Path(sys.executable).parent / "flask"), "--app", "gateway", *words],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def mails(self, to: str) -> list[dict[str, Any]]:
        """The mails an address has received, oldest first."""
        found = httpx.get(f"{self.inbox}/api/mails", params={"to": to}).json()
        return sorted(found, key=lambda mail: (mail["received_at"], mail["id"]))

    def wait_for_mail(self, to: str, *, template: str, after: int = 0, within: float = 20.0) -> dict[str, Any]:
        """The first mail of a template beyond the ``after`` first ones; fails when it does not come."""
        end = time.monotonic() + within
        while time.monotonic() < end:
            found = [mail for mail in self.mails(to) if mail["headers"]["X-Gatehouse-Template"] == template]
            if len(found) > after:
                return found[after]
            time.sleep(0.05)
        raise AssertionError(f"no mail {template} for {to} within {within} s")

    def processes(self, name: str) -> list[psutil.Process]:
        """The running processes of the installation whose command line holds ``name``."""
        assert self.supervisor is not None
        found = []
        for process in psutil.Process(self.supervisor.pid).children(recursive=True):
            try:
                if name in " ".join(process.cmdline()):
                    found.append(process)
            except psutil.NoSuchProcess:
                continue
        return found

    def _wait_until_ready(self) -> None:
        assert self.supervisor is not None
        assert self.supervisor.stdout is not None
        end = time.monotonic() + READY_WITHIN
        os.set_blocking(self.supervisor.stdout.fileno(), False)
        said = b""
        while time.monotonic() < end:
            said += self.supervisor.stdout.read() or b""
            if b"\nready\n" in said:
                return
            if self.supervisor.poll() is not None:
                break
            time.sleep(0.02)
        raise AssertionError(f"not ready: {said.decode()[-2000:]}")


def free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


@contextmanager
def installation(folder: Path, **variables: str) -> Iterator[Installation]:
    """Start a new installation in ``folder`` and stop it at the end, however the test went."""
    names = ("PORT", "FLOWER_PORT", "METRICS_PORT", "INBOX_PORT", "SMTP_PORT")
    ports = dict(zip(names, map(str, free_ports(len(names))), strict=True))
    base = {
        "VAR_DIR": str(folder / "var"),
        "BIND": "127.0.0.1",
        "SECRET_KEYS": secrets.token_urlsafe(40),
        "CAPTCHA": "off",
        "RATE_LIMITS": "off",
        "DEPLOYMENT": "demo",
    }
    folder.mkdir(parents=True, exist_ok=True)
    one = Installation(folder / "var", base | ports | variables)
    try:
        one.start()
        yield one
    finally:
        one.stop()
