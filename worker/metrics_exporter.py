"""Everything that is told to Prometheus: the sources of figures, and the database they are read from."""

from typing import Final
from wsgiref.types import WSGIApplication

from prometheus_client import make_wsgi_app
from prometheus_client.registry import CollectorRegistry
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from shared.db import Database
from shared.settings import Settings
from worker import metrics_gauges as gauges
from worker.metrics_canary import Canary
from worker.metrics_mails import MailCounters
from worker.metrics_reading import Reading, Seldom, Source

CONNECTIONS: Final = 2
ACCOUNTS_EVERY: Final = 300.0
"""Seconds between two counts of all accounts."""


def sources(settings: Settings) -> list[Source]:
    """Everything that is told, in the order of telling; a new kind of figure is one more source."""
    return [
        gauges.queues,
        gauges.parked,
        gauges.requests,
        gauges.audit,
        Seldom(gauges.accounts, every=ACCOUNTS_EVERY),
        MailCounters().read,
        Canary(settings).read,
    ]


class Exporter:
    """The figures of one installation, counted by this process."""

    def __init__(self, settings: Settings) -> None:
        """Prepare; connects when somebody asks."""
        self._database = Database(settings, connections=CONNECTIONS)
        registry = CollectorRegistry()
        registry.register(Reading(self._database, sources(settings)))
        self.metrics: WSGIApplication = make_wsgi_app(registry)
        """Answers with all figures, in the text format of Prometheus."""

    def is_ready(self) -> bool:
        """True when the database answers."""
        try:
            with self._database.reading() as session:
                session.execute(text("SELECT 1"))
        except SQLAlchemyError:
            return False
        return True

    def close(self) -> None:
        """Let go of the database."""
        self._database.dispose()
