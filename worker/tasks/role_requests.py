"""The queue routing."""

from typing import Any

from celery import shared_task

from shared.messages import Task
from worker.batches import one_by_one


@shared_task(name=Task.ROUTE_ROLE_REQUESTS, bind=True)
def route_role_requests(self: Any, row_ids: list[str]) -> None:
    """Find out who decides, and write to them; a second run of the same ids does nothing."""
    workshop = self.app.workshop
    one_by_one(row_ids, workshop.router.route, heartbeat=workshop.heartbeat, give_back=workshop.give_back)
