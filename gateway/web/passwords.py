"""The password: set by a mailed link, asked for anew (R20 to R24)."""

from typing import Any
from uuid import UUID

import flask
from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import generate_csrf
from marshmallow import ValidationError

from gateway import passwords
from gateway.application import reading, settings, transaction
from gateway.captcha_check import CaptchaWrong, captcha_again, check_captcha, unanswered
from gateway.forms import errors_of, load_form, typed
from gateway.languages import gettext, language_was_changed
from gateway.link_cookies import from_mail, token_of
from gateway.schemas.accounts import LIKE_AN_ORGANISATION, PasswordFormSchema, PasswordLinkSchema
from gateway.security import visit_name
from gateway.sessions import forget_browser
from gateway.throttling import PASSWORD_LINK, check_limit
from gateway.web.sign_up import to_check_your_mail
from shared import clock
from shared.domain.errors import LinkUnknown
from shared.domain.links import LinkPurpose
from shared.domain.person_names import looks_like_organisation
from shared.models import Account, Link
from shared.services.links import find_link
from shared.services.passwords import NewPassword, ask_for_link, renew_link, set_password

bp = Blueprint("passwords", __name__)
PURPOSE = LinkPurpose.PASSWORD


@bp.get("/password/<token>")
def follow(token: str) -> ResponseReturnValue:
    """Answer the click in the mail: to the form, at an address that holds no secret."""
    return from_mail(token, purpose=PURPOSE, lifetime=settings().link_lifetime)


@bp.get("/password/link/<uuid:link_id>")
def form(link_id: UUID) -> ResponseReturnValue:
    """Show the form, or why the link no longer works."""
    return _page(*_held(link_id))


@bp.post("/password/link/<uuid:link_id>")
def submit(link_id: UUID) -> ResponseReturnValue:
    """Set the password, once."""
    link, account = _held(link_id)
    if language_was_changed():
        return _page(link, account, typed())
    try:
        fields = load_form(PasswordFormSchema())
        _check(fields, account)
    except ValidationError as error:
        return _page(link, account, typed(), errors_of(error)), 422
    new = NewPassword(
        password_hash=passwords.hash_password(fields["password"]),
        first_name=fields.get("first_name"),
        last_name=fields.get("last_name"),
    )
    with transaction() as session:
        token = token_of(link_id, purpose=PURPOSE)
        set_password(session, token, new, settings=settings(), now=clock.now(session))
    forget_browser()
    flash(gettext("Your password is set. You can log in now."))
    return redirect(url_for("sessions.log_in_form"), code=303)


@bp.post("/password/link/<uuid:link_id>/renew")
def renew(link_id: UUID) -> ResponseReturnValue:
    """Send a new link in the place of one that died (R22)."""
    check_limit(PASSWORD_LINK)
    token_of(link_id, purpose=PURPOSE)
    with transaction() as session:
        mail_id = renew_link(session, _link(session, link_id), settings=settings(), now=clock.now(session))
    # It can go to another address by now than this link did.
    return to_check_your_mail(None, mail_id)


@bp.get("/account/password-link")
def ask_form() -> ResponseReturnValue:
    """Show the form for a forgotten password, or a mail that never came."""
    return _ask_page({"email": flask.session.get("email") or ""})


@bp.post("/account/password-link")
def ask() -> ResponseReturnValue:
    """Send a link, if there is an account; the answer is the same in any case (S7)."""
    if language_was_changed():
        return _ask_page(typed())
    check_limit(PASSWORD_LINK)
    try:
        fields = load_form(PasswordLinkSchema())
        check_captcha(fields, visitor=visit_name())
    except ValidationError as error:
        return _ask_page(typed(), errors_of(error) | unanswered()), 422
    except CaptchaWrong as error:
        return _ask_page(typed(), {"captcha_answer": [error.sentence]}), 422
    with transaction() as session:
        ask_for_link(session, fields["email"], settings=settings(), now=clock.now(session))
    return to_check_your_mail(fields["email"], None)


def _held(link_id: UUID) -> tuple[Link, Account]:
    """The link, and whose password it sets; checked before anything is hashed."""
    token = token_of(link_id, purpose=PURPOSE)
    with reading() as session:
        link = find_link(session, token, purpose=PURPOSE, keyring=settings().keyring, now=clock.now(session))
        return link, session.get_one(Account, link.account_id)


def _link(session: Any, link_id: UUID) -> Link:
    link: Link | None = session.get(Link, link_id)
    if link is None:
        raise LinkUnknown("no such link")
    return link


def _check(fields: dict[str, Any], account: Account) -> None:
    """Judge the password, and a corrected name as at sign-up (R17, S19)."""
    errors = {}
    if found := passwords.problems(fields["password"], account):
        errors["password"] = found
    before = (account.first_name, account.last_name)
    names = (fields.get("first_name", before[0]), fields.get("last_name", before[1]))
    if names != before and not fields["confirm_person"] and looks_like_organisation(*names):
        errors["first_name"] = [LIKE_AN_ORGANISATION]
    if errors:
        raise ValidationError(errors)


def _page(
    link: Link, account: Account, values: dict[str, Any] | None = None, errors: dict[str, Any] | None = None
) -> str:
    names = {"first_name": account.first_name, "last_name": account.last_name}
    return render_template(
        "password/set.html",
        link_id=link.id,
        expires_at=link.expires_at,
        account=account,
        is_first=account.password_hash is None,
        values=values if values is not None else names,
        errors=errors or {},
        asks_for_person=LIKE_AN_ORGANISATION in (errors or {}).get("first_name", [])
        or "confirm_person" in (values or {}),
    )


def _ask_page(values: dict[str, Any], errors: dict[str, Any] | None = None) -> str:
    generate_csrf()
    captcha_id, solution = captcha_again(visitor=visit_name())
    return render_template(
        "password/ask.html", values=values, errors=errors or {}, captcha_id=captcha_id, captcha_solution=solution
    )
