"""Select an authority (R47 to R51)."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from gateway.schemas.organisations import AuthoritySearchSchema
from gateway.web.environments import environment_blueprint
from gateway.web.log_in_required import log_in_required
from gateway.web.searches import Search, nothing_beside, show_results, take_ticks
from shared.domain.environments import Environment
from shared.domain.roles import RoleKind
from shared.models import Account
from shared.services.authorities_search import search_authorities

bp: Blueprint = environment_blueprint("authorities", __name__)
SEARCH = Search(RoleKind.AUTHORITY, "roles/authorities.html", AuthoritySearchSchema, search_authorities, nothing_beside)


@bp.get("/authorities")
@log_in_required
def search(account: Account, environment: Environment) -> ResponseReturnValue:
    """Search by country, role and authority name."""
    return show_results(SEARCH, account, environment)


@bp.post("/authorities")
@log_in_required
def choose(account: Account, environment: Environment) -> ResponseReturnValue:
    """Take what was ticked."""
    return take_ticks(SEARCH, account, environment)
