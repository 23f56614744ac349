"""The contract between the relay and the worker: names of tasks and queues, written once.

A message carries ids of outbox rows and nothing else: whatever it says, the rows are the truth (S2, F23).
"""

from enum import StrEnum
from typing import Final


class Queue(StrEnum):
    """The queues, in the order in which the relay announces them."""

    MAIL_URGENT = "mail.urgent"
    MAIL_NOTICE = "mail.notice"
    ROUTING = "routing"
    HOUSEKEEPING = "housekeeping"


class Task(StrEnum):
    """The tasks the outbox can ask for; each takes one argument, a list of row ids."""

    DELIVER_EMAILS = "emails.deliver"
    ROUTE_ROLE_REQUESTS = "role_requests.route"


class Chore(StrEnum):
    """The tasks that beat asks for; they take no argument and may run twice without harm."""

    ADVANCE_ROLE_REQUESTS = "housekeeping.advance_role_requests"
    REROUTE_ROLE_REQUESTS = "housekeeping.reroute_role_requests"
    TIDY = "housekeeping.tidy"
    READ_BOUNCES = "housekeeping.read_bounces"
    WALK_CANARY = "housekeeping.walk_canary"


LARGEST_BATCH: Final = 100
"""Row ids in one message at the most: one Celery task per mail stops near 1 000 a second."""
