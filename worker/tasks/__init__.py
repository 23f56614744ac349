"""All tasks, by queue."""

from worker.tasks import emails, housekeeping, role_requests

__all__ = ["emails", "housekeeping", "role_requests"]
