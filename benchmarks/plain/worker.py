"""The application for Celery's command line: ``celery --app benchmarks.plain.worker worker``."""

import os
from pathlib import Path
from typing import Any

from celery.signals import worker_ready

from benchmarks.plain import limits  # noqa: F401 - registers its tasks
from benchmarks.plain.app import create_app

celery = create_app().extensions["celery"]


@worker_ready.connect
def tell_ready(**_: Any) -> None:
    Path(os.environ["READY_FILE"]).touch()
