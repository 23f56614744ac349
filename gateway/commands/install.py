"""Making an installation usable, in one idempotent step."""

import click
from flask.cli import with_appcontext

from gateway.application import settings
from gateway.commands.database import upgrade_database


@click.command("install", help="Bring the schema up to date and, in a new demonstration, load the demo data.")
@with_appcontext
def command() -> None:
    """Prepare the installation of the settings; a second run changes nothing."""
    settings().var_dir.mkdir(parents=True, exist_ok=True)
    upgrade_database()
