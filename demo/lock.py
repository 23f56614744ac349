"""One copy at a time on one VAR_DIR."""

import fcntl
import os
import time
from collections.abc import Callable
from pathlib import Path

from demo.environment import StartRefusedError
from demo.guardian import is_alive

LOOK_EVERY = 0.05
"""Seconds."""


def take_lock(path: Path, *, say: Callable[[str], None]) -> int:
    """Lock ``path`` for this process and return the open file, which holds the lock for as long as it is open.

    The lock of a copy that was killed is held by its guardian until all its processes are gone: then this waits.

    Raises:
        StartRefusedError: another copy is running.
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    waited = False
    while not _try(handle):
        holder = os.pread(handle, 32, 0).decode().strip()
        if holder.isdecimal() and is_alive(int(holder)):
            os.close(handle)
            raise StartRefusedError(
                f"VAR_DIR: {path.parent.parent} is in use by process {holder}; "
                "stop that, or give this one another VAR_DIR and other ports"
            )
        if not waited:
            say("waiting for the processes of a killed copy to stop")
            waited = True
        time.sleep(LOOK_EVERY)
    os.ftruncate(handle, 0)
    os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
    return handle


def _try(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
