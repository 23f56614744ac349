"""Servers of our own that a run may kill: started in a folder, on a free port, and gone at the end."""

import contextlib
import os
import pwd
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil

from tests.e2e.installation import free_ports

UP_WITHIN = 60.0


class CannotRun(Exception):
    """This machine has not what a profile needs; the message says what."""


class Server:
    """One process, and those it starts, in a session of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (self.port,) = free_ports(1)
        self._process: subprocess.Popen[bytes] | None = None
        self._user = unprivileged(self.user)
        folder.mkdir(parents=True)
        if self._user is not None:
            os.chown(folder, self._user.pw_uid, self._user.pw_gid)

    user = ""
    """Whom it runs as when we are root; nobody special when empty."""

    def words(self) -> list[str]:
        raise NotImplementedError

    def variables(self) -> dict[str, str]:
        return {}

    def answers(self) -> bool:
        raise NotImplementedError

    def start(self) -> None:
        """Start it and return once it answers."""
        log = (self.folder.parent / f"{self.folder.name}.log").open("ab")
        with log:
            self._process = subprocess.Popen(
                [*as_user(self._user), *self.words()],
                cwd=self.folder,
                env={**os.environ, **self.variables()},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        wait_until(self.answers, what=self.folder.name)

    def kill(self) -> None:
        """Kill every process of it with signal 9."""
        self._signal_all(signal.SIGKILL)
        self._wait()

    def stop(self) -> None:
        """Ask it to stop, and wait."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
        self._wait()

    def freeze(self) -> None:
        self._signal_all(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal_all(signal.SIGCONT)

    def _wait(self) -> None:
        if self._process is not None:
            self._process.wait(60)
            self._process = None

    def _signal_all(self, number: signal.Signals) -> None:
        if self._process is None:
            return
        with contextlib.suppress(psutil.NoSuchProcess):
            parent = psutil.Process(self._process.pid)
            for process in [parent, *parent.children(recursive=True)]:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.send_signal(number)


def unprivileged(name: str) -> pwd.struct_passwd | None:
    """The user that a server runs as: None means as we do.

    Raises:
        CannotRun: we are root, the server refuses root, and the user is not there.
    """
    if not name or os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(name)
    except KeyError:
        raise CannotRun(f"there is no user {name} to run it as") from None


def as_user(user: pwd.struct_passwd | None) -> list[str]:
    if user is None:
        return []
    return ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]


def wait_until(answers: Callable[[], bool], *, what: str, within: float = UP_WITHIN) -> None:
    end = time.monotonic() + within
    while not answers():
        if time.monotonic() > end:
            raise AssertionError(f"{what} does not answer within {within:g} s")
        time.sleep(0.05)


def listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextlib.contextmanager
def running(server: Server) -> Iterator[Server]:
    """Start a server, and leave nothing of it behind."""
    try:
        server.start()
        yield server
    finally:
        server.thaw()
        server.kill()
