"""The command line: ``flask --app gateway COMMAND``."""

from gateway.application import Gateway
from gateway.commands import audit, bounces, clock, database, emails, install, offices, people, reference, requests


def register(app: Gateway) -> None:
    """Add all commands."""
    for command in (
        install.command,
        database.command,
        reference.command,
        offices.mailboxes,
        offices.routing,
        offices.commission,
        offices.administrators,
        people.accounts,
        people.staff,
        requests.command,
        emails.command,
        bounces.command,
        audit.command,
        clock.command,
    ):
        app.cli.add_command(command)
