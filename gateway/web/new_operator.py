"""Create new Operator: one press asks for the operator and for being joined to it (R37 to R46, C7)."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from gateway.application import reading, settings, transaction
from gateway.forms import typed
from gateway.languages import language_was_changed
from gateway.web.environments import environment_blueprint
from gateway.web.log_in_required import log_in_required
from gateway.web.new_operator_form import FIND, SEEN, read_form, suggestions_for
from gateway.web.refusals import REFUSED, Errors, errors_by_field, refused
from gateway.web.sent_messages import sent_messages
from gateway.web.wording import reader_zone, zone_label
from shared import clock, reference
from shared.domain.environments import Environment
from shared.domain.errors import FieldErrors
from shared.domain.roles import RoleKind
from shared.models import Account, Organisation
from shared.services import role_kinds
from shared.services.operator_create import NO_SECTION_CHAPTER, NewOperator, look_alikes_of
from shared.services.role_request_submit import submit

bp: Blueprint = environment_blueprint("new_operator", __name__)
_HALF_A_YEAR = timedelta(days=183)
_FROM_SEARCH = ("name", "section", "activity")

LookAlikes = list[tuple[Organisation, UUID]]
"""Operators with the post that one asks for."""


@bp.get("/operators/new")
@log_in_required
def form(account: Account, environment: Environment) -> ResponseReturnValue:
    """Show the form, with what was searched for; without a search there is none (R37, C7)."""
    if not request.args:
        return redirect(url_for("operators.search", environment=environment), code=303)
    values = {name: request.args[name] for name in _FROM_SEARCH if name in request.args}
    country = reference.find_country(request.args.get("country", ""))
    return _page(account, environment, values | ({"country": country.code} if country else {}))


@bp.post("/operators/new")
@log_in_required
def create(account: Account, environment: Environment) -> ResponseReturnValue:
    """Send both requests, together or not at all, once the person has seen the operators that look the same (R46)."""
    if language_was_changed() or FIND in request.form:
        return _page(account, environment, typed())
    try:
        with reading() as session:
            operator, words = read_form(session, environment)
            look_alikes = _unseen(session, environment, operator)
        if look_alikes:
            return _page(account, environment, typed(), look_alikes=look_alikes)
        with transaction() as session:
            submitted = submit(
                session,
                account=account,
                environment=environment,
                now=clock.now(session),
                rate_limits=settings().rate_limits,
                new_operator=operator,
                **words,
            )
            messages = sent_messages(session, submitted)
    except REFUSED as error:
        return refused(_page(account, environment, typed(), errors_by_field(error, field="name")), error)
    for message in messages:
        flash(message)
    return redirect(url_for("profile.show", environment=environment), code=303)


def _unseen(session: Session, environment: Environment, operator: NewOperator) -> LookAlikes:
    """Operators that look the same, all of them, when there is one among them that was not shown before."""
    found = look_alikes_of(session, environment=environment, name=operator.name, eori=operator.eori)
    seen = _seen()
    if all(str(one.id) in seen for one in found):
        return []
    return [(one, one.posts[0].id) for one in found]


def _seen() -> set[str]:
    return set(request.form.get(SEEN, "").split())


def _page(
    account: Account,
    environment: Environment,
    values: dict[str, Any],
    errors: Errors | None = None,
    look_alikes: LookAlikes | None = None,
) -> str:
    errors = dict(errors or {})
    control_bodies = []
    with reading() as session:
        now = clock.now(session)
        held = role_kinds.held_kind(session, account_id=account.id, environment=environment)
        try:
            control_bodies = suggestions_for(session, environment)
        except FieldErrors as error:
            errors |= error.errors
    return render_template(
        "roles/new_operator.html",
        account=account,
        held=held,
        blocked=held not in {None, RoleKind.OPERATOR},
        values=values,
        errors=errors,
        look_alikes=look_alikes or [],
        seen=" ".join(sorted(_seen() | {str(one.id) for one, _ in look_alikes or []})),
        has_searched=FIND in request.form,
        control_bodies=control_bodies,
        section_chapter=NO_SECTION_CHAPTER,
        zones={name: _zone_of(values.get(name), now) for name in ("valid_from", "valid_to")},
    )


def _zone_of(value: str | None, now: datetime) -> str:
    """Offset and name of the reader's zone at the time that was typed: ``+02:00 CEST`` (R42).

    Before, all that it has within a year: ``+01:00 CET, +02:00 CEST``.
    """
    try:
        moment = datetime.fromisoformat(value or "")
    except ValueError:
        return ", ".join(dict.fromkeys(zone_label(now + half * _HALF_A_YEAR) for half in range(2)))
    return zone_label(moment if moment.tzinfo else moment.replace(tzinfo=reader_zone()))
