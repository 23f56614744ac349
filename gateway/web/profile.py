"""Your profile in an environment: requests, memberships, mails, the way to a further role (R7, R62, R63)."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from gateway.application import reading
from gateway.web.environments import environment_blueprint
from gateway.web.log_in_required import log_in_required
from shared import clock
from shared.domain.environments import Environment
from shared.domain.role_requests import RequestStatus
from shared.models import Account
from shared.services import profiles
from shared.services.mail_views import mails_of_late

bp: Blueprint = environment_blueprint("profile", __name__)


@bp.get("/profile")
@log_in_required
def show(account: Account, environment: Environment) -> ResponseReturnValue:
    """Show what the person asked for and holds here; of the other environment nothing but the way there."""
    with reading() as session:
        now = clock.now(session)
        here = profiles.view_of(session, account, environment, cursor=request.args.get("cursor") or None)
        mails = mails_of_late(session, account, environment, now=now)
    return render_template(
        "profile/environment.html",
        account=account,
        here=here,
        open_requests=[one for one in here.requests if one.status is RequestStatus.OPEN],
        closed_requests=[one for one in here.requests if one.status is RequestStatus.CLOSED],
        next_cursor=here.next_cursor,
        mails=mails,
        now=now,
    )
