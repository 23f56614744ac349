"""The queues mail.urgent and mail.notice."""

from typing import Any
from uuid import UUID

from celery import shared_task

from shared.messages import Task
from worker.batches import within_a_minute


@shared_task(name=Task.DELIVER_EMAILS, bind=True)
def deliver_emails(self: Any, row_ids: list[str]) -> None:
    """Send the mails that are still due, one row at a time; a second run of the same ids does nothing."""
    for row_id in within_a_minute(row_ids):
        self.app.workshop.mailer.deliver(UUID(row_id))
