"""The tables: they are the truth, the broker is only a hint."""

from shared.models.accounts import Account, Staff
from shared.models.audit import AuditEvent, AuditSeal, AuditUnsealed
from shared.models.base import Base
from shared.models.canary import CanaryWalk
from shared.models.clock import ClockOffset
from shared.models.decisions import DecisionChallenge, RememberedBrowser
from shared.models.email_changes import EmailChange
from shared.models.emails import Email
from shared.models.links import Link
from shared.models.memberships import Administrator, Membership
from shared.models.names import NamePiece, NameShelf, OperatorName, RankedNames, UnrankedName, UnshelvedName
from shared.models.organisations import (
    OperatorActivity,
    OperatorDetails,
    Organisation,
    Post,
    Recognition,
    TracesCounter,
)
from shared.models.outbox import OutboxRow
from shared.models.role_requests import IS_OPEN, Assignment, AssignmentItem, RoleKindHold, RoleRequest, RoleRequestItem
from shared.models.visits import Captcha, IdempotencyKey, LoginSession, Throttle

__all__ = [
    "IS_OPEN",
    "Account",
    "Administrator",
    "Assignment",
    "AssignmentItem",
    "AuditEvent",
    "AuditSeal",
    "AuditUnsealed",
    "Base",
    "CanaryWalk",
    "Captcha",
    "ClockOffset",
    "DecisionChallenge",
    "Email",
    "EmailChange",
    "IdempotencyKey",
    "Link",
    "LoginSession",
    "Membership",
    "NamePiece",
    "NameShelf",
    "OperatorActivity",
    "OperatorDetails",
    "OperatorName",
    "Organisation",
    "OutboxRow",
    "Post",
    "RankedNames",
    "Recognition",
    "RememberedBrowser",
    "RoleKindHold",
    "RoleRequest",
    "RoleRequestItem",
    "Staff",
    "Throttle",
    "TracesCounter",
    "UnrankedName",
    "UnshelvedName",
]
