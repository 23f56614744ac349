"""The mail server's file, read while it grows."""

import json
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

from tests.chaos.oracle import Copy, Fate
from tests.e2e.installation import ROOT, free_ports

POLL = 0.05


class Mails:
    """A running faulty mail server, and what it has written down so far."""

    def __init__(self, folder: Path, *, seed: int, calm: bool = False) -> None:
        (self.port,) = free_ports(1)
        self._path = folder / "mails.jsonl"
        self._path.touch()
        self._place = 0
        self._guard = threading.Lock()
        self._mails: list[dict[str, Any]] = []
        self._fates: dict[int, Fate] = {}
        self.faults: Counter[str] = Counter()
        words = ["--port", str(self.port), "--file", str(self._path), "--seed", str(seed)]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.chaos.mail_server", *words, *(["--calm"] if calm else [])],
            cwd=ROOT,
            start_new_session=True,
        )

    def close(self) -> None:
        """Stop the server; its file stays."""
        self._process.terminate()
        self._process.wait(10)

    def all(self) -> list[dict[str, Any]]:
        """Every mail that was accepted so far, in that order."""
        with self._guard:
            self._read_on()
            return list(self._mails)

    def wait_for(self, to: str, template: str, *, after: int = 0, within: float = 30.0) -> dict[str, Any] | None:
        """The first mail of a template to an address beyond the ``after`` first ones; None when it does not come."""
        end = time.monotonic() + within
        while time.monotonic() < end:
            found = [mail for mail in self.all() if mail["to"] == to and mail["template"] == template]
            if len(found) > after:
                return found[after]
            time.sleep(POLL)
        return None

    def copies(self) -> list[Copy]:
        """The mails as the oracle wants them. An answer of which nothing is known yet counts as read."""
        return [
            Copy(
                message_id=mail["message_id"],
                recipient=mail["to"],
                link=f"{mail['link']} {mail['code']}".strip(),
                text=mail["text"],
                at=mail["at"],
                fate=self._fates.get(mail["mail"], Fate.READ),
            )
            for mail in self.all()
        ]

    def _read_on(self) -> None:
        with self._path.open("rb") as file:
            file.seek(self._place)
            for line in file:
                if not line.endswith(b"\n"):
                    break
                self._place += len(line)
                facts = json.loads(line)
                if "mail" in facts:
                    self._mails.append(facts)
                elif "of" in facts:
                    self._fates[facts["of"]] = Fate(facts["fate"])
                else:
                    self.faults[facts["fault"]] += 1
