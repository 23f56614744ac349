"""The schema of the database."""

from pathlib import Path

import click
from alembic import command as alembic
from alembic.config import Config
from flask.cli import with_appcontext

from gateway.application import this_gateway
from gateway.commands.answers import Noun

MIGRATIONS = Path(__file__).parent.parent.parent / "migrations"


@click.group("database", cls=Noun, help="The schema of the database.")
def command() -> None:
    """Group the verbs."""


@command.command("upgrade", help="Bring the schema up to date; does nothing when it is.")
@with_appcontext
def upgrade() -> None:
    """Run the migrations that are missing."""
    upgrade_database()


def upgrade_database() -> None:
    """Run the migrations that are missing, in the database of the settings."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["engine"] = this_gateway().database.engine
    alembic.upgrade(config, "head")
