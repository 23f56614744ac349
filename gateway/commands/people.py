"""Accounts and our own staff."""

import click

from gateway.application import settings, transaction
from gateway.commands.answers import Noun, answering
from gateway.schemas.fields import check_email
from shared import clock
from shared.domain.grounds import check_ground
from shared.services import audit
from shared.services import staff as duties
from shared.services.accounts import disable_account, enable_account
from shared.services.helpdesk_address import correct_address
from shared.services.known_accounts import known_account
from shared.services.staff import Duty

duty_argument = click.argument(
    "duty", type=click.Choice([one.value for one in Duty]), callback=lambda _context, _parameter, value: Duty(value)
)


@click.group("accounts", cls=Noun, help="People's accounts.")
def accounts() -> None:
    """Group the verbs."""


@accounts.command("disable", help="Switch the account of EMAIL off: sessions end at once, it decides nothing.")
@click.argument("email")
@answering
def disable(email: str) -> None:
    """Disable one account."""
    with transaction() as session:
        disable_account(session, email, now=clock.now(session))
    click.echo("disabled")


@accounts.command("enable", help="Switch the account of EMAIL on again.")
@click.argument("email")
@answering
def enable(email: str) -> None:
    """Enable one account."""
    with transaction() as session:
        enable_account(session, email, now=clock.now(session))
    click.echo("enabled")


@accounts.command(
    "correct-address", help="Put NEW in the place of OLD while no password was ever set; a new link is mailed."
)
@click.argument("old")
@click.argument("new")
@click.option("--ground", required=True, help="Why, in at most 60 characters; no names, no addresses.")
@answering
def correct(old: str, new: str, ground: str) -> None:
    """Correct one address."""
    address, why = check_email(new), check_ground(ground)
    with transaction() as session:
        correct_address(
            session,
            known_account(session, old).id,
            address,
            actor=audit.OPERATOR_AT_THE_CONSOLE,
            ground=why,
            settings=settings(),
            now=clock.now(session),
        )
    click.echo("corrected")


@click.group("staff", cls=Noun, help="Duties of our own people: operations, helpdesk.")
def staff() -> None:
    """Group the verbs."""


@staff.command("add", help="Give the person behind EMAIL a duty.")
@click.argument("email")
@duty_argument
@answering
def add(email: str, duty: Duty) -> None:
    """Give one duty."""
    with transaction() as session:
        duties.add(session, email=email, duty=duty, now=clock.now(session))
    click.echo("added")


@staff.command("remove", help="Take a duty from the person behind EMAIL.")
@click.argument("email")
@duty_argument
@answering
def remove(email: str, duty: Duty) -> None:
    """Take one duty away."""
    with transaction() as session:
        duties.remove(session, email=email, duty=duty, now=clock.now(session))
    click.echo("removed")
