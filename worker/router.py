"""Routing one role request: take its row, find the recipients, record that it is done, all in one transaction."""

import logging
from uuid import UUID

from shared import clock, outbox
from shared.db import Database
from shared.services.role_request_route import route
from shared.settings import Settings

logger = logging.getLogger(__name__)


class Router:
    """Routes the role requests of one worker process."""

    def __init__(self, settings: Settings, database: Database, worker: int) -> None:
        """Prepare; nothing connects before the first request."""
        self._settings = settings
        self._database = database
        self._worker = worker

    def route(self, row_id: UUID) -> None:
        """Route the request of one outbox row, if it is still to be routed; a second call does nothing.

        The row is taken in a transaction of its own, so that a request which kills its worker is counted and parked.
        """
        with self._database.transaction() as session:
            row = outbox.take(session, row_id, worker=self._worker)
            if row is None:
                outbox.park(session, row_id)
                return
        with self._database.transaction() as session:
            assignments = route(session, row.subject_id, settings=self._settings, now=clock.now(session))
            outbox.finish(session, row, "done")
        logger.info(
            "routed", extra={"role_request_id": str(row.subject_id), "row_id": str(row_id), "asked": len(assignments)}
        )
