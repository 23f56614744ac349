"""Mails: what was said to whom, and sending again."""

import sys
from uuid import UUID

import click

from gateway.application import reading, settings, transaction
from gateway.commands.answers import Noun, answering
from gateway.commands.csv_rows import write_rows
from shared import clock
from shared.domain.deliveries import MailState
from shared.models import Email
from shared.services.email_log import list_emails, resend_email, show_email

COLUMNS = ("created_at", "id", "template", "recipient", "state", "sent_at", "reason", "bounced_at", "bounce_status")
"""Of the rows for a spreadsheet."""


@click.group("emails", cls=Noun, help="Mails: what was said to whom, and whether it went.")
def command() -> None:
    """Group the verbs."""


@command.command("list", help="List the newest mails.")
@click.option("--to", help="Only those to this address.")
@click.option("--state", type=click.Choice([one.value for one in MailState]), help="Only those in this state.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True, help="How many at the most.")
@click.option("--csv", "as_csv", is_flag=True, help="As rows for a spreadsheet.")
@answering
def list_them(to: str | None, state: str | None, limit: int, *, as_csv: bool) -> None:
    """Print one line a mail."""
    with reading() as session:
        found = list_emails(session, to=to, state=state, limit=limit)
        if as_csv:
            write_rows(sys.stdout, [COLUMNS, *(map(str, _cells(email)) for email in found)])
            return
        for email in found:
            click.echo(_line(email))


@command.command("show", help="Show one mail and what was tried.")
@click.argument("email_id", type=click.UUID)
@answering
def show(email_id: UUID) -> None:
    """Print a mail's facts; its link and text are made at the moment of sending and kept nowhere."""
    with reading() as session:
        email, rows = show_email(session, email_id)
        click.echo(_line(email))
        if email.bounced_at:
            click.echo(f"  came back: {email.bounced_at:%Y-%m-%d %H:%M:%S} {email.bounce_status or '-'}")
        for row in rows:
            ended = f"{row.outcome} {row.finished_at:%Y-%m-%d %H:%M:%S}" if row.finished_at else "waiting"
            click.echo(
                f"  {row.queue}: {ended}, {row.attempts} temporary answers, {row.crashes} crashes"
                f"{', last: ' + row.last_error if row.last_error else ''}"
            )


@command.command("resend", help="Send a refused, held or closed mail again; a password mail gets a new link.")
@click.argument("email_id", type=click.UUID)
@answering
def resend(email_id: UUID) -> None:
    """Queue it anew."""
    with transaction() as session:
        resend_email(session, email_id, settings=settings(), now=clock.now(session))
    click.echo("queued")


def _cells(email: Email) -> list[object]:
    return ["" if (value := getattr(email, name)) is None else value for name in COLUMNS]


def _line(email: Email) -> str:
    sent = f"{email.sent_at:%H:%M:%S}" if email.sent_at else "-"
    reason = f" ({email.reason})" if email.reason else ""
    return (
        f"{email.created_at:%Y-%m-%d %H:%M:%S} {email.id} {email.template} {email.recipient}"
        f" {email.state} {sent}{reason}"
    )
