"""What the tasks of one worker process work with: settings, database, mailer, and the process's own number."""

import secrets
from collections.abc import Sequence
from uuid import UUID

from shared import outbox
from shared.db import Database
from shared.messages import Task
from shared.settings import Settings
from worker.heartbeat import Heartbeat
from worker.mailer import Mailer
from worker.router import Router


class Workshop:
    """Made once per worker process; safe to use from its threads."""

    def __init__(self, settings: Settings) -> None:
        """Prepare everything; nothing connects before it is used."""
        self.settings = settings
        self.database = Database(settings, connections=settings.worker_concurrency + 2)
        self.number = secrets.randbelow(2**31 - 1) + 1
        self.heartbeat = Heartbeat(self.database, self.number)
        self.mailer = Mailer(settings, self.database, self.number)
        self.router = Router(settings, self.database, self.number)

    def start(self) -> None:
        """Begin to give signs of life, and ask for the work that a worker before this one may have dropped.

        Messages in the hands of a process that was killed come back only after minutes; the rows know better.
        """
        self.heartbeat.start()
        with self.database.transaction() as session:
            for task in Task:
                outbox.announce_afresh(session, task)

    def give_back(self, row_ids: Sequence[UUID]) -> None:
        """Have rows announced anew that were announced to this process and not tried."""
        with self.database.transaction() as session:
            outbox.take_back(session, row_ids)
            outbox.ask_for_relay(session)

    def stop(self) -> None:
        """Close connections; rows still leased go back when their lease ends."""
        self.heartbeat.stop()
        self.database.dispose()
