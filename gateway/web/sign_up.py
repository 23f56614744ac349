"""Create an account, and what comes right after (R9 to R20, R23)."""

from typing import Any
from uuid import UUID

import flask
from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import generate_csrf
from marshmallow import ValidationError

from gateway.application import reading, settings, this_gateway, transaction
from gateway.captcha_check import CaptchaWrong, captcha_again, check_captcha, make_captcha, unanswered
from gateway.forms import errors_of, load_form, typed
from gateway.languages import language_was_changed, page_language
from gateway.schemas.accounts import LIKE_AN_ORGANISATION, SignUpSchema
from gateway.security import visit_name
from gateway.sessions import visitor_from_cookie
from gateway.throttling import SIGN_UP, check_limit
from shared import clock
from shared.services.mail_views import standing
from shared.services.sign_up import SignUp, look_for, sign_up

bp = Blueprint("sign_up", __name__, url_prefix="/account/create")
_ANOTHER_CODE = "new_code"
_MAIL = "sign_up_mail"
_SCHEMA = SignUpSchema()
_TOKEN_HERE = "token-of-this-visit"  # noqa: S105 - the place of one
_CODE_HERE = UUID("c0de0000-0000-4000-8000-000000000000")


@bp.get("")
def form() -> ResponseReturnValue:
    """Show the empty form."""
    if visitor_from_cookie() is not None or "_flashes" in flask.session:
        return _page({"email_language": page_language()})
    token = generate_csrf()
    page = _strangers_page(page_language())
    captcha_id = make_captcha(visitor=visit_name())
    return page.replace(_TOKEN_HERE, token).replace(str(_CODE_HERE), str(captcha_id))


@bp.post("")
def submit() -> ResponseReturnValue:
    """Create the account, or show the form again with what was typed."""
    if language_was_changed() or _ANOTHER_CODE in request.form:
        return _page(typed())
    check_limit(SIGN_UP)
    try:
        fields = load_form(_SCHEMA)
        check_captcha(fields, visitor=visit_name())
    except ValidationError as error:
        return _page(typed(), errors_of(error) | unanswered()), 422
    except CaptchaWrong as error:
        return _page(typed(), {"captcha_answer": [error.sentence]}), 422
    filled_in = sign_up_fields(fields)
    with transaction() as session:
        looked = look_for(session, filled_in)  # first, for it brings the time along
        mail_id = sign_up(session, filled_in, settings=settings(), now=clock.now(session), looked=looked)
    return to_check_your_mail(fields["email"], mail_id)


def to_check_your_mail(email: str | None, mail_id: UUID | None) -> ResponseReturnValue:
    """Send a browser that asked for a mail to where it reads what becomes of it.

    Args:
        email: where the mail goes; None when it is not for this browser to know.
        mail_id: the mail; None when it is not for this browser to know of one (S7). What it was told before stays, as
            long as that went to the same address.
    """
    if mail_id is not None:
        flask.session[_MAIL] = str(mail_id)
    elif email is None or email != flask.session.get("email"):
        flask.session.pop(_MAIL, None)
    flask.session["email"] = email
    return redirect(url_for("sign_up.check_your_mail"), code=303)


@bp.get("/sent")
def check_your_mail() -> ResponseReturnValue:
    """Say that a mail is on its way, whatever the address was (S7), and where it stands."""
    mail = None
    if _MAIL in flask.session:
        with reading() as session:
            mail = standing(session, UUID(flask.session[_MAIL]), now=clock.now(session))
    return render_template(
        "account/check_your_mail.html",
        email=flask.session.get("email"),
        mail=mail,
        lifetime=settings().link_lifetime,
        sender=settings().mail.default_sender,
    )


def sign_up_fields(fields: dict[str, Any]) -> SignUp:
    """Turn the checked form into what the service takes; page and API alike."""
    return SignUp(
        first_name=fields["first_name"],
        last_name=fields["last_name"],
        email=fields["email"],
        email_language=fields["email_language"],
        ui_language=page_language(),
        person_confirmed=fields["confirm_person"],
        username=fields.get("username") or None,
    )


def _strangers_page(language: str) -> str:
    """The empty form as every stranger sees it in a language, with marks where the visit's own values go.

    Rendered once: it is what most people ask for on a busy day, and rendering is two thirds of what answering costs.
    """
    pages: dict[str, str] = this_gateway().extensions.setdefault("sign_up_pages", {})
    if language not in pages:
        pages[language] = _render(
            {"email_language": language},
            csrf_token=lambda: _TOKEN_HERE,
            captcha_id=_CODE_HERE if settings().captcha else None,
            captcha_solution="",
        )
    return pages[language]


def _page(values: dict[str, Any], errors: dict[str, Any] | None = None) -> str:
    generate_csrf()  # gives the visit its name, to which the code is bound
    captcha_id, solution = captcha_again(visitor=visit_name())
    return _render(values, errors, captcha_id=captcha_id, captcha_solution=solution)


def _render(values: dict[str, Any], errors: dict[str, Any] | None = None, **more: Any) -> str:
    return render_template(
        "account/create.html",
        values=values,
        errors=errors or {},
        asks_for_person=LIKE_AN_ORGANISATION in (errors or {}).get("first_name", []) or "confirm_person" in values,
        another_code=_ANOTHER_CODE,
        **more,
    )
