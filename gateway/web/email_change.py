"""Another e-mail address: asked for with the password, confirmed from both mailboxes (C9, S20)."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from marshmallow import ValidationError

from gateway import passwords
from gateway.application import reading, settings, transaction
from gateway.errors import STATUS
from gateway.forms import errors_of, load_form, typed
from gateway.languages import gettext, language_was_changed
from gateway.link_cookies import from_mail, token_of
from gateway.schemas.accounts import EmailChangeFormSchema
from gateway.sessions import remember_in_browser, start_login, visitor_from_cookie
from gateway.throttling import LOG_IN_AS, check_limit
from gateway.web.account import WRONG_PASSWORD
from gateway.web.log_in_required import log_in_required
from gateway.web.refusals import Errors
from shared import clock
from shared.domain.contacts import Unacceptable
from shared.domain.errors import FieldErrors, TooManyRequests
from shared.domain.links import LinkPurpose
from shared.domain.organisations import N_
from shared.models import Account
from shared.services.email_change_confirm import Confirmation, confirm_change, look_at_link
from shared.services.email_changes import ask_for_change, cancel_change, pending_change

bp = Blueprint("email_change", __name__)
PURPOSE = LinkPurpose.EMAIL_CHANGE
_LIMIT = N_("You asked for five changes within a day. Try again in %(hours)d hours.")


@bp.get("/account/email")
@log_in_required
def form(account: Account) -> ResponseReturnValue:
    """Show the form."""
    return _page(account, {})


@bp.post("/account/email")
@log_in_required
def ask(account: Account) -> ResponseReturnValue:
    """Mail both mailboxes; the answer is the same whoever has the new one (S7)."""
    if language_was_changed():
        return _page(account, _typed())
    check_limit(LOG_IN_AS, account.email_key)
    try:
        fields = load_form(EmailChangeFormSchema())
        if not passwords.matches(account.password_hash, fields["current_password"]):
            return _page(account, _typed(), {"current_password": [WRONG_PASSWORD]}), 403
        with transaction() as session:
            ask_for_change(session, account.id, fields["email"], settings=settings(), now=clock.now(session))
    except ValidationError as error:
        return _page(account, _typed(), errors_of(error)), 422
    except FieldErrors as error:
        return _page(account, _typed(), error.errors), 422
    except TooManyRequests as error:
        return _too_many(account, error)
    flash(gettext("Two mails are on their way, one to each address. Open the link in both."))
    return redirect(url_for("preferences.form"), code=303)


@bp.post("/account/email/cancel")
@log_in_required
def cancel(account: Account) -> ResponseReturnValue:
    """Take the change back that waits."""
    with transaction() as session:
        was_waiting = cancel_change(session, account.id, now=clock.now(session))
    if was_waiting:
        flash(gettext("Your address stays as it is. The links in the two mails are dead."))
    return redirect(url_for("preferences.form"), code=303)


@bp.get("/email/<token>")
def follow(token: str) -> ResponseReturnValue:
    """Answer the click in the mail: to the page, at an address that holds no secret."""
    return from_mail(token, purpose=PURPOSE, lifetime=settings().link_lifetime)


@bp.get("/email/link/<uuid:link_id>")
def show(link_id: UUID) -> ResponseReturnValue:
    """Show what the link confirms, or what is missing still; changes nothing (S10)."""
    token = token_of(link_id, purpose=PURPOSE)
    with reading() as session:
        found = look_at_link(session, token, settings=settings(), now=clock.now(session))
    return _link_page(link_id, found)


@bp.post("/email/link/<uuid:link_id>")
def confirm(link_id: UUID) -> ResponseReturnValue:
    """Confirm from this mailbox; when both have, the address is changed."""
    if language_was_changed():
        return show(link_id)
    token, visitor = token_of(link_id, purpose=PURPOSE), visitor_from_cookie()
    secret = None
    with transaction() as session:
        now = clock.now(session)
        given = confirm_change(session, token, settings=settings(), now=now)
        if not given.missing and visitor is not None and visitor.account.id == given.account.id:
            secret, _ = start_login(session, given.account.id, now=now)
    if given.missing:
        return redirect(url_for("email_change.show", link_id=link_id), code=303)
    return _to_changed_account(secret)


def _to_changed_account(secret: str | None) -> ResponseReturnValue:
    """Go on where the person was logged in, under a new name (S21); elsewhere nobody is logged in by a link."""
    if secret is None:
        flash(gettext("Your e-mail address is changed. Log in with the new one."))
        return redirect(url_for("sessions.log_in_form"), code=303)
    remember_in_browser(secret)
    flash(gettext("Your e-mail address is changed. You log in with the new one from now on."))
    return redirect(url_for("preferences.form"), code=303)


def _typed() -> dict[str, Any]:
    return typed(but=frozenset({"current_password"}))


def _too_many(account: Account, error: TooManyRequests) -> ResponseReturnValue:
    sentence = Unacceptable(_LIMIT, hours=-(-error.retry_after // 3600))
    page = _page(account, _typed(), {"email": [sentence]})
    return page, STATUS[TooManyRequests], {"Retry-After": str(error.retry_after)}


def _page(account: Account, values: dict[str, Any], errors: Errors | None = None) -> str:
    with reading() as session:
        pending = pending_change(session, account.id, now=clock.now(session))
    return render_template(
        "email_change/ask.html", account=account, pending=pending, values=values, errors=errors or {}
    )


def _link_page(link_id: UUID, found: Confirmation) -> str:
    return render_template("email_change/confirm.html", link_id=link_id, found=found, account=found.account)
