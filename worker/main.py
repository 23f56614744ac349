"""The application for Celery's command line: ``celery --app worker.main worker``, ``beat`` or ``flower``."""

from shared.logs import configure_logging
from shared.settings import load_settings_or_exit
from worker.app import create_celery
from worker.signals import connect_signals

settings = load_settings_or_exit()
configure_logging("worker")
app = create_celery(settings)
connect_signals(app)
