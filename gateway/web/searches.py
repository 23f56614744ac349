"""What the three searches share: filters in the address, a list with ticks, the request button (R33 to R56)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import ValidationError
from sqlalchemy.orm import Session

from gateway.application import reading
from gateway.forms import address_values, load_form
from gateway.languages import language_was_changed
from gateway.schemas.fields import Form, Tick
from gateway.schemas.organisations import PageSchema
from gateway.schemas.role_requests import CHOOSE, TOO_MANY
from gateway.web.confirmations import confirmation_page
from gateway.web.id_lists import IdList
from gateway.web.refusals import Errors, errors_by_field
from shared.domain.environments import Environment
from shared.domain.errors import FieldErrors
from shared.domain.roles import RoleKind
from shared.models import Account
from shared.services import role_kinds
from shared.services.control_bodies_search import posts_of_control_body
from shared.services.posts_search import find_posts
from shared.services.role_request_submit import MOST_POSTS, bound_posts
from shared.services.search_pages import Page

_LISTS = frozenset({"post_ids", "all_of", "without"})


@dataclass(frozen=True, slots=True)
class Search:
    """One of the three searches."""

    kind: RoleKind
    template: str
    schema: type[PageSchema]
    find: Callable[..., Page[Any]]
    beside: Callable[[Session, Environment, Page[Any], dict[str, Any]], dict[str, Any]]
    """Further values for the template: called with the page found and the filters it was found with."""


@dataclass(frozen=True, slots=True)
class Ticks:
    """Which boxes are set."""

    post_ids: list[UUID] = field(default_factory=list)
    all_of: list[UUID] = field(default_factory=list)
    """Control bodies whose box on top of the list is set (R54)."""
    without: list[UUID] = field(default_factory=list)
    """Posts whose box was taken off again after that."""


class TicksSchema(Form):
    """What the list sends: its ticks, and the button for more results or, from a script, the wish to see them."""

    post_ids = IdList(load_default=list)
    all_of = IdList(load_default=list)
    without = IdList(load_default=list)
    cursor = PageSchema().fields["cursor"]
    show = Tick(load_default=False)


def show_results(
    search: Search,
    account: Account,
    environment: Environment,
    *,
    ticks: Ticks | None = None,
    cursor: str | None = None,
    errors: Errors | None = None,
) -> ResponseReturnValue:
    """Show the form, and the list for the filters of the address once there are any.

    Args:
        search: which of the three.
        account: who searches.
        environment: where.
        ticks: boxes that are set; those of other pages of the list are shown above it.
        cursor: of the page that was asked for by a button, instead of the address's.
        errors: sentences for the bar.
    """
    ticks, found, carried, beside, errors = ticks or Ticks(), None, [], {}, dict(errors or {})
    bound: dict[UUID, str] = {}
    with reading() as session:
        held = role_kinds.held_kind(session, account_id=account.id, environment=environment)
        try:
            found, filters = _find(session, search, environment, cursor)
        except (ValidationError, FieldErrors) as error:
            errors |= errors_by_field(error, field="name")
        if found is not None:
            beside = search.beside(session, environment, found, filters)
            shown = {item.post_id for item in found.items}
            bound = bound_posts(session, account.id, shown)
            elsewhere = [post_id for post_id in ticks.post_ids if post_id not in shown]
            posts = find_posts(session, environment=environment, post_ids=elsewhere)
            carried = [post for post in posts if post.organisation_id not in ticks.all_of]
    page = render_template(
        search.template,
        kind=search.kind,
        held=held,
        blocked=held not in {None, search.kind},
        values=request.args,
        errors=errors,
        found=found,
        ticks=ticks,
        carried=carried,
        bound=bound,
        address=request.full_path.rstrip("?"),
        **beside,
    )
    return (page, 422) if errors else page


def take_ticks(search: Search, account: Account, environment: Environment) -> ResponseReturnValue:
    """Answer what the list sends: with more results, those of other filters, or the confirmation of what is ticked."""
    is_language = language_was_changed()
    try:
        sent = load_form(TicksSchema(), lists=_LISTS)
    except ValidationError as error:
        return show_results(search, account, environment, errors=errors_by_field(error, field="post_ids"))
    cursor, shows = sent.pop("cursor", None), sent.pop("show")
    ticks = Ticks(**sent)
    if cursor and ticks == Ticks() and not is_language:
        return redirect(url_for(request.endpoint or "", **_address(environment, cursor)), code=303)
    if cursor or is_language or shows:
        return show_results(search, account, environment, ticks=ticks, cursor=cursor)
    chosen = _chosen(ticks, environment)
    if not 1 <= len(chosen) <= MOST_POSTS:
        errors: Errors = {"post_ids": [TOO_MANY if chosen else CHOOSE]}
        return show_results(search, account, environment, ticks=ticks, errors=errors)
    return confirmation_page(account, environment, chosen, back=request.full_path.rstrip("?"))


def _find(
    session: Session, search: Search, environment: Environment, cursor: str | None
) -> tuple[Page[Any] | None, dict[str, Any]]:
    """Search with the filters of the address; nothing is searched before the form was sent once (C7)."""
    if not request.args:
        return None, {}
    filters: dict[str, Any] = search.schema().load(address_values())
    if cursor is not None:
        filters["cursor"] = cursor
    return search.find(session, environment=environment, **filters), filters


def _address(environment: Environment, cursor: str) -> dict[str, Any]:
    return {**request.args.to_dict(), "environment": environment, "cursor": cursor}


def _chosen(ticks: Ticks, environment: Environment) -> list[UUID]:
    chosen = list(ticks.post_ids)
    with reading() as session:
        for control_body_id in ticks.all_of:
            posts = posts_of_control_body(session, environment=environment, organisation_id=control_body_id)
            chosen += [post.id for post in posts if post.id not in ticks.without]
    return list(dict.fromkeys(chosen))


def nothing_beside(_session: Session, _environment: Environment, _found: Page[Any], _filters: object) -> dict[str, Any]:
    """For a search that shows nothing but its list."""
    return {}
