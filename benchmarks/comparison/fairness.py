"""Whether the plain application is a fair one: what its web server and its worker do at most."""

import time
from pathlib import Path

from celery import Celery

from benchmarks.apps import App, plain_web, run_load
from benchmarks.comparison.scale import Scale
from benchmarks.processes import accepts, running

TITLE = "The limits of the plain application's web server and worker"
CLIENTS = 8
WEB_VERDICT = "The plain app's sign-ups/s are {:.1f} % of the null view's requests/s (fair from 4 %)."
WORKER_VERDICT = "Its worker's mails/s are {:.0f} % of no-op tasks/s (fair from 30 %)."
REQUESTS = f"null view, {CLIENTS} clients: requests/s"
TASKS = "no-op tasks/s, one process"
MODULE = "benchmarks.plain.limits"


def measure(app: App, scale: Scale) -> dict[str, float]:
    """Requests to a view and tasks that do nothing."""
    place = app.place
    words = plain_web(f"{MODULE}:create_app()", place.port)
    with running("null", words, variables={}, folder=place.folder, is_ready=lambda: accepts(place.port)):
        answer = run_load(place.port, kind="nothing", clients=CLIENTS, seconds=scale.seconds, warm_up=scale.warm_up)
    return {
        REQUESTS: answer["units"] / answer["seconds"],
        TASKS: _tasks_per_second(app, scale.drained),
    }


def _tasks_per_second(app: App, count: int) -> float:
    began, ended = (app.place.folder / name for name in ("began", "ended"))
    with Celery(broker=app.place.broker) as celery:
        celery.send_task(f"{MODULE}.note_time", [str(began)])
        for _ in range(count):
            celery.send_task(f"{MODULE}.do_nothing")
        celery.send_task(f"{MODULE}.note_time", [str(ended)])
    with app.worker_tier(single=True):
        _wait_for(ended)
    return count / (float(ended.read_text()) - float(began.read_text()))


def _wait_for(path: Path) -> None:
    end = time.monotonic() + 120
    while not path.exists() or not path.read_text():
        if time.monotonic() > end:
            raise RuntimeError("the worker did not finish the tasks that do nothing")
        time.sleep(0.05)
