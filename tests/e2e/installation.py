"""A whole installation of its own: every process of ``make run``, on free ports, with all its state in one folder."""

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, TypeVar

import httpx
import psutil
import redis

ROOT = Path(__file__).parents[2]
READY_WITHIN = 60.0
LINES_SHOWN = 25


class Installation:
    """What a test knows of a running installation: its addresses, its folder, its command line."""

    root = ROOT
    words: tuple[str, ...] = (sys.executable, "-m", "demo")

    def __init__(self, var_dir: Path, variables: dict[str, str]) -> None:
        self.var_dir = var_dir
        self.variables = variables
        self.web = f"http://127.0.0.1:{variables['PORT']}"
        self.inbox = f"http://127.0.0.1:{variables['INBOX_PORT']}"
        self.supervisor: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> dict[str, str]:
        # Whoever runs the product lets Python keep what it compiled. Where that is forbidden, as on some machines for
        # tests, every process compiles all of ours at each start: a third of the time it takes.
        compiled = {"PYTHONDONTWRITEBYTECODE": ""}
        return {**os.environ, **compiled, **self.variables}

    def start(self) -> None:
        self.log = (self.var_dir.parent / f"{self.var_dir.name}.log").open("ab")
        self.said = (self.var_dir.parent / f"{self.var_dir.name}.out").open("ab")
        self.supervisor = subprocess.Popen(
            self.words,
            cwd=self.root,
            env=self.environment,
            stdout=self.said,  # a file: nobody would empty a pipe, and what the processes said is wanted after a fault
            stderr=self.log,
            start_new_session=True,
        )
        self._wait_until_ready(since=self.said.tell())

    def stop(self) -> int:
        assert self.supervisor is not None
        if self.supervisor.poll() is None:
            self.supervisor.send_signal(signal.SIGTERM)
        code = self.supervisor.wait(timeout=60)
        self.said.close()
        self.log.close()
        return code

    def command(self, *words: str) -> str:
        """Run one command of the product's command line, as an operator would."""
        done = subprocess.run(
            [str(Path(sys.executable).parent / "flask"), "--app", "gateway", *words],
            cwd=self.root,
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
        raise AssertionError(f"no mail {template} for {to} within {within} s; {self.complaints()}")

    def complaints(self) -> str:
        """The last lines of the log that are not everyday, for whoever reads of a failed test elsewhere."""
        lines = Path(self.said.name).read_text(errors="replace").splitlines()
        unusual = [line[:300] for line in lines if '"level": "INFO"' not in line]
        return "\n".join(["the log said at the end:", *unusual[-LINES_SHOWN:]])

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

    def _wait_until_ready(self, *, since: int) -> None:
        assert self.supervisor is not None
        end = time.monotonic() + READY_WITHIN
        said = b""
        while time.monotonic() < end:
            said = Path(self.said.name).read_bytes()[since:]
            if b"\nready\n" in said:
                return
            if self.supervisor.poll() is not None:
                break
            time.sleep(0.02)
        raise AssertionError(f"not ready: {said.decode()[-2000:]}")


Kind = TypeVar("Kind", bound=Installation)


def free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


@contextmanager
def installation(
    folder: Path, *, make: Callable[[Path, dict[str, str]], Kind] = Installation, **variables: str
) -> Iterator[Kind]:
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
    one = make(folder / "var", base | ports | variables)
    try:
        one.start()
        yield one
    finally:
        one.stop()


def wait_for_broker(port: int) -> None:
    """Return once a Redis that was just started answers, be it only to refuse."""
    end = time.monotonic() + 10
    with redis.Redis(port=port) as client:
        while True:
            try:
                client.ping()
            except redis.exceptions.AuthenticationError:
                return
            except redis.exceptions.ConnectionError:
                assert time.monotonic() < end, "the broker did not start"
                time.sleep(0.02)
            else:
                return
