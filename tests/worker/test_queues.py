from pathlib import Path

import pytest

from shared.messages import Chore, Queue, Task
from shared.settings import Settings
from worker.app import create_celery

PROCFILE = Path(__file__).parents[2] / "Procfile"


@pytest.fixture
def database_url() -> str:
    """Nothing here asks a database."""
    return "sqlite+pysqlite:///nowhere"


def worker_command() -> list[str]:
    lines = dict(line.split(": ", 1) for line in PROCFILE.read_text().splitlines())
    return lines["worker"].split()


def test_every_queue_has_a_listener() -> None:
    command = worker_command()
    heard = command[command.index("--queues") + 1].split(",")

    assert sorted(heard) == sorted(Queue)
    assert heard == list(Queue), "urgent ones first"


def test_every_task_that_a_message_or_the_calendar_can_name_is_there(settings: Settings) -> None:
    app = create_celery(settings, runs_tasks=True)
    app.loader.import_default_modules()

    assert set(app.tasks) >= {*Task, *Chore}
    app.close()


def test_the_calendar_asks_for_every_chore_and_for_nothing_else(settings: Settings) -> None:
    entries = create_celery(settings).conf.beat_schedule.values()

    assert sorted(entry["task"] for entry in entries) == sorted(Chore)
