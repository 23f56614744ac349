"""What the tasks of one worker process work with: settings, database, mailer, and the process's own number."""

import secrets

from shared.db import Database
from shared.settings import Settings
from worker.heartbeat import Heartbeat
from worker.mailer import Mailer


class Workshop:
    """Made once per worker process; safe to use from its threads."""

    def __init__(self, settings: Settings) -> None:
        """Prepare everything; nothing connects before it is used."""
        self.settings = settings
        self.database = Database(settings, connections=settings.worker_concurrency + 2)
        self.number = secrets.randbelow(2**31 - 1) + 1
        self.heartbeat = Heartbeat(self.database, self.number)
        self.mailer = Mailer(settings, self.database, self.number)

    def start(self) -> None:
        """Begin to give signs of life."""
        self.heartbeat.start()

    def stop(self) -> None:
        """Close connections; rows still leased go back when their lease ends."""
        self.heartbeat.stop()
        self.database.dispose()
