"""A Maildir of delivery reports: unread ones in ``new``, read ones in ``cur``.

Making and filling it is the standard library's. Reading it is not: that would parse every mail without bounds, and look
through all that was ever read.
"""

import mailbox
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from shared.domain.delivery_reports import LARGEST

SEEN: Final = "S"
FOR_A_PERSON: Final = "FS"
"""Seen and flagged: not understood, for somebody to look at."""
MOST_KEPT: Final = 1_000
"""Reports that are kept of those piped in: anybody can send more."""


class BounceFolder:
    """One Maildir, which others fill and read at the same time."""

    def __init__(self, path: Path) -> None:
        """Know the folder; it need not be there yet."""
        self._path = path

    def unread(self) -> Iterator[Path]:
        """Name the files in ``new``, the oldest first by their names; links, pipes and folders are no mails.

        Raises:
            OSError: the folder is not there, or not ours to read.
        """
        for path in sorted((self._path / "new").iterdir()):
            if path.is_file() and not path.is_symlink():
                yield path

    @staticmethod
    def read(path: Path) -> bytes:
        """Return as much of a file as a report may have."""
        with path.open("rb") as file:
            return file.read(LARGEST)

    def put_away(self, path: Path, flags: str) -> None:
        """Move a file from ``new`` to ``cur`` with these flags; nothing happens when somebody else did before."""
        with suppress(FileNotFoundError):
            path.rename(self._path / "cur" / f"{path.name.partition(':')[0]}:2,{flags}")

    def keep(self, raw: bytes) -> bool:
        """Add a report for a person to look at; False when there are too many already.

        Raises:
            OSError: it cannot be written.
        """
        self._path.parent.mkdir(parents=True, exist_ok=True)
        folder = mailbox.Maildir(self._path, factory=None, create=True)
        if sum(1 for _ in (self._path / "cur").iterdir()) >= MOST_KEPT:
            return False
        self.put_away(self._path / "new" / folder.add(raw), FOR_A_PERSON)
        return True
