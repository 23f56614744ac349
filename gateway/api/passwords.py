"""Asking for a password link and using it, by API."""

from typing import Any

from flask import Blueprint
from marshmallow import ValidationError

from gateway import passwords
from gateway.api.accounts import ACCEPTED, AcceptedSchema
from gateway.api.operations import Operation, operation
from gateway.application import reading, settings, transaction
from gateway.captcha_check import CaptchaWrong, check_captcha
from gateway.schemas.accounts import PasswordLinkSchema, PasswordSchema
from gateway.throttling import GUESS, PASSWORD_LINK, check_limit
from shared import clock
from shared.domain.errors import LinkExpired, LinkSuperseded, LinkUnknown, LinkUsed, TooManyRequests
from shared.domain.links import LinkPurpose
from shared.models import Account
from shared.services.links import find_link
from shared.services.passwords import NewPassword, ask_for_link, set_password

bp = Blueprint("api_passwords", __name__)


@bp.post("/password-links")
@operation(
    Operation(
        summary="Ask for a (new) password link",
        body=PasswordLinkSchema(),
        answer=AcceptedSchema(),
        status=202,
        errors=(CaptchaWrong, TooManyRequests),
        needs_log_in=False,
    )
)
def ask(body: dict[str, Any]) -> dict[str, Any]:
    """Send a link when there is an account; the answer is the same in any case (S7)."""
    check_limit(PASSWORD_LINK)
    check_captcha(body, visitor=None)
    with transaction() as session:
        ask_for_link(session, body["email"], settings=settings(), now=clock.now(session))
    return ACCEPTED


@bp.post("/passwords")
@operation(
    Operation(
        summary="Set the password through a mailed link",
        body=PasswordSchema(),
        status=204,
        errors=(LinkUnknown, LinkUsed, LinkSuperseded, LinkExpired, TooManyRequests),
        needs_log_in=False,
    )
)
def create(body: dict[str, Any]) -> None:
    """Set the password, once; the token is checked before anything is hashed."""
    account = _person(body["token"])
    if found := passwords.problems(body["password"], account):
        raise ValidationError({"password": found})
    new = NewPassword(password_hash=passwords.hash_password(body["password"]))
    with transaction() as session:
        set_password(session, body["token"], new, settings=settings(), now=clock.now(session))


def _person(token: str) -> Account:
    """Whose password the link sets; a token that is none of ours counts as a guess."""
    try:
        with reading() as session:
            keyring, now = settings().keyring, clock.now(session)
            link = find_link(session, token, purpose=LinkPurpose.PASSWORD, keyring=keyring, now=now)
            return session.get_one(Account, link.account_id)
    except LinkUnknown:
        check_limit(GUESS)
        raise
