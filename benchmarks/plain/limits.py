"""What Flask and Celery do at most here: a view and a task that do nothing, for judging whether the rest is fair."""

import time
from pathlib import Path

from celery import shared_task
from flask import Flask


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/")
    def nothing() -> str:
        return ""

    return app


@shared_task
def do_nothing() -> None:
    """The limit of one task a mail."""


@shared_task
def note_time(path: str) -> None:
    """Write down when the worker came to this."""
    Path(path).write_text(str(time.monotonic()))
