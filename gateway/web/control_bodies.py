"""Select Organic Control Body: by country of its seat and name; one country, several or all (R52 to R56)."""

from itertools import groupby
from operator import attrgetter
from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gateway.application import reading
from gateway.schemas.organisations import ControlBodySearchSchema
from gateway.web.environments import environment_blueprint
from gateway.web.log_in_required import log_in_required
from gateway.web.searches import Search, show_results, take_ticks
from gateway.web.wording import country_label
from shared.domain.environments import Environment
from shared.domain.roles import RoleKind
from shared.models import Account, Post
from shared.services.control_bodies_search import search_control_bodies, suggest_control_bodies
from shared.services.search_pages import Page

bp: Blueprint = environment_blueprint("control_bodies", __name__)


@bp.get("/control-bodies")
@log_in_required
def search(account: Account, environment: Environment) -> ResponseReturnValue:
    """Search by country and name."""
    return show_results(SEARCH, account, environment)


@bp.post("/control-bodies")
@log_in_required
def choose(account: Account, environment: Environment) -> ResponseReturnValue:
    """Take what was ticked, one by one or on top of the list."""
    return take_ticks(SEARCH, account, environment)


@bp.get("/control-bodies/suggestions")
@log_in_required
def suggestions(account: Account, environment: Environment) -> ResponseReturnValue:
    """List a few control bodies for what was typed so far, for the page's own script (R41)."""
    del account
    with reading() as session:
        found = suggest_control_bodies(session, environment=environment, text=request.args.get("text"))
    return {"items": [{"name": one.name, "country": country_label(one.seat_country)} for one in found]}


def _beside(session: Session, _environment: Environment, found: Page[Any], _filters: object) -> dict[str, Any]:
    """The rows by control body, and how many countries each certifies in all, shown on this page or not."""
    # In the order of the list, in which the rows of a body stand together.
    groups = [list(items) for _, items in groupby(found.items, key=attrgetter("control_body_id"))]
    ids = [items[0].control_body_id for items in groups]
    counts = select(Post.organisation_id, func.count()).where(Post.organisation_id.in_(ids))
    return {"groups": groups, "counts": dict(session.execute(counts.group_by(Post.organisation_id)).all())}


SEARCH = Search(
    RoleKind.CONTROL_BODY, "roles/control_bodies.html", ControlBodySearchSchema, search_control_bodies, _beside
)
