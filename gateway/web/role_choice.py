"""Select your role: the three kinds, and why some are not open (R28 to R30)."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from gateway.application import reading
from gateway.web.environments import environment_blueprint
from gateway.web.log_in_required import log_in_required
from shared.domain.environments import Environment
from shared.domain.roles import RoleKind
from shared.models import Account
from shared.services import role_kinds

bp: Blueprint = environment_blueprint("role_choice", __name__)


@bp.get("/roles")
@log_in_required
def choose(account: Account, environment: Environment) -> ResponseReturnValue:
    """Show the three kinds."""
    with reading() as session:
        held = role_kinds.held_kind(session, account_id=account.id, environment=environment)
    return choice_page(held)


def choice_page(held: RoleKind | None) -> str:
    """Show the three kinds; ``held`` is the one the person is bound to, None while all are open."""
    return render_template("roles/choice.html", held=held)
