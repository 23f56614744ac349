"""Decide: the page behind the link in an approver's mail (R67 to R73, S10, S11, S25, S27)."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import ValidationError, validate

from gateway.application import reading, settings, transaction
from gateway.browser_proof import keep_proof, proof_of
from gateway.errors import STATUS
from gateway.forms import load_form, typed
from gateway.languages import gettext, language_was_changed
from gateway.link_cookies import from_mail, token_of
from gateway.schemas.decisions import CHOOSE_ITEMS, MOST_ITEMS, DecisionFormSchema
from gateway.schemas.fields import Tick
from gateway.sessions import visitor_from_cookie
from gateway.throttling import CODE_PAGE, check_limit
from gateway.web.id_lists import IdList
from gateway.web.refusals import Errors, errors_by_field, refused
from shared import clock
from shared.domain.errors import (
    AlreadyDecided,
    CodeRequired,
    CodeWrong,
    DomainError,
    FieldErrors,
    RequestWithdrawn,
    TooManyRequests,
)
from shared.domain.links import LinkPurpose
from shared.domain.organisations import N_
from shared.domain.role_requests import OPEN
from shared.services.decision_lookup import lookup
from shared.services.decision_shown import Concluded, ToDecide
from shared.services.role_request_decide import decide
from shared.services.role_request_verdict import Decision

bp = Blueprint("decisions", __name__, url_prefix="/decide")
PURPOSE = LinkPurpose.DECIDE
_LISTS = frozenset({"item_ids"})
_WRONG_CODE = N_("This is not the code that was mailed for this decision, or its ten minutes are over.")
_MISSING_CODE = N_("Type the six digits of the mail.")
_ANOTHER_MAILED = N_("This code is not good any more. Another one was mailed: type its six digits.")
_NO_MORE_CODES = N_("Three codes were mailed within an hour. Use the newest one, or ask for another later.")
_CHANGED = N_("Part of this request was decided or withdrawn in the meantime. Look at it again, then decide.")
_RECORDED = {
    Decision.ACCEPT: N_("Your decision is recorded: accepted."),
    Decision.REJECT: N_("Your decision is recorded: rejected."),
}


class DecidePageSchema(DecisionFormSchema):
    """The decision, and the two buttons of the page that asks for the code; without a tick nothing is decided."""

    item_ids = IdList(
        required=True,
        validate=validate.Length(1, MOST_ITEMS, error=CHOOSE_ITEMS),
        error_messages={"required": CHOOSE_ITEMS},
    )
    asks_code = Tick(load_default=False)
    another_code = Tick(load_default=False)


@bp.get("/<token>")
def follow(token: str) -> ResponseReturnValue:
    """Answer the click in the mail: to the page, at an address that holds no secret (S11)."""
    return from_mail(token, purpose=PURPOSE, lifetime=settings().decision_link_lifetime)


@bp.get("/link/<uuid:link_id>")
def show(link_id: UUID) -> ResponseReturnValue:
    """Show what is to be decided, or how it ended; decides nothing, however often it is opened (S10, C18)."""
    shown = _look(link_id)
    return _over(shown) if isinstance(shown, Concluded) else _page(link_id, shown)


@bp.post("/link/<uuid:link_id>")
def submit(link_id: UUID) -> ResponseReturnValue:
    """Accept or reject, once and for all; perhaps ask for the mailed code first."""
    check_limit(CODE_PAGE, str(link_id))
    if language_was_changed():
        return _again(link_id, {}, 200)
    try:
        fields = _fields()
        recipient_key = _recipient_key(link_id)
        with transaction() as session:
            outcome = decide(
                session,
                settings=settings(),
                now=clock.now(session),
                token=token_of(link_id, purpose=PURPOSE),
                actor_account_id=_actor(),
                proof=proof_of(recipient_key) if recipient_key else None,
                **fields,
            )
        decided = outcome.or_raise()
    except (DomainError, ValidationError) as error:
        return _refused(link_id, error)
    flash(gettext(_RECORDED[fields["decision"]]))
    response = make_response(redirect(url_for("decisions.show", link_id=link_id), code=303))
    if decided.decider_secret and recipient_key:
        keep_proof(response, recipient_key, decided.decider_secret)
    return response


def _refused(link_id: UUID, error: Exception) -> ResponseReturnValue:
    """Show the page that a refusal leads to, with everything that was typed.

    Raises:
        DomainError: the link does not work, or this person may not decide; there is a page for each of these.
    """
    if isinstance(error, CodeRequired):
        return _code_page(link_id, _about_code(), HTTPStatus.OK)
    if isinstance(error, CodeWrong):
        return _code_page(link_id, {"code": [_WRONG_CODE]}, STATUS[CodeWrong])
    if isinstance(error, TooManyRequests):
        page, _ = _code_page(link_id, {"code": [_NO_MORE_CODES]}, STATUS[TooManyRequests])
        return refused(page, error)
    if isinstance(error, (AlreadyDecided, RequestWithdrawn)):
        return _again(link_id, {"version": [_CHANGED]}, STATUS[AlreadyDecided])
    if isinstance(error, (ValidationError, FieldErrors)):
        return _again(link_id, errors_by_field(error, field="decision"), HTTPStatus.UNPROCESSABLE_ENTITY)
    raise error


def _fields() -> dict[str, Any]:
    fields = load_form(DecidePageSchema(), lists=_LISTS)
    wants_another = fields.pop("another_code")
    fields.pop("asks_code")
    if wants_another:
        fields.pop("code", None)
    return fields


def _about_code() -> Errors:
    """What to say where a code is asked for: nothing the first time, nor to somebody who asked for another."""
    if "asks_code" not in request.form or "another_code" in request.form:
        return {}
    return {"code": [_ANOTHER_MAILED if request.form.get("code") else _MISSING_CODE]}


def _actor() -> UUID | None:
    visitor = visitor_from_cookie()
    return visitor.account.id if visitor else None


def _look(link_id: UUID) -> ToDecide | Concluded:
    token = token_of(link_id, purpose=PURPOSE)
    with reading() as session:
        return lookup(session, token, settings=settings(), now=clock.now(session), actor_account_id=_actor())


def _recipient_key(link_id: UUID) -> str | None:
    """Whom this browser may be remembered for; None where there is nothing to decide, which ``decide`` says better."""
    try:
        shown = _look(link_id)
    except DomainError:
        return None
    return shown.recipient_key if isinstance(shown, ToDecide) else None


def _again(link_id: UUID, errors: Errors, status: int) -> tuple[str, int]:
    """Show the page anew, with what was typed and what stands in the rows now."""
    shown = _look(link_id)
    if isinstance(shown, Concluded):
        return _over(shown, came_late=status != HTTPStatus.OK), status
    return _page(link_id, shown, errors, is_typed=True), status


def _page(link_id: UUID, shown: ToDecide, errors: Errors | None = None, *, is_typed: bool = False) -> str:
    open_items = [item for item in shown.items if item.status in OPEN]
    ticked = " ".join(request.form.getlist("item_ids")).split() if is_typed else [str(one.id) for one in open_items]
    grants = "grant_administrator" in request.form if is_typed else shown.administrator_is_default
    return render_template(
        "decide/page.html",
        environment=shown.environment,
        link_id=link_id,
        shown=shown,
        open_items=open_items,
        ticked=set(ticked),
        grants=grants,
        values=typed() if is_typed else {},
        errors=errors or {},
    )


def _code_page(link_id: UUID, errors: Errors, status: int) -> tuple[str, int]:
    """Ask for the code that was mailed, keeping the decision it is good for."""
    shown = _look(link_id)
    if isinstance(shown, Concluded):
        return _over(shown, came_late=True), STATUS[AlreadyDecided]
    kept = ("decision", "reason", "decider_name", "version", "grant_administrator")
    chosen = set(" ".join(request.form.getlist("item_ids")).split())
    page = render_template(
        "decide/code.html",
        environment=shown.environment,
        link_id=link_id,
        shown=shown,
        kept=[(name, request.form[name]) for name in kept if name in request.form],
        items=[item for item in shown.items if str(item.id) in chosen],
        is_acceptance=request.form.get("decision") == Decision.ACCEPT,
        errors=errors,
    )
    return page, status


def _over(shown: Concluded, *, came_late: bool = False) -> str:
    """Say how it ended: which office, when, what; nothing about any person (R71)."""
    return render_template("decide/over.html", environment=shown.environment, shown=shown, came_late=came_late)
