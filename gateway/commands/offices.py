"""Who can decide: mailboxes, administrators, the Commission, and whether every post has somebody."""

import click

from gateway.application import reading, settings, transaction
from gateway.commands.answers import Noun, answering, environment_option
from shared import clock
from shared.domain.environments import Environment
from shared.services import administrators as administrator_rights
from shared.services import commission as commission_members
from shared.services.mailboxes import set_mailbox
from shared.services.role_request_route import reroute
from shared.services.routing_check import check as find_posts_without_recipient


@click.group("mailboxes", cls=Noun, help="Office mailboxes, which get requests while an office has no people yet.")
def mailboxes() -> None:
    """Group the verbs."""


@mailboxes.command("set", help="Let mails for the office of CODE (or its exact name) go to EMAIL.")
@click.argument("code")
@click.argument("email")
@environment_option
@answering
def set_one(code: str, email: str, environment: Environment) -> None:
    """Set one mailbox."""
    with transaction() as session:
        now = clock.now(session)
        organisation = set_mailbox(session, organisation=code, email=email, environment=environment, now=now)
    _ask_anew()
    click.echo(f"{organisation.name}: mailbox set")


@click.group("routing", cls=Noun, help="Who is asked to decide.")
def routing() -> None:
    """Group the verbs."""


@routing.command("check", help="Name every post without a living recipient; exit status 1 when there is one.")
@answering
def check() -> None:
    """Look through both environments."""
    with reading() as session:
        found = [
            (environment, post)
            for environment in Environment
            for post in find_posts_without_recipient(session, environment)
        ]
    for environment, post in found:
        click.echo(f"{environment}: {post.code or post.reference}: {post.name} ({post.country or 'no country'})")
    click.echo(f"{len(found)} posts without a living recipient")
    if found:
        raise SystemExit(1)


@click.group("commission", cls=Noun, help="The people of the Commission.")
def commission() -> None:
    """Group the verbs."""


@commission.command("add", help="Make the person behind EMAIL a member of the Commission.")
@click.argument("email")
@environment_option
@answering
def add_to_commission(email: str, environment: Environment) -> None:
    """Add one member."""
    with transaction() as session:
        now = clock.now(session)
        commission_members.add(session, email=email, environment=environment, now=now)
    _ask_anew()
    click.echo("added to the Commission")


@click.group("administrators", cls=Noun, help="People who decide for their own organisation.")
def administrators() -> None:
    """Group the verbs."""


@administrators.command(
    "add", help="Let the person behind EMAIL decide for ORGANISATION (code, TRACES number or name)."
)
@click.argument("email")
@click.argument("organisation")
@environment_option
@answering
def add_administrator(email: str, organisation: str, environment: Environment) -> None:
    """Add one administrator."""
    with transaction() as session:
        now = clock.now(session)
        administrator_rights.add(session, email=email, organisation=organisation, environment=environment, now=now)
    _ask_anew()
    click.echo("administrator added")


@administrators.command("remove", help="Take that right away again; open requests go to whoever is left.")
@click.argument("email")
@click.argument("organisation")
@environment_option
@answering
def remove_administrator(email: str, organisation: str, environment: Environment) -> None:
    """Remove one administrator."""
    with transaction() as session:
        now = clock.now(session)
        administrator_rights.remove(session, email=email, organisation=organisation, environment=environment, now=now)
    _ask_anew()
    click.echo("administrator removed")


def _ask_anew() -> None:
    """Route what nobody could be asked before, or what only somebody gone could decide.

    In a transaction of its own: requests are always locked before organisations.
    """
    with transaction() as session:
        reroute(session, settings=settings(), now=clock.now(session))
