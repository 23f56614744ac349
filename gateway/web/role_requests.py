"""One's own requests: sending, looking at one, taking it back (R57 to R63, C10)."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from marshmallow import ValidationError

from gateway.application import reading, settings, transaction
from gateway.forms import load_form, typed
from gateway.languages import gettext, language_was_changed
from gateway.schemas.role_requests import CHOOSE
from gateway.web.confirmations import LISTS, ConfirmationSchema, confirmation_page
from gateway.web.environments import environment_blueprint
from gateway.web.log_in_required import log_in_required
from gateway.web.refusals import REFUSED, Errors, errors_by_field, refused
from gateway.web.sent_messages import sent_messages
from shared import clock
from shared.domain.environments import Environment
from shared.domain.role_requests import RequestStatus
from shared.models import Account
from shared.services.role_request_submit import submit
from shared.services.role_request_views import get_request
from shared.services.role_request_withdraw import withdraw as take_back

bp: Blueprint = environment_blueprint("role_requests", __name__)
_FIELDS = ("message", "contact_email", "contact_phone")


@bp.get("/role-requests")
@log_in_required
def list_all(account: Account, environment: Environment) -> ResponseReturnValue:
    """Lead to the profile, where they are listed."""
    del account
    return redirect(url_for("profile.show", environment=environment), code=303)


@bp.post("/role-requests")
@log_in_required
def send(account: Account, environment: Environment) -> ResponseReturnValue:
    """Send the request; the only press that does (R60)."""
    is_language = language_was_changed()
    sent = load_form(ConfirmationSchema(only=("offered", "post_ids", "back"), unknown="exclude"), lists=LISTS)
    offered, ticked, back = sent["offered"] or sent["post_ids"], sent["post_ids"], sent.get("back", "")
    if not offered:
        raise ValidationError({"post_ids": [CHOOSE]})

    def page(errors: Errors | None = None) -> str:
        return confirmation_page(account, environment, offered, back=back, ticked=ticked, values=typed(), errors=errors)

    if is_language:
        return page()
    try:
        words = _words(load_form(ConfirmationSchema(), lists=LISTS))
        with transaction() as session:
            submitted = submit(
                session,
                account=account,
                environment=environment,
                now=clock.now(session),
                rate_limits=settings().rate_limits,
                post_ids=ticked,
                **words,
            )
            messages = sent_messages(session, submitted)
    except REFUSED as error:
        return refused(page(errors_by_field(error, field="post_ids")), error)
    for message in messages:
        flash(message)
    return redirect(url_for("profile.show", environment=environment), code=303)


@bp.get("/role-requests/<uuid:role_request_id>")
@log_in_required
def show(account: Account, environment: Environment, role_request_id: UUID) -> ResponseReturnValue:
    """Show one request."""
    return _page("requests/show.html", account, environment, role_request_id)


@bp.get("/role-requests/<uuid:role_request_id>/withdraw")
@log_in_required
def withdraw_form(account: Account, environment: Environment, role_request_id: UUID) -> ResponseReturnValue:
    """Ask whether the request is really to be taken back."""
    return _page("requests/withdraw.html", account, environment, role_request_id)


@bp.post("/role-requests/<uuid:role_request_id>/withdraw")
@log_in_required
def withdraw(account: Account, environment: Environment, role_request_id: UUID) -> ResponseReturnValue:
    """Take the request back."""
    with transaction() as session:
        take_back(
            session,
            account=account,
            environment=environment,
            role_request_id=role_request_id,
            now=clock.now(session),
        )
    flash(gettext("Your request is withdrawn."))
    return redirect(url_for("profile.show", environment=environment), code=303)


def _words(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: fields[name] for name in _FIELDS if fields.get(name)}


def _page(template: str, account: Account, environment: Environment, role_request_id: UUID) -> str:
    with reading() as session:
        shown = get_request(session, account=account, environment=environment, role_request_id=role_request_id)
    return render_template(template, role_request=shown, is_open=shown.status is RequestStatus.OPEN)
