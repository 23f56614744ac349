"""One's own profile, by API."""

from typing import Any

from flask import Blueprint
from marshmallow import ValidationError

from gateway import passwords
from gateway.api.operations import Operation, operation
from gateway.application import reading, transaction
from gateway.errors import CurrentPasswordWrong
from gateway.schemas.accounts import ChangePasswordSchema
from gateway.schemas.profiles import ProfileChangeSchema, ProfileSchema
from gateway.sessions import Visitor
from gateway.throttling import LOG_IN_AS, check_limit
from shared import clock
from shared.domain.errors import FieldErrors, TooManyRequests
from shared.models import Account
from shared.services import profiles
from shared.services.passwords import change_password
from shared.services.profiles import ProfileView

bp = Blueprint("api_profile", __name__)


@bp.get("/profile")
@operation(Operation(summary="Show one's own profile", answer=ProfileSchema()))
def show(visitor: Visitor) -> ProfileView:
    """Show the person, and for each environment what they hold and their latest requests."""
    with reading() as session:
        return profiles.view(session, account=visitor.account)


@bp.patch("/profile")
@operation(
    Operation(
        summary="Change one's own profile",
        body=ProfileChangeSchema(),
        answer=ProfileSchema(),
        errors=(FieldErrors,),
    )
)
def change(visitor: Visitor, body: dict[str, Any]) -> ProfileView:
    """Change what is sent and leave the rest.

    New names are told to the administrators of one's organisations. A name that looks like an organisation's is refused
    until `confirm_person` is true.
    """
    with transaction() as session:
        account = session.get_one(Account, visitor.account.id, with_for_update=True)
        profiles.change(session, account=account, now=clock.now(session), **body)
        return profiles.view(session, account=account)


@bp.post("/profile/password")
@operation(
    Operation(
        summary="Change one's own password",
        body=ChangePasswordSchema(),
        status=204,
        errors=(CurrentPasswordWrong, TooManyRequests),
    )
)
def change_own_password(visitor: Visitor, body: dict[str, Any]) -> None:
    """Change the password. Every log-in ends, this one too: log in again with the new password."""
    account = visitor.account
    check_limit(LOG_IN_AS, account.email_key)
    if not passwords.matches(account.password_hash, body["current_password"]):
        raise CurrentPasswordWrong("not the current password")
    if found := passwords.problems(body["password"], account):
        raise ValidationError({"password": found})
    new_hash = passwords.hash_password(body["password"])
    with transaction() as session:
        person = session.get_one(Account, account.id, with_for_update=True)
        change_password(session, person, new_hash, now=clock.now(session))
