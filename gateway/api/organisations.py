"""The three searches, by API."""

from typing import Any

from flask import Blueprint

from gateway.api.operations import Operation, operation
from gateway.application import reading
from gateway.schemas.organisations import (
    AuthorityListSchema,
    AuthoritySearchSchema,
    ControlBodyListSchema,
    ControlBodySearchSchema,
    OperatorListSchema,
    OperatorSearchSchema,
)
from gateway.sessions import Visitor
from gateway.web.environments import environment_blueprint
from shared.domain.environments import Environment
from shared.domain.errors import FieldErrors, NotFound
from shared.services.authorities_search import search_authorities
from shared.services.control_bodies_search import search_control_bodies
from shared.services.operators_search import search_operators
from shared.services.organisations_items import AuthorityItem, ControlBodyItem, OperatorItem
from shared.services.search_pages import Page

bp: Blueprint = environment_blueprint("api_organisations", __name__)


@bp.get("/operators")
@operation(
    Operation(
        summary="Search operators",
        query=OperatorSearchSchema(),
        answer=OperatorListSchema(),
        errors=(NotFound, FieldErrors),
    )
)
def operators(visitor: Visitor, environment: Environment, query: dict[str, Any]) -> Page[OperatorItem]:
    """List valid operators by name. Section and activity by code or English label, country by code or name."""
    del visitor
    with reading() as session:
        return search_operators(session, environment=environment, **query)


@bp.get("/authorities")
@operation(
    Operation(
        summary="Search authorities",
        query=AuthoritySearchSchema(),
        answer=AuthorityListSchema(),
        errors=(NotFound, FieldErrors),
    )
)
def authorities(visitor: Visitor, environment: Environment, query: dict[str, Any]) -> Page[AuthorityItem]:
    """List authorities that take requests, by name. The role is BCP or CCA."""
    del visitor
    with reading() as session:
        return search_authorities(session, environment=environment, **query)


@bp.get("/control-bodies")
@operation(
    Operation(
        summary="Search control bodies",
        query=ControlBodySearchSchema(),
        answer=ControlBodyListSchema(),
        errors=(NotFound, FieldErrors),
    )
)
def control_bodies(visitor: Visitor, environment: Environment, query: dict[str, Any]) -> Page[ControlBodyItem]:
    """List the code numbers of control bodies. The country to search by is that of the seat."""
    del visitor
    with reading() as session:
        return search_control_bodies(session, environment=environment, **query)
