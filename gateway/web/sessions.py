"""Logging in and out (R25, R26, R66)."""

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import ValidationError

from gateway.application import transaction
from gateway.credentials import check_credentials
from gateway.forms import errors_of, load_form, typed
from gateway.languages import language_was_changed
from gateway.schemas.accounts import LogInFormSchema
from gateway.security import safe_next
from gateway.sessions import (
    end_login,
    forget_browser,
    login_is_over,
    remember_in_browser,
    start_login,
    visitor_from_cookie,
)
from shared import clock
from shared.domain.errors import CredentialsWrong
from shared.domain.organisations import N_

bp = Blueprint("sessions", __name__, url_prefix="/account")
_WRONG = N_("The e-mail address or the password is not right. Type both again, or ask for a new password.")


@bp.get("/log-in")
def log_in_form() -> ResponseReturnValue:
    """Show the form."""
    return _page({"next": request.args.get("next", "")})


@bp.post("/log-in")
def log_in() -> ResponseReturnValue:
    """Log in with e-mail and password; go where the person wanted to go."""
    if language_was_changed():
        return _page(typed())
    try:
        fields = load_form(LogInFormSchema())
        account = check_credentials(fields["email"], fields["password"])
    except ValidationError as error:
        return _page(typed(), errors_of(error)), 422
    except CredentialsWrong:
        return _page(typed(), {"password": [_WRONG]}), 401
    before = visitor_from_cookie()
    with transaction() as session:
        now = clock.now(session)
        if before is not None:
            end_login(session, before.login_id, now=now)
        secret, _ = start_login(session, account.id, now=now)
    remember_in_browser(secret)
    return redirect(safe_next(fields.get("next")), code=303)


@bp.post("/log-out")
def log_out() -> ResponseReturnValue:
    """End the log-in on the server and in the browser."""
    visitor = visitor_from_cookie()
    if visitor is not None:
        with transaction() as session:
            end_login(session, visitor.login_id, now=clock.now(session))
    forget_browser()
    return redirect(url_for("home.welcome"), code=303)


def _page(values: dict[str, Any], errors: dict[str, Any] | None = None) -> str:
    return render_template("account/log_in.html", values=values, errors=errors or {}, is_over=login_is_over())
