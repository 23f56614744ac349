"""The tables: they are the truth, the broker is only a hint."""

from shared.models.accounts import Account, Staff
from shared.models.audit import AuditEvent, AuditSeal, AuditUnsealed
from shared.models.base import Base
from shared.models.clock import ClockOffset
from shared.models.decisions import DecisionChallenge, RememberedBrowser
from shared.models.emails import Email
from shared.models.links import Link
from shared.models.memberships import Administrator, Membership
from shared.models.organisations import (
    OperatorActivity,
    OperatorDetails,
    Organisation,
    Post,
    Recognition,
    TracesCounter,
)
from shared.models.outbox import OutboxRow
from shared.models.role_requests import Assignment, AssignmentItem, RoleKindHold, RoleRequest, RoleRequestItem
from shared.models.visits import Captcha, IdempotencyKey, LoginSession, Throttle

__all__ = [
    "Account",
    "Administrator",
    "Assignment",
    "AssignmentItem",
    "AuditEvent",
    "AuditSeal",
    "AuditUnsealed",
    "Base",
    "Captcha",
    "ClockOffset",
    "DecisionChallenge",
    "Email",
    "IdempotencyKey",
    "Link",
    "LoginSession",
    "Membership",
    "OperatorActivity",
    "OperatorDetails",
    "Organisation",
    "OutboxRow",
    "Post",
    "Recognition",
    "RememberedBrowser",
    "RoleKindHold",
    "RoleRequest",
    "RoleRequestItem",
    "Staff",
    "Throttle",
    "TracesCounter",
]
