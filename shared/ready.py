"""Telling whoever started this process that it is up."""

import os
from pathlib import Path


def tell_ready() -> None:
    """Touch the file named by ``READY_FILE``, if any."""
    name = os.environ.get("READY_FILE")
    if name:
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
