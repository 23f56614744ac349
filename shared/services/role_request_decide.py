"""Deciding on a request, from a mail or logged in; the first decision counts (R67 to R72, S25, S27, S32, S33)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import NoReturn
from uuid import UUID

from sqlalchemy.orm import Session

from shared.domain.errors import DomainError, OwnRequest
from shared.domain.role_requests import ItemStatus
from shared.models import Organisation, RoleRequestItem
from shared.services import decision_codes, decision_step_up
from shared.services.decision_checks import (
    check_right,
    check_words,
    items_to_decide,
    needs_fresh_proof,
    record_own_request,
)
from shared.services.decision_step_up import Proof
from shared.services.decision_target import target_of_token
from shared.services.role_request_accept import is_first_person, lock_organisations
from shared.services.role_request_offices import OfficeDirectory
from shared.services.role_request_verdict import Decision, Verdict, carry_out
from shared.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class DecidedItem:
    """One item after the decision; ``name`` is the organisation's."""

    id: UUID
    post_id: UUID
    name: str
    status: ItemStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """The decision was taken.

    ``decider_secret`` is set when a code was given: the browser or client is remembered under it for 30 days.
    """

    items: tuple[DecidedItem, ...]
    decider_secret: str | None

    def or_raise(self) -> "Decided":
        """Return the decision itself."""
        return self


@dataclass(frozen=True, slots=True)
class Undecided:
    """Nothing was decided, and something was written that must stay: a mailed code, a counted try, an event."""

    error: DomainError
    """CodeRequired, CodeWrong, LinkLocked or OwnRequest."""

    def or_raise(self) -> NoReturn:
        """Raise the error; to be called once the transaction is committed."""
        raise self.error


def decide(
    session: Session,
    *,
    token: str,
    decision: Decision,
    settings: Settings,
    now: datetime,
    actor_account_id: UUID | None = None,
    item_ids: Collection[UUID] | None = None,
    reason: str | None = None,
    grant_administrator: bool | None = None,
    decider_name: str | None = None,
    version: int | None = None,
    code: str | None = None,
    proof: str | Collection[str] | None = None,
) -> Decided | Undecided:
    """Accept or reject what an approver was asked about, once and for all.

    **The caller commits whatever comes back, and asks for the error afterwards**, since a wrong try, a mailed code and
    the event of an own request must outlive the refusal::

        with database.transaction() as session:
            outcome = decide(session, token=..., decision=..., settings=settings, now=clock.now(session))
        decided = outcome.or_raise()

    Everything raised from here wrote nothing worth keeping and rolls back. Refusals come in this order: the link, what
    is over already, one's own request, no right (any more), an outdated page, missing words, and last the code.

    Acceptance gives the memberships; a new operator becomes valid and gets its number; the first person of an
    organisation becomes its administrator. Rejection of a new operator rejects it. One event, one outcome mail to the
    applicant, a closing line to every other recipient who has nothing left to decide. The link works until its
    assignment has no open item.

    Args:
        session: a transaction of its own, in which nothing else was read before.
        token: of a decide link.
        decision: accept or reject.
        settings: ``DECISION_STEP_UP`` and the keys.
        now: the product's time.
        actor_account_id: who is logged in in this browser; the recipient of the link then needs no code.
        item_ids: which items; None for all open ones of the assignment.
        reason: the office's words for the applicant, cleaned; required to reject.
        grant_administrator: None for yes where the applicant is the first person of an organisation, else no.
        decider_name: who decides, cleaned; required where the recipient is an office mailbox; shown to no applicant.
        version: of the request as it was shown; None where nothing was shown.
        code: the six digits of the mail.
        proof: the secret of a remembered browser or client (``decider_token``), or all that a browser keeps.

    Returns:
        ``Decided``; or ``Undecided`` with CodeRequired, CodeWrong, LinkLocked or OwnRequest.

    Raises:
        LinkUnknown, LinkExpired, LinkSuperseded, LinkLocked: the link does not work.
        RequestWithdrawn: there is nothing to decide any more.
        DecidedBefore: somebody was first, which this very link may have done; an AlreadyDecided with office and time.
        NotAnApprover: the recipient of the link lost the right to decide (S33).
        FieldErrors: on ``item_ids``, ``version``, ``reason`` or ``decider_name``.
        TooManyRequests: a fourth code within the hour.
    """
    target = target_of_token(session, token, keyring=settings.keyring, now=now, lock=True)
    directory = OfficeDirectory(
        session, environment=target.role_request.environment, applicant=target.role_request.account
    )
    items = items_to_decide(session, target, item_ids, directory)
    try:
        check_right(target, items, directory, actor_account_id)
    except OwnRequest as error:
        record_own_request(session, target, actor_account_id=actor_account_id, now=now)
        return Undecided(error)
    check_words(
        target,
        version=version,
        is_rejection=decision is Decision.REJECT,
        reason=reason,
        decider_name=decider_name,
    )
    organisations = lock_organisations(session, items)
    administrator_of = _administrator_of(session, decision, grant_administrator, organisations)
    verdict = Verdict(decision, reason, decider_name, items, administrator_of)
    is_logged_in = actor_account_id is not None and actor_account_id == target.assignment.account_id
    believed = decision_step_up.prove(
        session,
        assignment=target.assignment,
        link=None if is_logged_in else target.link,
        bound=decision_codes.bound_to(
            target.assignment.id,
            decision=decision,
            item_ids=[item.id for item in items],
            administrator_of=administrator_of,
        ),
        is_strict=verdict.is_acceptance
        and needs_fresh_proof(items, [one for one in organisations if one.id in administrator_of]),
        code=code,
        secrets=(proof,) if isinstance(proof, str) else proof or (),
        words=verdict.words,
        settings=settings,
        now=now,
    )
    if not isinstance(believed, Proof):
        return Undecided(believed)
    carry_out(session, target, verdict, ground=believed.ground, now=now)
    return Decided(items=tuple(map(_decided_item, items)), decider_secret=believed.secret)


def _administrator_of(
    session: Session, decision: Decision, grant_administrator: bool | None, organisations: Collection[Organisation]
) -> frozenset[UUID]:
    if decision is Decision.REJECT or grant_administrator is False:
        return frozenset()
    return frozenset(
        organisation.id
        for organisation in organisations
        if grant_administrator or is_first_person(session, organisation.id)
    )


def _decided_item(item: RoleRequestItem) -> DecidedItem:
    return DecidedItem(
        id=item.id, post_id=item.post_id, name=item.post.organisation.name, status=ItemStatus(item.status)
    )
