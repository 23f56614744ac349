"""The person's own account: names, languages, time zone, notifications (R11, R64, R65)."""

from typing import Any

import flask
from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from gateway.application import reading, transaction
from gateway.forms import load_form, typed
from gateway.languages import gettext, language_was_changed
from gateway.schemas.profiles import ProfileFormSchema
from gateway.web.log_in_required import log_in_required
from gateway.web.refusals import REFUSED, Errors, errors_by_field
from shared import clock
from shared.domain.person_names import looks_like_organisation
from shared.i18n import time_zones
from shared.models import Account
from shared.services import profiles
from shared.services.email_changes import pending_change
from shared.services.profiles import Notification
from shared.services.staff import duties_of

bp = Blueprint("preferences", __name__, url_prefix="/account/profile")


@bp.get("")
@log_in_required
def form(account: Account) -> ResponseReturnValue:
    """Show the account as it is."""
    shown = ("first_name", "last_name", "email_language", "ui_language", "time_zone")
    values: dict[str, Any] = {name: getattr(account, name) for name in shown}
    values |= {event.value: profiles.wants(account, event) for event in Notification}
    return _page(account, values | {"confirm_person": account.person_confirmed})


@bp.post("")
@log_in_required
def save(account: Account) -> ResponseReturnValue:
    """Save all of it, or show what is wrong and keep what was typed."""
    if language_was_changed():
        return _page(account, typed())
    try:
        changes = load_form(ProfileFormSchema())
        with transaction() as session:
            person = session.get_one(Account, account.id, with_for_update=True)
            profiles.change(session, account=person, now=clock.now(session), **changes)
    except REFUSED as error:
        return _page(account, typed(), errors_by_field(error, field="first_name")), 422
    # The language chosen at the top of a page would hide the one that was saved here.
    flask.session["language"] = flask.g.language = changes["ui_language"]
    flash(gettext("Your preferences are saved."))
    return redirect(url_for("preferences.form"), code=303)


def _page(account: Account, values: dict[str, Any], errors: Errors | None = None) -> str:
    names = [str(values.get(name, "")) for name in ("first_name", "last_name")]
    with reading() as session:
        duties = duties_of(session, account.id)
        pending = pending_change(session, account.id, now=clock.now(session))
    return render_template(
        "profile/account.html",
        account=account,
        values=values,
        errors=errors or {},
        asks_for_person=looks_like_organisation(*names),
        time_zones=[(name, name.replace("_", " ")) for name in sorted({account.time_zone, *time_zones()})],
        duties=duties,
        pending=pending,
    )
