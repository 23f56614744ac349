"""Rows that wait for a person: parked after five crashes, and not looked after since."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, exists, func, select
from sqlalchemy.orm import Session

from shared import clock
from shared.domain.deliveries import MailState
from shared.domain.role_requests import ItemStatus
from shared.messages import Task
from shared.models import IS_OPEN, Account, AuditEvent, Email, OutboxRow, RoleRequest, RoleRequestItem
from shared.services.figures_expressions import is_failed

LOOK_BACK: Final = timedelta(days=60)
"""Finished rows of the outbox stay for 30 days; older mails have none."""


@dataclass(frozen=True, slots=True)
class Parked:
    """Work that was given up for now. ``subject_id`` is the mail's or the request's."""

    task: Task
    subject_id: UUID
    at: datetime
    """By the database's own time."""


def parked_rows(session: Session) -> Sequence[Parked]:
    """List what is parked and still waits for a person, the newest first; the canary's is left out.

    A mail that was sent again since, and a request that reached its offices in the meantime or is being routed once
    more, wait for nobody.
    """
    mails = [
        Parked(Task.DELIVER_EMAILS, email_id, at)
        for email_id, at, sent_again in session.execute(_mails(clock.now(session) - LOOK_BACK))
        if at is not None and (sent_again is None or sent_again < at)
    ]
    requests = [
        Parked(Task.ROUTE_ROLE_REQUESTS, role_request_id, at)
        for role_request_id, at in session.execute(_requests())
        if at is not None
    ]
    return sorted([*mails, *requests], key=lambda one: one.at, reverse=True)


def _mails(since: datetime) -> Select[Any]:
    sent_again = (
        select(func.max(AuditEvent.at))
        .where(AuditEvent.subject_id == Email.id, AuditEvent.action == "email.resent")
        .scalar_subquery()
    )
    return select(Email.id, _parked_at(Email.id, Task.DELIVER_EMAILS), sent_again).where(
        is_failed(),
        Email.state == MailState.REFUSED,
        Email.created_at > since,
        # Said by the worker when it shows the mail as refused; saves a look at the outbox for every refused mail.
        Email.reason.startswith("parked"),
        Email.is_canary.is_(False),
    )


def _requests() -> Select[Any]:
    never_routed = exists().where(
        RoleRequestItem.role_request_id == RoleRequest.id, RoleRequestItem.status == ItemStatus.SUBMITTED
    )
    is_tried_again = exists().where(OutboxRow.subject_id == RoleRequest.id, OutboxRow.finished_at.is_(None))
    return (
        select(RoleRequest.id, _parked_at(RoleRequest.id, Task.ROUTE_ROLE_REQUESTS))
        .join(Account, Account.id == RoleRequest.account_id)
        .where(
            IS_OPEN,
            Account.is_canary.is_(False),
            never_routed,
            ~is_tried_again,
        )
    )


def _parked_at(subject_id: Any, task: Task) -> Any:
    """When the work about a subject was last parked; None when it never was."""
    return (
        select(func.max(OutboxRow.finished_at))
        .where(OutboxRow.subject_id == subject_id, OutboxRow.task == task, OutboxRow.outcome == "parked")
        .scalar_subquery()
    )
