"""Select an operator (R33 to R37)."""

from typing import Any

from flask import Blueprint
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from gateway.schemas.organisations import OperatorSearchSchema
from gateway.web.environments import environment_blueprint
from gateway.web.log_in_required import log_in_required
from gateway.web.searches import Search, show_results, take_ticks
from shared.domain.environments import Environment
from shared.domain.roles import RoleKind
from shared.models import Account
from shared.services.operator_create import look_alikes_of
from shared.services.operators_search import search_operators
from shared.services.search_pages import Page

bp: Blueprint = environment_blueprint("operators", __name__)


@bp.get("/operators")
@log_in_required
def search(account: Account, environment: Environment) -> ResponseReturnValue:
    """Search by country, section, activity type and name."""
    return show_results(SEARCH, account, environment)


@bp.post("/operators")
@log_in_required
def choose(account: Account, environment: Environment) -> ResponseReturnValue:
    """Take what was ticked."""
    return take_ticks(SEARCH, account, environment)


def _beside(session: Session, environment: Environment, found: Page[Any], filters: dict[str, Any]) -> dict[str, Any]:
    """Names that look the same, where nothing was found for the one that was typed (C7)."""
    name = filters.get("name")
    alike = [] if found.items or not name else look_alikes_of(session, environment=environment, name=name)
    return {"look_alikes": alike, "criteria": {name for name in filters if name not in {"cursor", "limit"}}}


SEARCH = Search(RoleKind.OPERATOR, "roles/operators.html", OperatorSearchSchema, search_operators, _beside)
