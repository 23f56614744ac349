"""The relay: tells the broker of due work in the outbox, and seals the audit events. ``python -m worker.relay``.

Any number of relays may run. It is woken by a datagram or by NOTIFY and looks by itself every second, so that nothing
depends on being woken.
"""

import logging
import signal
import threading
import time
from collections import defaultdict

from kombu.exceptions import OperationalError as BrokerError
from sqlalchemy.exc import SQLAlchemyError

from shared import outbox
from shared.db import Database
from shared.logs import configure_logging
from shared.messages import LARGEST_BATCH
from shared.outbox import LARGEST_PASS, Announcement
from shared.ready import tell_ready
from shared.services.audit_seal import seal
from shared.settings import Settings, load_settings_or_exit
from worker.app import Gatehouse, create_celery
from worker.doorbell import Doorbell

MOST_SEALED = 500
"""Audit events sealed in one pass."""
LINGER = 0.02
"""Seconds between two passes at the least: under load one message carries many rows, a lone mail waits for nothing."""
BACKOFF = (0.2, 0.5, 1.0, 2.0, 5.0)
"""Seconds to wait after the first, second, ... failure of broker or database."""

logger = logging.getLogger(__name__)


class Relay:
    """One relay process."""

    def __init__(self, settings: Settings, celery: Gatehouse) -> None:
        """Prepare; ``run`` connects."""
        self._database = Database(settings, connections=2)
        self._settings = settings
        self._celery = celery
        self._doorbell = Doorbell(settings)
        self._stopping = threading.Event()
        self._failures = 0

    def stop(self) -> None:
        """End after the pass in hand."""
        self._stopping.set()
        self._doorbell.ring()

    def run(self) -> None:
        """Work until told to stop; survives the loss of broker and database."""
        self._doorbell.open()
        tell_ready()
        while not self._stopping.is_set():
            began = time.monotonic()
            try:
                more = self.one_pass()
                self._failures = 0
            except (BrokerError, OSError, SQLAlchemyError) as error:
                self._wait_after(error)
                continue
            if not more:
                self._stopping.wait(max(0.0, began + LINGER - time.monotonic()))
                self._doorbell.wait()
        self._doorbell.close()
        self._database.dispose()

    def one_pass(self) -> bool:
        """Seal what happened and announce what is due; True when there is more of either.

        Sealing comes first: it needs no broker.
        """
        with self._database.transaction() as session:
            sealed = seal(session, self._settings.keyring, MOST_SEALED)
        with self._database.transaction() as session:
            outbox.release_orphans(session)
            due = outbox.announce(session)
        if due:
            self._tell_broker(due)
        if due:
            logger.info("announced", extra={"rows": len(due), "sealed": sealed})
        return len(due) == LARGEST_PASS or sealed == MOST_SEALED

    def _tell_broker(self, due: list[Announcement]) -> None:
        batches: dict[tuple[str, str], list[str]] = defaultdict(list)
        for one in due:
            batches[one.task, one.queue].append(str(one.id))
        try:
            for (task, queue), ids in batches.items():
                for start in range(0, len(ids), LARGEST_BATCH):
                    self._celery.send_task(task, args=[ids[start : start + LARGEST_BATCH]], queue=queue)
        except (BrokerError, OSError):
            with self._database.transaction() as session:
                outbox.take_back(session, due)
            raise

    def _wait_after(self, error: Exception) -> None:
        pause = BACKOFF[min(self._failures, len(BACKOFF) - 1)]
        self._failures += 1
        logger.warning("waiting for broker or database", extra={"error": type(error).__name__, "pause": pause})
        self._stopping.wait(pause)


def main() -> None:
    """Run one relay until SIGTERM or SIGINT."""
    settings = load_settings_or_exit()
    configure_logging("relay")
    relay = Relay(settings, create_celery(settings))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: relay.stop())
    relay.run()


if __name__ == "__main__":
    main()
