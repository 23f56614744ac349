"""The queues mail.urgent and mail.notice."""

from typing import Any

from celery import shared_task

from shared.messages import Task
from worker.batches import one_by_one


@shared_task(name=Task.DELIVER_EMAILS, bind=True)
def deliver_emails(self: Any, row_ids: list[str]) -> None:
    """Send the mails that are still due, one row at a time; a second run of the same ids does nothing."""
    workshop = self.app.workshop
    due = workshop.mailer.still_to_do(row_ids)
    one_by_one(due, workshop.mailer.deliver, heartbeat=workshop.heartbeat, give_back=workshop.give_back)
