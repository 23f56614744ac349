import ast
from pathlib import Path

import pytest

from shared.messages import Chore, Queue, Task
from shared.settings import Settings
from worker.app import create_celery

ROOT = Path(__file__).parents[2]
PROCFILE = ROOT / "Procfile"


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


def test_no_message_carries_a_time() -> None:
    """When something is to be done is a column: a broker hands out a message with a time again and again."""
    calls = [
        (call.func.attr, {keyword.arg for keyword in call.keywords})
        for path in (ROOT / "worker").rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)
    ]

    published = [keywords for name, keywords in calls if name == "send_task"]
    assert published == [{"args", "queue", "confirm_timeout"}]
    assert not [name for name, _ in calls if name in {"apply_async", "delay"}]
    assert not [name for name, keywords in calls if keywords & {"eta", "countdown"}]
