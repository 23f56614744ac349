"""Deciding from a mail, by API: the mailed link's token is the key; a log-in that comes along spares the code."""

from typing import Any
from uuid import UUID

from flask import Blueprint
from sqlalchemy.orm import Session

from gateway.api.operations import Operation, operation
from gateway.application import reading, settings
from gateway.idempotency import Given, carry_out
from gateway.schemas.decisions import (
    ConcludedSchema,
    DecidedSchema,
    DecisionSchema,
    LookupSchema,
    ToDecideSchema,
)
from gateway.sessions import visitor_from_bearer
from gateway.throttling import CODE_PAGE, GUESS, check_limit
from shared import clock
from shared.domain.errors import (
    AlreadyDecided,
    CodeRequired,
    CodeWrong,
    DomainError,
    FieldErrors,
    LinkExpired,
    LinkLocked,
    LinkSuperseded,
    LinkUnknown,
    NotAnApprover,
    OwnRequest,
    RequestWithdrawn,
    TooManyRequests,
)
from shared.domain.links import LinkPurpose
from shared.services.decision_lookup import lookup as look_up
from shared.services.decision_shown import Concluded, ToDecide
from shared.services.role_request_decide import Decided, Undecided, decide
from shared.tokens import read_token

bp = Blueprint("api_decisions", __name__, url_prefix="/decisions")
_LINK_ERRORS = (LinkUnknown, LinkExpired, LinkSuperseded, LinkLocked, NotAnApprover, OwnRequest, TooManyRequests)
_SECRETS = frozenset({"decider_token"})


@bp.post("/lookup")
@operation(
    Operation(
        summary="Look at what a decide link is about",
        body=LookupSchema(),
        answer={ToDecide: ToDecideSchema(), Concluded: ConcludedSchema()},
        errors=_LINK_ERRORS,
        needs_log_in=False,
    )
)
def lookup(body: dict[str, Any]) -> ToDecide | Concluded:
    """Show what the recipient of a decide link is asked; changes nothing. Once decided: office, time and outcome."""
    _link(body["token"])
    actor_account_id = _actor()
    with reading() as session:
        return look_up(
            session,
            body["token"],
            settings=settings(),
            now=clock.now(session),
            actor_account_id=actor_account_id,
        )


@bp.post("")
@operation(
    Operation(
        summary="Decide on a request",
        body=DecisionSchema(),
        answer=DecidedSchema(),
        errors=(*_LINK_ERRORS, CodeRequired, CodeWrong, AlreadyDecided, RequestWithdrawn, FieldErrors),
        needs_log_in=False,
        idempotent=True,
    )
)
def create(body: dict[str, Any]) -> Given:
    """Accept or reject; the first decision counts.

    The first decision of a recipient is answered with `code_required`: a code is mailed to the address that the link
    went to, and the same decision is sent again with it, under another `Idempotency-Key`. The answer then holds a
    `decider_token` that spares later codes; it is told once, and left out when an answer is given again.
    """
    link_id = _link(body["token"])
    actor_account_id = _actor()

    def work(session: Session) -> Decided | DomainError:
        outcome = decide(
            session,
            decision=body["decision"],
            settings=settings(),
            now=clock.now(session),
            token=body["token"],
            actor_account_id=actor_account_id,
            item_ids=body.get("item_ids"),
            reason=body.get("reason") or None,
            grant_administrator=body["grant_administrator"],
            decider_name=body.get("decider_name") or None,
            version=body.get("version"),
            code=body.get("code") or None,
            proof=body.get("decider_token") or None,
        )
        # What stands behind a refusal is kept: a code that was mailed, a wrong try that counts.
        return outcome.error if isinstance(outcome, Undecided) else outcome

    return carry_out(work, caller=f"link:{link_id}", answer=DecidedSchema(), told_once=_SECRETS)


def _link(token: str) -> UUID:
    """Which link a token stands for. One that is none of ours counts as a guess, the others as tries at their link."""
    try:
        link_id = read_token(settings().keyring, token, purpose=LinkPurpose.DECIDE)
    except LinkUnknown:
        check_limit(GUESS)
        raise
    check_limit(CODE_PAGE, str(link_id))
    return link_id


def _actor() -> UUID | None:
    visitor = visitor_from_bearer()
    return None if visitor is None else visitor.account.id
