"""Several waiting requests decided at one go: asked once more, then each by itself, with its result (R71, S32)."""

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Blueprint, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from marshmallow import ValidationError, fields, post_load
from sqlalchemy.exc import SQLAlchemyError

from gateway.application import reading, settings, transaction
from gateway.forms import load_form, typed
from gateway.languages import language_was_changed
from gateway.schemas.decisions import CHOOSE_DECISION, CHOOSE_ITEMS
from gateway.schemas.decisions_waiting import AsShown
from gateway.schemas.fields import Form, Text, choice
from gateway.schemas.organisations import if_given
from gateway.security import safe_next
from gateway.throttling import TOGETHER, check_limit
from gateway.web.environments import environment_blueprint
from gateway.web.id_lists import IdList
from gateway.web.log_in_required import log_in_required
from gateway.web.refusals import Errors, errors_by_field
from shared import clock
from shared.db import is_away
from shared.domain import contacts
from shared.domain.contacts import Unacceptable
from shared.domain.environments import Environment
from shared.domain.errors import DomainError, NotFound
from shared.domain.organisations import N_
from shared.domain.role_requests import OPEN
from shared.models import Account
from shared.services.decision_checks import REASON
from shared.services.decision_shown import ToDecide
from shared.services.decisions_together import (
    DONE,
    MOST_TOGETHER,
    OPEN_ENDS,
    End,
    Outcome,
    concerns_of,
    look,
    outcome_of,
)
from shared.services.decisions_waiting import WaitingRow, rows_of, token_to
from shared.services.role_request_decide import decide
from shared.services.role_request_verdict import Decision

bp: Blueprint = environment_blueprint("decisions_together", __name__)
_TOO_MANY = N_("At most %(most)d requests can be decided at one go. Take some ticks off.")
_LISTS = frozenset({"chosen", "offered"})

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Press:
    """The one press that decides, as it was sent."""

    account: Account
    environment: Environment
    decision: Decision
    reason: str | None
    """For rejections."""
    versions: dict[UUID, int]
    """What was chosen, each with the version of the request that was shown."""


class TogetherSchema(Form):
    """What the page sends that asks once more: what it showed, what is still ticked, and one reason for all."""

    decision = choice(tuple(Decision), CHOOSE_DECISION, missing=CHOOSE_DECISION, required=True)
    offered = IdList(load_default=list)
    chosen = fields.List(AsShown(), load_default=list)
    reason = if_given(lambda value: contacts.multi_line(value, limit=contacts.REASON_MAX))
    back = Text(str.strip)

    @post_load
    def name_decision(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Hand over the decision as the rules know it."""
        return data | {"decision": Decision(data["decision"])}


@bp.get("/decisions/together")
@log_in_required
def lead_back(account: Account, environment: Environment) -> ResponseReturnValue:
    """Lead to the list, where requests are chosen."""
    del account
    return redirect(url_for("decisions_waiting.list_waiting", environment=environment), code=303)


@bp.post("/decisions/together")
@log_in_required
def decide_together(account: Account, environment: Environment) -> ResponseReturnValue:
    """Decide what is still ticked, each in a transaction of its own; the only press that decides."""
    is_language = language_was_changed()
    sent = load_form(TogetherSchema(exclude=("reason",), unknown="exclude"), lists=_LISTS)
    chosen = dict(sent["chosen"])
    errors = {} if is_language else _errors(chosen, sent["decision"])
    if errors or is_language:
        page = ask_once_more(
            account,
            environment,
            sent["offered"] or list(chosen),
            sent["decision"],
            back=sent.get("back", ""),
            ticked=chosen,
            values=typed(),
            errors=errors,
        )
        return (page, 422) if errors else page
    check_limit(TOGETHER, str(account.id))
    is_rejection = sent["decision"] is Decision.REJECT
    reason = load_form(TogetherSchema(), lists=_LISTS).get("reason") if is_rejection else None
    with reading() as session:
        rows = rows_of(session, account, environment, chosen)
    if not rows:
        raise NotFound("no such assignment of this person")
    press = _Press(account, environment, sent["decision"], reason, chosen)
    return _results(environment, rows, _decide_each(press, rows), back=safe_next(sent.get("back")))


def ask_once_more(
    account: Account,
    environment: Environment,
    assignment_ids: Sequence[UUID],
    decision: Decision,
    *,
    back: str,
    ticked: Collection[UUID] | None = None,
    values: dict[str, Any] | None = None,
    errors: Errors | None = None,
) -> str:
    """Show what would be decided and what has to be looked at by itself; nothing is decided by showing it.

    Args:
        account: who was asked.
        environment: where.
        assignment_ids: what was chosen in the list; what was never this person's is left out.
        decision: which button was pressed.
        back: the list, for the way out that decides nothing.
        ticked: those that are still ticked; None for all.
        values: what was typed before.
        errors: sentences by field.

    Raises:
        NotFound: nothing of it was ever this person's.
    """
    ready: list[ToDecide] = []
    alone: list[tuple[WaitingRow, Outcome]] = []
    over: list[tuple[WaitingRow, Outcome]] = []
    with reading() as session:
        now = clock.now(session)
        rows = rows_of(session, account, environment, assignment_ids)
        for row in rows:
            seen = look(session, account, environment, row.assignment_id, settings=settings(), now=now)
            if isinstance(seen, Outcome):
                over.append((row, seen))
            elif decision is Decision.ACCEPT and (concerns := concerns_of(seen)):
                alone.append((row, Outcome(assignment_id=row.assignment_id, end=End.ALONE, concerns=concerns)))
            else:
                ready.append(seen)
    if not rows:
        raise NotFound("no such assignment of this person")
    return render_template(
        "decide/together.html",
        decision=decision,
        ready=ready,
        alone=alone,
        over=over,
        open_statuses=OPEN,
        offered=[row.assignment_id for row in rows],
        ticked={one.assignment_id for one in ready} if ticked is None else set(ticked),
        back=safe_next(back),
        values=values or {},
        errors=errors or {},
    )


def wrong_number(chosen: Collection[UUID]) -> list[str]:
    """Say what is wrong with how many were chosen; nothing where it is 1 to 50."""
    if not chosen:
        return [CHOOSE_ITEMS]
    return [Unacceptable(_TOO_MANY, most=MOST_TOGETHER)] if len(chosen) > MOST_TOGETHER else []  # type: ignore[list-item]


def _errors(chosen: Collection[UUID], decision: Decision) -> Errors:
    errors: Errors = {}
    try:
        reason = load_form(TogetherSchema(), lists=_LISTS).get("reason")
    except ValidationError as error:
        errors, reason = errors_by_field(error, field="reason"), "-"
    wrong = wrong_number(chosen)
    if wrong:
        errors["chosen"] = wrong
    if decision is Decision.REJECT and not reason:
        errors["reason"] = [REASON]
    return errors


def _decide_each(press: _Press, rows: Sequence[WaitingRow]) -> list[Outcome]:
    """Decide one after the other; what keeps one from being decided stops no other.

    While the database is away the rest is not tried: each would wait for it again.
    """
    outcomes: list[Outcome] = []
    is_down = False
    for row in rows:
        outcome = Outcome(assignment_id=row.assignment_id, end=End.FAILED)
        try:
            if not is_down:
                outcome = _decide_one(press, row.assignment_id)
        except DomainError as error:
            outcome = outcome_of(error, assignment_id=row.assignment_id)
        except Exception as error:
            # Others were decided already: their results must be told whatever happened to this one.
            is_down = isinstance(error, SQLAlchemyError) and is_away(error)
            logger.exception("a request was not decided", extra={"request_id": g.get("request_id")})
        outcomes.append(outcome)
    return outcomes


def _decide_one(press: _Press, assignment_id: UUID) -> Outcome:
    """Look at one again, and decide it as its own page would; the right of an administrator is never given by this.

    Raises:
        DomainError: a rule refused it.
    """
    whose = (press.account, press.environment, assignment_id)
    with reading() as session:
        token = token_to(session, *whose, keyring=settings().keyring, also_closed=True)
        seen = look(session, *whose, settings=settings(), now=clock.now(session))
    if token is None:
        return Outcome(assignment_id=assignment_id, end=End.UNREACHABLE)
    # Whatever else was found, deciding finds it too, and writes down what has to be.
    concerns = concerns_of(seen) if isinstance(seen, ToDecide) and press.decision is Decision.ACCEPT else ()
    if concerns:
        return Outcome(assignment_id=assignment_id, end=End.ALONE, concerns=concerns)
    with transaction() as session:
        outcome = decide(
            session,
            settings=settings(),
            now=clock.now(session),
            token=token,
            decision=press.decision,
            actor_account_id=press.account.id,
            reason=press.reason,
            grant_administrator=False,
            version=press.versions[assignment_id],
        )
    outcome.or_raise()
    return Outcome(assignment_id=assignment_id, end=DONE[press.decision])


def _results(environment: Environment, rows: Sequence[WaitingRow], outcomes: Sequence[Outcome], *, back: str) -> str:
    """Tell of each request how it ended, what is left to do first."""
    told = list(zip(rows, outcomes, strict=True))
    done = set(DONE.values())
    return render_template(
        "decide/results.html",
        environment=environment,
        left=[one for one in told if one[1].end in OPEN_ENDS],
        over=[one for one in told if one[1].end not in OPEN_ENDS | done],
        done=[one for one in told if one[1].end in done],
        back=back,
    )
