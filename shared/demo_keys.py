"""The keys of a demonstration, which nobody had to choose."""

import os
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path


def demo_keys(var_dir: Path) -> tuple[bytes, ...]:
    """The keys in ``VAR_DIR``, made once by whichever process comes first."""
    var_dir.mkdir(parents=True, exist_ok=True)
    path = var_dir / "secret-keys"
    if not path.exists():
        handle, draft = tempfile.mkstemp(dir=var_dir, prefix="secret-keys-")  # readable by its owner only
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(48))
        # It appears complete or not at all, and the first process wins: nobody reads an empty key.
        with suppress(FileExistsError):
            os.link(draft, path)
        os.unlink(draft)  # noqa: PTH108 (the twin of the call above)
    return tuple(key.strip().encode() for key in path.read_text().split(","))
