"""Several requests decided at one go: which of them may be, and how each of them ended (R71, S25, S27, S32, S33).

Each is decided by ``role_request_decide.decide`` in a transaction of its own; here is only what is said around that.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy.orm import Session

from shared.domain.environments import Environment
from shared.domain.errors import DomainError, FieldErrors, NotAnApprover, OwnRequest, RequestWithdrawn
from shared.domain.role_requests import ItemStatus
from shared.models import Account
from shared.services.decision_lookup import lookup
from shared.services.decision_shown import Concluded, ToDecide
from shared.services.decision_target import DecidedBefore
from shared.services.decisions_waiting import token_to
from shared.services.role_request_verdict import Decision
from shared.settings import Settings

MOST_TOGETHER = 50


class Concern(StrEnum):
    """Why a request is not accepted among others: somebody has to look at this one by itself."""

    LOOK_ALIKE = "look_alike"
    SCRIPTS = "scripts"
    ORGANISATION_NAME = "organisation_name"
    SHARED_MAILBOX = "shared_mailbox"
    ADMINISTRATOR = "administrator"
    FRESH_PROOF = "fresh_proof"


class End(StrEnum):
    """How one of several requests ended."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    DECIDED_BEFORE = "decided_before"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    NOT_ALLOWED = "not_allowed"
    OWN_REQUEST = "own_request"
    CHANGED = "changed"
    ALONE = "alone"
    UNREACHABLE = "unreachable"
    """No link leads to it: it was never this person's, or its link is locked or too old."""
    FAILED = "failed"


OPEN_ENDS = frozenset({End.CHANGED, End.ALONE, End.FAILED})
"""After these the same person can still decide."""
DONE = {Decision.ACCEPT: End.ACCEPTED, Decision.REJECT: End.REJECTED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How one request ended; ``office``, ``at`` and ``statuses`` where it was over already."""

    assignment_id: UUID
    end: End
    office: str | None = None
    at: datetime | None = None
    statuses: tuple[ItemStatus, ...] = ()
    concerns: tuple[Concern, ...] = ()


def look(
    session: Session,
    account: Account,
    environment: Environment,
    assignment_id: UUID,
    *,
    settings: Settings,
    now: datetime,
) -> ToDecide | Outcome:
    """Show one of them to the person who was asked, or say why there is nothing to decide; changes nothing."""
    token = token_to(session, account, environment, assignment_id, keyring=settings.keyring, also_closed=True)
    if token is None:
        return Outcome(assignment_id=assignment_id, end=End.UNREACHABLE)
    try:
        shown = lookup(session, token, settings=settings, now=now, actor_account_id=account.id)
    except DomainError as error:
        return outcome_of(error, assignment_id=assignment_id)
    if not isinstance(shown, Concluded):
        return shown
    return Outcome(
        assignment_id=assignment_id,
        end=_end_of(shown),
        office=shown.office,
        at=shown.at,
        statuses=shown.statuses,
    )


def concerns_of(shown: ToDecide) -> tuple[Concern, ...]:
    """Say why this one is not accepted among others; nothing for one that may be.

    Left out is whatever the page of the request warns of, whatever asks for a fresh proof (decision 7), and whatever
    that page proposes the right of an administrator for: that right is given only by somebody who looks at it.
    """
    applicant = shown.applicant
    found = {
        Concern.LOOK_ALIKE: bool(shown.look_alikes),
        Concern.SCRIPTS: applicant.name_mixes_scripts,
        Concern.ORGANISATION_NAME: applicant.looks_like_organisation,
        Concern.SHARED_MAILBOX: applicant.is_role_mailbox,
        Concern.ADMINISTRATOR: shown.administrator_is_default,
        Concern.FRESH_PROOF: shown.acceptance_needs_fresh_proof,
    }
    return tuple(concern for concern, is_there in found.items() if is_there)


def outcome_of(error: DomainError, *, assignment_id: UUID) -> Outcome:
    """Say how a request ended that a rule refused to decide."""
    if isinstance(error, DecidedBefore):
        end = End.EXPIRED if error.status is ItemStatus.EXPIRED else End.DECIDED_BEFORE
        return Outcome(assignment_id=assignment_id, end=end, office=error.office, at=error.at, statuses=(error.status,))
    ends = {
        RequestWithdrawn: End.WITHDRAWN,
        NotAnApprover: End.NOT_ALLOWED,
        OwnRequest: End.OWN_REQUEST,
        FieldErrors: End.CHANGED,
    }
    return Outcome(assignment_id=assignment_id, end=ends.get(type(error), End.UNREACHABLE))


def _end_of(shown: Concluded) -> End:
    if shown.office is not None:
        return End.DECIDED_BEFORE
    return End.EXPIRED if ItemStatus.EXPIRED in shown.statuses else End.WITHDRAWN
