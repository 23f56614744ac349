"""Requests for roles that stand still."""

from uuid import UUID

import click

from gateway.application import reading, transaction
from gateway.commands.answers import Noun, answering
from shared import clock
from shared.services.role_request_help import route_again, stand_still
from shared.services.role_request_help import unlock as unlock_link


@click.group("requests", cls=Noun, help="Requests for roles that stand still.")
def command() -> None:
    """Group the verbs."""


@command.command("stuck", help="List what needs a person: parked requests, those nobody can decide, locked links.")
@answering
def stuck() -> None:
    """Print one line each: what, id, since."""
    with reading() as session:
        for one in stand_still(session):
            click.echo(f"{one.what:<7} {one.id} since {one.since:%Y-%m-%d %H:%M:%S}")


@command.command("route", help="Route an open request once more, after what parked it was mended.")
@click.argument("request_id", type=click.UUID)
@answering
def route(request_id: UUID) -> None:
    """Queue the routing anew."""
    with transaction() as session:
        route_again(session, request_id, now=clock.now(session))
    click.echo("queued")


@command.command("unlock", help="Let a locked decide link work again; ask its office first whose tries those were.")
@click.argument("link_id", type=click.UUID)
@answering
def unlock(link_id: UUID) -> None:
    """Unlock one link."""
    with transaction() as session:
        unlock_link(session, link_id, now=clock.now(session))
    click.echo("unlocked")
