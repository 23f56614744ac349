"""The helpdesk: one person's account, mails and requests; sending again; correcting an address never proved.

Nothing in here sets a password or proves an address: only the person does, with the mailed link.
"""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from marshmallow import ValidationError

from gateway import passwords
from gateway.application import settings, transaction
from gateway.errors import STATUS
from gateway.forms import errors_of, load_form, typed
from gateway.languages import gettext, language_was_changed
from gateway.schemas.helpdesk import AddressSchema, LookSchema, ResendSchema
from gateway.throttling import LOG_IN_AS, check_limit
from gateway.web.account import WRONG_PASSWORD
from gateway.web.duty_required import duty_required
from gateway.web.refusals import Errors
from shared import clock
from shared.domain.contacts import Unacceptable
from shared.domain.errors import FieldErrors, TooManyRequests
from shared.domain.organisations import N_
from shared.models import Account
from shared.services import audit
from shared.services.helpdesk_address import correct_address
from shared.services.helpdesk_look import find_person, look_at
from shared.services.helpdesk_resend import send_mail_again, send_new_link
from shared.services.staff import Duty

bp = Blueprint("helpdesk", __name__, url_prefix="/helpdesk")
for_helpdesk = duty_required(Duty.HELPDESK)
_NOBODY = N_("Nobody has exactly this address or username. Ask for the spelling; this look is on record.")
_LIMIT = N_("This was done three times within a day for this person. Try again in %(hours)d hours.")


@bp.get("")
@for_helpdesk
def search_form(account: Account) -> ResponseReturnValue:
    """Ask whom to look at; no person is listed."""
    del account
    return _search_page({})


@bp.post("")
@for_helpdesk
def search(account: Account) -> ResponseReturnValue:
    """Go to the one person with this address or username."""
    if language_was_changed():
        return _search_page(typed())
    try:
        fields = load_form(LookSchema())
    except ValidationError as error:
        return _search_page(typed(), errors_of(error)), 422
    with transaction() as session:
        found = find_person(session, fields["who"], by=account, now=clock.now(session))
    if found is None:
        return _search_page(typed(), {"who": [_NOBODY]}), 422
    return redirect(url_for("helpdesk.person", account_id=found), code=303)


@bp.get("/people/<uuid:account_id>")
@for_helpdesk
def person(account: Account, account_id: UUID) -> ResponseReturnValue:
    """Show one person; each look is on record."""
    return _person_page(account, account_id)


@bp.post("/people/<uuid:account_id>/resend")
@for_helpdesk
def resend(account: Account, account_id: UUID) -> ResponseReturnValue:
    """Send one mail again, or a new link to set the password."""
    try:
        fields = load_form(ResendSchema())
        with transaction() as session:
            now, ground = clock.now(session), fields["ground"]
            if email_id := fields.get("email_id"):
                send_mail_again(session, account_id, email_id, by=account, ground=ground, settings=settings(), now=now)
            else:
                send_new_link(session, account_id, by=account, ground=ground, settings=settings(), now=now)
    except (ValidationError, FieldErrors, TooManyRequests) as error:
        return _refused(account, account_id, error, field="email_id")
    flash(gettext("The mail is on its way."))
    return redirect(url_for("helpdesk.person", account_id=account_id), code=303)


@bp.post("/people/<uuid:account_id>/address")
@for_helpdesk
def correct(account: Account, account_id: UUID) -> ResponseReturnValue:
    """Correct the address of somebody who never set a password; asks for one's own password again (S20)."""
    check_limit(LOG_IN_AS, account.email_key)
    try:
        fields = load_form(AddressSchema())
        if not passwords.matches(account.password_hash, fields["current_password"]):
            return _person_page(account, account_id, typed_in(), {"current_password": [WRONG_PASSWORD]}), 403
        with transaction() as session:
            correct_address(
                session,
                account_id,
                fields["email"],
                actor=audit.by_account(account.id),
                ground=fields["address_ground"],
                settings=settings(),
                now=clock.now(session),
            )
    except (ValidationError, FieldErrors, TooManyRequests) as error:
        return _refused(account, account_id, error, field="email")
    flash(gettext("The address is corrected. The old links are dead, and a new one is on its way."))
    return redirect(url_for("helpdesk.person", account_id=account_id), code=303)


def typed_in() -> dict[str, Any]:
    """What was typed, for showing it again; never one's own password."""
    return typed(but=frozenset({"current_password"}))


def _refused(
    by: Account, account_id: UUID, error: ValidationError | FieldErrors | TooManyRequests, *, field: str
) -> ResponseReturnValue:
    """Show the person again, with what was typed and what is wrong with it."""
    if isinstance(error, TooManyRequests):
        hours = -(-error.retry_after // 3600)
        page = _person_page(by, account_id, typed_in(), {field: [Unacceptable(_LIMIT, hours=hours)]})
        return page, STATUS[TooManyRequests], {"Retry-After": str(error.retry_after)}
    errors = errors_of(error) if isinstance(error, ValidationError) else error.errors
    return _person_page(by, account_id, typed_in(), errors), 422


def _search_page(values: dict[str, Any], errors: Errors | None = None) -> str:
    return render_template("helpdesk/search.html", values=values, errors=errors or {})


def _person_page(
    by: Account, account_id: UUID, values: dict[str, Any] | None = None, errors: Errors | None = None
) -> str:
    with transaction() as session:
        now = clock.now(session)
        shown = look_at(session, account_id, by=by, now=now)
    return render_template(
        "helpdesk/person.html",
        person=shown.account,
        mails=shown.mails,
        requests=shown.requests,
        now=now,
        values=values or {},
        errors=errors or {},
        # A change of language comes back to the page, not to the form that was sent.
        here=url_for("helpdesk.person", account_id=account_id),
    )
