"""The mails, as files: they survive a restart, and any mail program can open them."""

import os
import re
import secrets
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

KEPT = 10_000
"""Mails; when one more comes, the oldest goes."""
DELIVERED_TO = b"Delivered-To: "
MAIL_ID = re.compile(r"\d{20}-[0-9a-f]{8}")


class Mailbox:
    """Mails in ``folder``, one ``.eml`` file each; safe to use from several threads.

    The file is what came over the wire below one ``Delivered-To`` line per recipient of the envelope, as final
    delivery writes them. The file's name is the mail's id and begins with the nanosecond of its arrival.
    """

    def __init__(self, folder: Path, *, kept: int = KEPT) -> None:
        self._folder = folder
        self._kept = kept
        self._lock = threading.Lock()
        self._recipients: dict[str, tuple[str, ...] | None] = {}
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for unfinished in folder.glob("*.part"):
            unfinished.unlink()
        for path in sorted(folder.glob("*.eml")):
            if MAIL_ID.fullmatch(path.stem):
                self._recipients[path.stem] = None  # read when somebody asks: a restart must not take long

    def add(self, content: bytes, recipients: Sequence[str]) -> str:
        """Keep a mail and return its id; it is on disk under its final name when this returns."""
        mail_id = f"{time.time_ns():020d}-{secrets.token_hex(4)}"
        head = b"".join(DELIVERED_TO + recipient.encode(errors="replace") + b"\r\n" for recipient in recipients)
        unfinished = self._folder / f"{mail_id}.part"
        unfinished.write_bytes(head + content)
        with self._lock:
            os.replace(unfinished, self._path(mail_id))  # noqa: PTH105 (the atomic call, by its name)
            self._recipients[mail_id] = tuple(recipients)
            while len(self._recipients) > self._kept:
                oldest = next(iter(self._recipients))
                del self._recipients[oldest]
                self._path(oldest).unlink(missing_ok=True)
        return mail_id

    def ids(self, *, to: str = "") -> Iterator[str]:
        """Yield the ids, newest first; only of mails to the address ``to``, in any case, when given."""
        with self._lock:
            known = list(self._recipients)
        for mail_id in reversed(known):
            if not to or to.casefold() in (address.casefold() for address in self.recipients(mail_id)):
                yield mail_id

    def recipients(self, mail_id: str) -> tuple[str, ...]:
        """Return the addresses of the envelope."""
        found = self._recipients.get(mail_id)
        if found is None:
            lines = (self.raw(mail_id) or b"").split(b"\r\n")
            found = tuple(self._leading(lines))
            with self._lock:
                if mail_id in self._recipients:
                    self._recipients[mail_id] = found
        return found

    def raw(self, mail_id: str) -> bytes | None:
        """Return the whole file, or None when there is no such mail."""
        if mail_id not in self._recipients:
            return None
        try:
            return self._path(mail_id).read_bytes()
        except FileNotFoundError:
            return None

    def clear(self) -> None:
        """Throw every mail away."""
        with self._lock:
            for mail_id in self._recipients:
                self._path(mail_id).unlink(missing_ok=True)
            self._recipients.clear()

    def _path(self, mail_id: str) -> Path:
        return self._folder / f"{mail_id}.eml"

    @staticmethod
    def _leading(lines: Sequence[bytes]) -> Iterator[str]:
        for line in lines:
            if not line.startswith(DELIVERED_TO):
                return
            yield line.removeprefix(DELIVERED_TO).decode(errors="replace")
