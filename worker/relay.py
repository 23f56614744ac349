"""The relay: tells the broker of due work in the outbox, and seals the audit events. ``python -m worker.relay``.

Any number of relays may run. It is woken by a datagram or by NOTIFY and looks by itself every second, so that nothing
depends on being woken.
"""

import logging
import signal
import time
from collections import defaultdict
from math import ceil, inf

from sqlalchemy.exc import SQLAlchemyError

from shared import outbox
from shared.db import Database
from shared.logs import configure_logging
from shared.messages import LARGEST_BATCH, Queue, Task
from shared.outbox import LARGEST_PASS, Announcement
from shared.ready import tell_ready
from shared.services.audit_seal import seal
from shared.settings import Settings, load_settings_or_exit
from worker.app import Gatehouse, create_celery
from worker.doorbell import Doorbell
from worker.pace import Pace
from worker.queues import Backlog, broker_errors, is_other_kind, tell_of_other_kind

MOST_SEALED = 500
"""Audit events sealed in one transaction."""
MOST_NAMED = 20
"""Rows of a pass that its line in the log names; of the others the table says when they were announced."""
THREADS = 8
"""Messages over which the rows of a pass are spread if there are enough: a worker has as many threads, and each does
the rows of a message one after the other."""
FEWEST = 4
"""Rows of a message below which spreading costs more than it gives."""
LINGER = 0.05
"""Seconds from a pass that was rung for to the next at the least: under load one message carries many rows, a lone mail
waits for nothing, nor for a pass that only sealed."""
SEAL_EVERY = 0.25
"""Seconds between two sealings at the least: what a seal costs is shared by the events of that time."""
SEAL_FOR = 0.5
"""Seconds after which a pass seals no more."""
ROOM_AGAIN = 0.25
"""Seconds until a relay looks again that left rows where they are because their queue is long."""
LOOK_EVERY = 1.0
"""Seconds between two looks for workers that died."""
BACKOFF = (0.2, 0.5, 1.0, 2.0, 5.0)
"""Seconds to wait after the first, second, ... failure of broker or database."""
SEEN_WITHIN = 3.0
"""Seconds between two looks beyond which a worker that both missed may have been there in between."""
MISSING_FOR = 5.0
"""Seconds without its lock after which a worker counts as dead; one that lost its connection has it back within two."""
CONFIRM_WITHIN = 15
"""Seconds RabbitMQ may take to confirm a message; one that is frozen would hold the relay for ever."""

logger = logging.getLogger(__name__)


class Relay:
    """One relay process."""

    def __init__(self, settings: Settings, celery: Gatehouse) -> None:
        """Prepare; ``run`` connects."""
        self._database = Database(settings, connections=2)
        self._settings = settings
        self._celery = celery
        self._backlog = Backlog(celery)
        self._broker_errors = broker_errors(celery)
        self._passing: tuple[type[Exception], ...] = (SQLAlchemyError, *self._broker_errors)
        self._is_new = True
        self._missing: dict[int, float] = {}
        self._looked_at = 0.0
        self._sealing = Pace(SEAL_EVERY)
        self._looking = Pace(LOOK_EVERY)
        self._doorbell = Doorbell(settings)
        self._is_stopping = False
        self._failures = 0
        self._left_unsealed = False
        """True after a pass for which it was too early to seal, or which did not get through with it."""
        self._left_waiting = False
        """True after a pass that left rows where they are, because a queue is long."""

    def stop(self) -> None:
        """End after the pass in hand; takes no lock, so that a signal handler may call it at any moment."""
        self._is_stopping = True
        self._doorbell.ring()

    def run(self) -> None:
        """Work until told to stop; survives the loss of broker and database."""
        self._doorbell.open()
        tell_ready()
        was_rung = False
        while not self._is_stopping:
            began = time.monotonic()
            try:
                self._catch_up()
                more = self.one_pass()
                self._failures = 0
            except self._passing as error:
                self._wait_after(error)
                continue
            if more:
                continue
            if was_rung:
                time.sleep(max(0.0, began + LINGER - time.monotonic()))
            was_rung = self._doorbell.wait(at_most=self._longest_wait())
        self._doorbell.close()
        self._database.dispose()

    def one_pass(self) -> bool:
        """Announce what is due and seal what happened; True when there is more to announce.

        A mail waits for nothing, so sealing comes second; it needs no broker, so it comes also when that is away.
        """
        try:
            return self._announce()
        finally:
            self._seal()

    def _announce(self) -> bool:
        """Tell the broker what is due; rows stay due while their queue is long: its messages say enough."""
        queues = self._backlog.with_room()
        self._left_waiting = len(queues) < len(Queue)
        with self._database.transaction() as session:
            if self._looking.take_turn():
                outbox.release_orphans(session, self._dead(outbox.missing_workers(session)))
            due = outbox.announce(session, queues=queues)
        if due:
            self._tell_broker(due)
            named = [str(one.id) for one in due[:MOST_NAMED]]
            logger.info("announced", extra={"rows": len(due), "row_ids": named})
        return len(due) == LARGEST_PASS

    def _longest_wait(self) -> float:
        unsealed = self._sealing.remaining() if self._left_unsealed else inf
        return min(unsealed, ROOM_AGAIN if self._left_waiting else inf)

    def _seal(self) -> None:
        """Seal what happened, when it is time again, but not for long: mails wait."""
        self._left_unsealed = True
        if not self._sealing.take_turn():
            return
        end = time.monotonic() + SEAL_FOR
        while True:
            with self._database.transaction() as session:
                self._left_unsealed = seal(session, self._settings.keyring, MOST_SEALED) == MOST_SEALED
            if not self._left_unsealed or time.monotonic() >= end:
                return

    def _dead(self, missing: set[int]) -> list[int]:
        """Those of the missing workers that have been so for a while: the others may only have lost a connection.

        Nobody is known to have been missing in a time without looks.
        """
        now = time.monotonic()
        seen = self._missing if now - self._looked_at < SEEN_WITHIN else {}
        self._missing = {worker: seen.get(worker, now) for worker in missing}
        self._looked_at = now
        return [worker for worker, since in self._missing.items() if now - since >= MISSING_FOR]

    def _catch_up(self) -> None:
        """Announce afresh, once, what a relay before this one may have noted as announced when it died."""
        if self._is_new:
            with self._database.transaction() as session:
                for task in Task:
                    outbox.announce_afresh(session, task)
            self._is_new = False

    def _tell_broker(self, due: list[Announcement]) -> None:
        batches: dict[tuple[str, str], list[str]] = defaultdict(list)
        for one in due:
            batches[one.task, one.queue].append(str(one.id))
        try:
            for (task, queue), ids in batches.items():
                size = min(LARGEST_BATCH, max(FEWEST, ceil(len(ids) / THREADS)))
                for start in range(0, len(ids), size):
                    some = ids[start : start + size]
                    self._celery.send_task(task, args=[some], queue=queue, confirm_timeout=CONFIRM_WITHIN)
                    self._backlog.grew(queue)
        except self._broker_errors:
            with self._database.transaction() as session:
                outbox.take_back(session, [one.id for one in due])
            raise

    def _wait_after(self, error: Exception) -> None:
        if is_other_kind(error):
            tell_of_other_kind(error)
        pause = BACKOFF[min(self._failures, len(BACKOFF) - 1)]
        self._failures += 1
        logger.warning("waiting for broker or database", extra={"error": type(error).__name__, "pause": pause})
        end = time.monotonic() + pause
        while not self._is_stopping and time.monotonic() < end:
            time.sleep(0.05)


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
