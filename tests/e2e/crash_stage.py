"""Where crash points are tried: an installation whose processes die where a test says."""

import time
from pathlib import Path

from tests.e2e.api import Client
from tests.e2e.hosts import Host
from tests.e2e.ledger import Ledger

DIES_WITHIN = 20.0


class Stage:
    """A running installation whose processes die where the test says."""

    def __init__(self, running: Host, folder: Path) -> None:
        self.running = running
        self.folder = folder
        self.ledger = Ledger(running)
        self.client = Client(running.web)

    def leave(self) -> None:
        self.client.leave()
        self.ledger.close()

    def kill_next(self, point: str) -> None:
        """The next process that comes to this point dies there."""
        self.ledger.wait_until_settled()
        (self.folder / point).touch()

    def wait_for_death(self, point: str) -> None:
        end = time.monotonic() + DIES_WITHIN
        while (self.folder / point).exists():
            assert time.monotonic() < end, f"nobody came to: {point}"
            time.sleep(0.01)

    def mails(self, to: str, template: str) -> list[dict[str, object]]:
        return [mail for mail in self.running.mails(to) if mail["headers"]["X-Gatehouse-Template"] == template]
