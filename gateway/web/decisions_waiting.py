"""Requests that wait for a logged-in approver: a list with filters and ticks, and the way to each of them (R73)."""

from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import ValidationError

from gateway.application import reading, settings
from gateway.forms import address_values, load_form
from gateway.languages import language_was_changed
from gateway.link_cookies import to_clean_address
from gateway.schemas.decisions import CHOOSE_DECISION
from gateway.schemas.decisions_waiting import KINDS, WaitingFilterSchema
from gateway.schemas.fields import Form, Tick, choice
from gateway.schemas.organisations import PageSchema
from gateway.throttling import TOGETHER, check_limit
from gateway.web.decisions_together import ask_once_more, wrong_number
from gateway.web.environments import environment_blueprint
from gateway.web.id_lists import IdList
from gateway.web.log_in_required import log_in_required
from gateway.web.refusals import Errors, errors_by_field
from shared import clock
from shared.domain.environments import Environment
from shared.domain.errors import FieldErrors, NotFound
from shared.domain.links import LinkPurpose
from shared.models import Account
from shared.services import decisions_waiting
from shared.services.role_request_verdict import Decision

bp: Blueprint = environment_blueprint("decisions_waiting", __name__)
_LISTS = frozenset({"assignment_ids", "offered", "without"})


class WaitingTicksSchema(Form):
    """What the list sends: its ticks and one of two buttons, or the button for more."""

    assignment_ids = IdList(load_default=list)
    all_of = Tick(load_default=False)
    """The box on top of the list: all that this page shows, but for those ``without``."""
    offered = IdList(load_default=list)
    without = IdList(load_default=list)
    decision = choice(tuple(Decision), CHOOSE_DECISION)
    cursor = PageSchema().fields["cursor"]


@bp.get("/decisions")
@log_in_required
def list_waiting(account: Account, environment: Environment) -> ResponseReturnValue:
    """List what this person was asked to decide, the oldest first."""
    return _list(account, environment)


@bp.post("/decisions")
@log_in_required
def choose(account: Account, environment: Environment) -> ResponseReturnValue:
    """Take what was ticked, and ask once more; nothing is decided by that."""
    is_language = language_was_changed()
    try:
        sent = load_form(WaitingTicksSchema(), lists=_LISTS)
    except ValidationError as error:
        return _list(account, environment, errors=errors_by_field(error, field="assignment_ids"))
    cursor, ticked = sent.get("cursor"), _ticked(sent)
    if cursor and not ticked and not is_language:
        return redirect(_address(environment, cursor), code=303)
    if cursor or is_language:
        return _list(account, environment, ticked=ticked, cursor=cursor)
    wrong = wrong_number(ticked) or ([] if "decision" in sent else [CHOOSE_DECISION])
    if wrong:
        return _list(account, environment, ticked=ticked, errors={"assignment_ids": wrong})
    check_limit(TOGETHER, str(account.id))
    back = request.full_path.rstrip("?")
    return ask_once_more(account, environment, ticked, Decision(sent["decision"]), back=back)


@bp.get("/decisions/<uuid:assignment_id>")
@log_in_required
def open_one(account: Account, environment: Environment, assignment_id: UUID) -> ResponseReturnValue:
    """Open the page of one of them, by the link that was mailed to this very person; decides nothing."""
    with reading() as session:
        token = decisions_waiting.token_to(session, account, environment, assignment_id, keyring=settings().keyring)
    if not token:
        raise NotFound("no such assignment of this person")
    return to_clean_address(token, purpose=LinkPurpose.DECIDE, lifetime=settings().decision_link_lifetime)


def _list(
    account: Account,
    environment: Environment,
    *,
    ticked: Collection[UUID] = (),
    cursor: str | None = None,
    errors: Errors | None = None,
) -> ResponseReturnValue:
    """Show the list for the filters of the address.

    Args:
        account: who was asked.
        environment: where.
        ticked: boxes that are set; those of other pages of the list are shown above it.
        cursor: of the page that was asked for by a button, instead of the address's.
        errors: sentences for the bar.
    """
    found, carried, filters, errors = None, [], {}, dict(errors or {})
    with reading() as session:
        now = clock.now(session)
        offices = decisions_waiting.offices_asked(session, account, environment)
        try:
            filters = _filters(cursor)
            found = decisions_waiting.list_waiting(session, account, environment, now=now, **filters)
        except (ValidationError, FieldErrors) as error:
            errors |= errors_by_field(error, field="name")
        if found is not None:
            elsewhere = set(ticked) - {row.assignment_id for row in found.items}
            carried = decisions_waiting.rows_of(session, account, environment, elsewhere) if elsewhere else []
    page = render_template(
        "decide/waiting.html",
        found=found,
        is_filtered=bool(filters.keys() & {"name", "kind", "office"} or filters.get("overdue")),
        values=request.args,
        errors=errors,
        kinds=KINDS,
        offices=[(str(office_id), name) for office_id, name in offices],
        ticked=set(ticked),
        carried=carried,
        now=now,
        address=request.full_path.rstrip("?"),
    )
    return (page, 422) if errors else page


def _filters(cursor: str | None) -> dict[str, Any]:
    filters: dict[str, Any] = WaitingFilterSchema().load(address_values())
    return filters if cursor is None else filters | {"cursor": cursor}


def _ticked(sent: dict[str, Any]) -> list[UUID]:
    """Which rows are meant: each that is ticked, and with the box on top all that the page showed."""
    rows: Iterable[UUID] = sent["assignment_ids"]
    if sent["all_of"]:
        rows = [one for one in (*sent["offered"], *rows) if one not in set(sent["without"])]
    return list(dict.fromkeys(rows))


def _address(environment: Environment, cursor: str) -> str:
    filters: dict[str, Any] = {**request.args.to_dict(), "environment": environment, "cursor": cursor}
    return url_for("decisions_waiting.list_waiting", **filters)
