"""Flower for the people on call: the real queues, behind a password, read-only. ``python -m worker.flower``.

It is not started by Celery's own command, because that starts it without a password when nobody set one (S47).
"""

import logging
import sys

from shared.logs import configure_logging
from shared.settings import load_settings_or_exit
from worker.app import create_celery

MOST_TASKS = 1_000
"""Tasks of late that Flower can show; what became of a mail stands in the tables."""


def main() -> None:
    """Run Flower until SIGTERM; refuses to start without ``FLOWER_BASIC_AUTH``."""
    settings = load_settings_or_exit()
    if settings.flower_basic_auth is None:
        sys.stderr.write("gatehouse: FLOWER_BASIC_AUTH is missing; Flower does not start without a password\n")
        raise SystemExit(2)
    configure_logging("flower")
    # It asks workers that are still starting, and says so a dozen times.
    logging.getLogger("flower.inspector").setLevel(logging.ERROR)
    # Flower reads the password from its own variable of the same name: it stays out of the list of processes.
    create_celery(settings).start(
        [
            "--quiet",
            "flower",
            f"--address={settings.bind}",
            f"--port={settings.flower_port}",
            # Its API could start and revoke tasks otherwise, with the password alone.
            "--read-only=True",
            "--logging=warning",
            # It keeps what it heard of each task; the default of 100 000 takes half a gigabyte.
            f"--max-tasks={MOST_TASKS}",
        ]
    )


if __name__ == "__main__":
    main()
