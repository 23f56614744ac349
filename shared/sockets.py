"""Where the local sockets of an installation lie."""

import hashlib
import tempfile
from pathlib import Path

LONGEST_SOCKET_PATH = 100
"""Bytes: Linux allows 107 in an AF_UNIX address, macOS 103."""


def socket_path(var_dir: Path, name: str) -> Path:
    """Return where the local socket ``name`` of the installation in ``var_dir`` lies.

    Normally inside ``var_dir``; when that path is too long for an AF_UNIX address, in a folder of the system's
    temporary directory named after a hash of ``var_dir``, private to its owner.
    """
    path = var_dir / f"{name}.sock"
    if len(bytes(path)) <= LONGEST_SOCKET_PATH:
        return path
    digest = hashlib.sha256(bytes(var_dir)).hexdigest()[:16]
    folder = Path(tempfile.gettempdir()) / f"gatehouse-{digest}"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder / f"{name}.sock"
