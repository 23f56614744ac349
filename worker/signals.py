"""What happens when Celery's own processes come up and go down."""

from typing import Any

from celery.signals import beat_init, setup_logging, worker_ready, worker_shutdown

from shared.logs import configure_logging
from shared.ready import tell_ready
from worker.app import Gatehouse


def connect_signals(app: Gatehouse, process: str) -> None:
    """Keep our own logging, announce readiness, and let go of rows and connections at the end."""

    @setup_logging.connect(weak=False)
    def keep_our_logging(**_: Any) -> None:
        configure_logging(process)

    @worker_ready.connect(weak=False)
    def worker_is_ready(**_: Any) -> None:
        app.workshop.start()
        tell_ready()

    @beat_init.connect(weak=False)
    def beat_is_ready(**_: Any) -> None:
        tell_ready()

    @worker_shutdown.connect(weak=False)
    def worker_stops(**_: Any) -> None:
        app.workshop.stop()
