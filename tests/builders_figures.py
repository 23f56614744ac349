"""Mails with their work, unfinished and finished, at chosen times; see ``tests.builders``."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from shared import clock
from shared.messages import Queue, Task
from shared.models import Email, OutboxRow, RoleRequest
from shared.models.base import new_id
from tests.builders import an_account
from tests.builders_role_requests import a_role_request

ENDS = {"sent": "done", "refused": "refused", "obsolete": "obsolete"}
"""The outcome of the work that left a mail in a state."""


def a_mail(
    session: Session,
    *,
    to: str = "ann@people.example",
    state: str = "waiting",
    ago: timedelta = timedelta(0),
    took: timedelta = timedelta(seconds=1),
    row: dict[str, Any] | None = None,
    **changes: Any,
) -> Email:
    """A mail written some time ago and the one row of work about it, with what ``row`` says.

    Unless its state is ``waiting`` the work ended after the time it took; a held mail has no work.
    """
    at = clock.database_time(session) - ago
    values: dict[str, Any] = {
        "id": new_id(),
        "template": "decide",
        "recipient": to,
        "recipient_key": to,
        "language": "en",
        "context": {},
        "state": state,
        "created_at": at,
        "sent_at": at + took if state == "sent" else None,
    }
    email = Email(**values | changes)
    session.add(email)
    if state != "held":
        finished = {} if state == "waiting" else {"outcome": ENDS[state], "finished_at": at + took}
        some_work(session, email.id, at=at, **finished | (row or {}))
    session.flush()
    return email


def a_parked_mail(session: Session, *, ago: timedelta = timedelta(0), **changes: Any) -> Email:
    """A mail that was given up after five crashes, as the worker shows it."""
    shown = {"state": "refused", "reason": "parked: it could not be written or sent"}
    return a_mail(session, ago=ago, row={"outcome": "parked", "crashes": 5}, **shown | changes)


def a_request_whose_routing_is_parked(session: Session, **changes: Any) -> RoleRequest:
    """A request that no office was found for, however often it was tried; ``changes`` are of its applicant."""
    at = clock.database_time(session)
    request = a_role_request(session, an_account(session, **changes), status="submitted", now=at)
    some_work(
        session,
        request.id,
        at=at,
        task=Task.ROUTE_ROLE_REQUESTS,
        queue=Queue.ROUTING,
        outcome="parked",
        finished_at=at,
    )
    return request


def some_work(session: Session, subject_id: Any, *, at: datetime, **changes: Any) -> OutboxRow:
    """A row about a subject, written and due ``at`` that time."""
    values: dict[str, Any] = {
        "task": Task.DELIVER_EMAILS,
        "queue": Queue.MAIL_URGENT,
        "subject_id": subject_id,
        "created_at": at,
        "next_attempt_at": at,
        "announce_at": at,
    }
    work = OutboxRow(**values | changes)
    session.add(work)
    session.flush()
    return work
