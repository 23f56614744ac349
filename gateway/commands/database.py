"""The schema of the database, and the rights in it."""

from pathlib import Path

import click
from flask.cli import with_appcontext

from gateway.application import this_gateway, transaction
from gateway.commands.answers import Noun, answering
from shared.services.database_rights import grant
from shared.services.operator_names_rank import rank_many

MIGRATIONS = Path(__file__).parent.parent.parent / "migrations"


@click.group("database", cls=Noun, help="The schema of the database, and who may do what in it.")
def command() -> None:
    """Group the verbs."""


@command.command("upgrade", help="Bring the schema up to date; does nothing when it is.")
@with_appcontext
def upgrade() -> None:
    """Run the migrations that are missing."""
    upgrade_database()


@command.command("grant", help="Give a role of PostgreSQL what the processes need; run as the owner of the tables.")
@click.argument("role")
@answering
def grant_to(role: str) -> None:
    """Let the processes of ROLE read and write, but never change the audit trail."""
    with transaction() as session:
        grant(session, role)
    click.echo(f"{role} may read and write; what the audit trail says it can only read and add to")


def upgrade_database() -> None:
    """Run the migrations that are missing, in the database of the settings; then lay out many names for searching."""
    # Alembic is for commands alone: no web process starts later, or is bigger, for it.
    from alembic import command as alembic
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["engine"] = this_gateway().database.engine
    alembic.upgrade(config, "head")
    with transaction() as session:
        rank_many(session)
