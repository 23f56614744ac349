"""The person: changing the password (R27, S20). The profile of step 2 is in ``profile``."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from marshmallow import ValidationError

from gateway import passwords
from gateway.application import transaction
from gateway.forms import errors_of, load_form
from gateway.languages import gettext, language_was_changed
from gateway.schemas.accounts import ChangePasswordFormSchema
from gateway.sessions import remember_in_browser, start_login
from gateway.throttling import LOG_IN_AS, check_limit
from gateway.web.log_in_required import log_in_required
from shared import clock
from shared.domain.organisations import N_
from shared.models import Account
from shared.services.passwords import change_password

bp = Blueprint("account", __name__, url_prefix="/account")
WRONG_PASSWORD = N_("This is not your current password.")


@bp.get("/password")
@log_in_required
def password_form(account: Account) -> ResponseReturnValue:
    """Show the form."""
    return _page(account)


@bp.post("/password")
@log_in_required
def password(account: Account) -> ResponseReturnValue:
    """Change the password; other log-ins end, this one goes on under a new name (S21)."""
    if language_was_changed():
        return _page(account)
    try:
        fields = load_form(ChangePasswordFormSchema())
        check_limit(LOG_IN_AS, account.email_key)
    except ValidationError as error:
        return _page(account, errors_of(error)), 422
    if not passwords.matches(account.password_hash, fields["current_password"]):
        return _page(account, {"current_password": [WRONG_PASSWORD]}), 403
    if found := passwords.problems(fields["password"], account):
        return _page(account, {"password": found}), 422
    new_hash = passwords.hash_password(fields["password"])
    with transaction() as session:
        now = clock.now(session)
        person = session.get_one(Account, account.id, with_for_update=True)
        change_password(session, person, new_hash, now=now)
        secret, _ = start_login(session, person.id, now=now)
    remember_in_browser(secret)
    flash(gettext("Your password is changed."))
    return redirect(url_for("home.welcome"), code=303)


def _page(account: Account, errors: dict[str, Any] | None = None) -> str:
    return render_template("account/password.html", account=account, errors=errors or {})
