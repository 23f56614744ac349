"""Making an installation usable, in one idempotent step."""

import re

import click
from flask.cli import with_appcontext
from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.application import settings, transaction
from gateway.commands.database import upgrade_database
from shared import clock
from shared.domain.environments import Environment
from shared.models import Organisation
from shared.services.commission import ensure_commission
from shared.services.mailboxes import set_mailbox
from shared.services.reference_load import load_demo


@click.command("install", help="Bring the schema up to date and, in a new demonstration, load the demo data.")
@with_appcontext
def command() -> None:
    """Prepare the installation of the settings; a second run changes nothing."""
    settings().var_dir.mkdir(parents=True, exist_ok=True)
    upgrade_database()
    with transaction() as session:
        if settings().is_demo:
            for environment in _empty_environments(session):
                load_demo(session, settings=settings(), environment=environment, now=clock.now(session))
        else:
            _set_commission_mailbox(session)


def _set_commission_mailbox(session: Session) -> None:
    """Give the Commission its mailbox from the settings, where it has none yet; a reserved domain is none."""
    address, now = settings().commission_email, clock.now(session)
    for environment in Environment:
        commission = ensure_commission(session, environment=environment, now=now)
        session.flush()
        if commission.mailbox_email is None and not _RESERVED.search(address):
            set_mailbox(session, organisation="commission", email=address, environment=environment, now=now)


_RESERVED = re.compile(r"[@.](example|test|invalid|localhost|example\.(org|com|net))$", re.IGNORECASE)
"""Domains that never reach anybody (RFC 2606)."""


def _empty_environments(session: Session) -> list[Environment]:
    known = set(session.scalars(select(Organisation.environment).distinct()))
    return [environment for environment in Environment if environment not in known]
