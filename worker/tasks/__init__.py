"""All tasks, by queue."""

from worker.tasks import emails

__all__ = ["emails"]
