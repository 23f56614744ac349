"""The command line: ``flask --app gateway COMMAND``; one file per noun."""

from gateway.application import Gateway
from gateway.commands import clock, database, install


def register(app: Gateway) -> None:
    """Add all commands."""
    for noun in (install, database, clock):
        app.cli.add_command(noun.command)
