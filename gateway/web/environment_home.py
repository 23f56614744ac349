"""The welcome page of an environment, before and after log-in (R1, R4, R5, R25, R27, R28)."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from gateway.application import reading
from gateway.sessions import visitor_from_cookie
from gateway.web.environments import environment_blueprint
from gateway.web.role_choice import choice_page
from shared.domain.environments import Environment
from shared.services import role_kinds

bp: Blueprint = environment_blueprint("environment_home", __name__)


@bp.get("/")
def welcome(environment: Environment) -> ResponseReturnValue:
    """Greet strangers; lead whoever is logged in to the choice of a role, or to the profile."""
    visitor = visitor_from_cookie()
    if visitor is None:
        return render_template("environment/welcome.html")
    with reading() as session:
        held = role_kinds.held_kind(session, account_id=visitor.account.id, environment=environment)
    return render_template("environment/home.html", held=held) if held else choice_page(held)
