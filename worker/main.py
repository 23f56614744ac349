"""The application for Celery's command line: ``celery --app worker.main worker``, ``beat`` or ``flower``."""

import sys

from shared.logs import configure_logging
from shared.settings import load_settings_or_exit
from worker.app import create_celery
from worker.signals import connect_signals

PROCESS = "beat" if "beat" in sys.argv else "worker"

settings = load_settings_or_exit()
configure_logging(PROCESS)
app = create_celery(settings, runs_tasks=PROCESS == "worker")
connect_signals(app, PROCESS)
