"""What happens when Celery's own processes come up and go down."""

import logging
from typing import Any

from celery.signals import beat_init, setup_logging, worker_init, worker_ready, worker_shutdown
from sqlalchemy.exc import SQLAlchemyError

from shared.logs import configure_logging
from shared.ready import tell_ready
from worker.app import Gatehouse
from worker.queues import await_our_kind, is_rabbitmq

logger = logging.getLogger(__name__)


def connect_signals(app: Gatehouse, process: str) -> None:
    """Keep our own logging, announce readiness, and let go of rows and connections at the end."""

    @setup_logging.connect(weak=False)
    def keep_our_logging(**_: Any) -> None:
        configure_logging(process)

    @worker_init.connect(weak=False)
    def worker_begins(**_: Any) -> None:
        if is_rabbitmq(app.settings):
            await_our_kind(app)

    @worker_ready.connect(weak=False)
    def worker_is_ready(**_: Any) -> None:
        try:
            app.workshop.start()
        except SQLAlchemyError:
            # It goes on without: the relay announces in time what a worker before this one dropped.
            logger.warning("the database does not answer; dropped work is not asked for")
        tell_ready()

    @beat_init.connect(weak=False)
    def beat_is_ready(**_: Any) -> None:
        tell_ready()

    @worker_shutdown.connect(weak=False)
    def worker_stops(**_: Any) -> None:
        app.workshop.stop()
