"""What a recipient is shown of a request: plain values, the same for pages and API (contract: decisions/lookup)."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from shared.domain.environments import Environment
from shared.domain.organisations import OperatorStatus
from shared.domain.role_requests import ItemStatus
from shared.domain.roles import RoleKind
from shared.services.role_request_reasons import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicantShown:
    """Who asks, and what an approver should look at twice (C8, R17, S39)."""

    first_name: str
    last_name: str
    username: str
    email: str
    name_scripts: tuple[str, ...]
    """English names of the scripts of the name's letters, such as ``("Cyrillic", "Latin")``."""
    name_mixes_scripts: bool
    """The letters are of scripts that are not written together: perhaps one name dressed up as another."""
    looks_like_organisation: bool
    is_role_mailbox: bool
    """The address names an office rather than a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemShown:
    """One post that is asked for; ``country`` is an ISO code, for a control body of the country it certifies."""

    id: UUID
    post_id: UUID
    kind: RoleKind
    name: str
    address: str
    code: str | None
    role: str | None
    traces_number: str | None
    country: str | None
    activities: tuple[str, ...]
    """What an operator does, as lists say it; nothing for others."""
    status: ItemStatus
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityShown:
    """One activity of an operator; ``activity`` is its code, ``control_body`` a name."""

    activity: str
    identifier: str | None
    control_body: str | None
    valid_from: datetime | None
    valid_to: datetime | None
    publication_date: date | None
    application_date: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorShown:
    """An operator with everything that was typed or loaded; ``email`` is contact data and never written to (S30)."""

    id: UUID
    name: str
    address: str
    country: str | None
    status: OperatorStatus
    traces_number: str | None
    region: str | None
    city: str | None
    street: str | None
    latitude: float | None
    longitude: float | None
    phone: str | None
    fax: str | None
    email: str | None
    website: str | None
    eori: str | None
    section_chapter: str | None
    activities: tuple[ActivityShown, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ToDecide:
    """A request that waits for this recipient. The page sends ``version`` back with the decision."""

    role_request_id: UUID
    assignment_id: UUID
    environment: Environment
    version: int
    office: str
    """The office this recipient stands for."""
    recipient: str
    """The address the mail went to."""
    recipient_key: str
    """Names the recipient across requests: what a browser is remembered for."""
    asks_decider_name: bool
    """The recipient is an office mailbox: whoever decides gives a name."""
    reasons: tuple[Reason, ...]
    also_asked: tuple[str, ...]
    """Names of other offices that hold the request."""
    applicant: ApplicantShown
    message: str | None
    contact_email: str | None
    contact_phone: str | None
    items: tuple[ItemShown, ...]
    """All that the assignment covers; those decided before show their status."""
    new_operator: OperatorShown | None
    look_alikes: tuple[OperatorShown, ...]
    """Operators that the new one may be a copy of (C7)."""
    administrator_is_default: bool
    """How the administrator's tick stands: set where the applicant is the first person of every organisation."""
    acceptance_needs_fresh_proof: bool
    """A browser that is remembered is asked for a code all the same, unless it gave one within 12 hours."""
    administrator_needs_fresh_proof: bool
    """Likewise as soon as the tick is set."""
    submitted_at: datetime
    since: datetime
    due: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Concluded:
    """Nothing is left to decide: which office, when, and how; nothing about any person.

    ``office`` is None where nobody decided; ``statuses`` are those of the items, each once.
    """

    environment: Environment
    office: str | None
    at: datetime | None
    statuses: tuple[ItemStatus, ...]
