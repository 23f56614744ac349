"""The record of who did what."""

import json

import click

from gateway.application import reading, settings
from gateway.commands.answers import Noun, answering
from shared.services.audit_verify import export as export_events
from shared.services.audit_verify import verify as verify_chain
from shared.services.database_rights import may_rewrite_the_audit_trail


@click.group("audit", cls=Noun, help="The record of who did what, when and on which ground.")
def command() -> None:
    """Group the verbs."""


@command.command("verify", help="Check the chain of seals; exit status 1 names the first row that is not as sealed.")
@answering
def verify() -> None:
    """Go through the whole chain."""
    with reading() as session:
        result = verify_chain(session, settings().keyring)
        is_unprotected = not settings().is_demo and may_rewrite_the_audit_trail(session)
    for problem in result.problems:
        click.echo(str(problem), err=True)
    click.echo(f"{result.sealed} events sealed, {result.unsealed} not yet, {len(result.problems)} problems")
    # Kept elsewhere, the head of the chain also shows later whether its end was cut off.
    click.echo(f"head {result.head}")
    if is_unprotected:
        click.echo("the database lets this role change the audit trail: see `database grant`", err=True)
    if result.problems:
        raise SystemExit(1)


@command.command("export", help="Write all events as JSON lines, in the order of their seals.")
@answering
def export() -> None:
    """Print one event a line."""
    with reading() as session:
        for event in export_events(session):
            click.echo(json.dumps(event, ensure_ascii=False))
