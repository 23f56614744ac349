"""Making an installation usable, in one idempotent step."""

import click
from flask.cli import with_appcontext
from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.application import settings, transaction
from gateway.commands.database import upgrade_database
from shared import clock
from shared.domain.environments import Environment
from shared.models import Organisation
from shared.services.reference_load import load_demo


@click.command("install", help="Bring the schema up to date and, in a new demonstration, load the demo data.")
@with_appcontext
def command() -> None:
    """Prepare the installation of the settings; a second run changes nothing."""
    settings().var_dir.mkdir(parents=True, exist_ok=True)
    upgrade_database()
    if settings().is_demo:
        with transaction() as session:
            for environment in _empty_environments(session):
                load_demo(session, settings=settings(), environment=environment, now=clock.now(session))


def _empty_environments(session: Session) -> list[Environment]:
    known = set(session.scalars(select(Organisation.environment).distinct()))
    return [environment for environment in Environment if environment not in known]
