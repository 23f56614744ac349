"""Delivery reports that a mail server pipes in, or that lie in files."""

import logging
import sys
from pathlib import Path
from typing import Final

import click
from flask.cli import with_appcontext

from gateway.application import settings, transaction
from gateway.commands.answers import Noun
from shared import clock
from shared.bounce_folder import BounceFolder
from shared.db import is_away
from shared.domain.delivery_reports import LARGEST
from shared.services.bounces import Outcome, take_report, understood

TRY_AGAIN: Final = 75
"""EX_TEMPFAIL of sysexits.h: a mail server keeps the mail and comes back with it."""

logger = logging.getLogger(__name__)


@click.group("bounces", cls=Noun, help="Mails that came back.")
def command() -> None:
    """Group the verbs."""


@command.command("read", help="Read delivery reports: one from standard input, or those in FILES.")
@click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@with_appcontext
def read(files: tuple[Path, ...]) -> None:
    """Print what became of each report.

    Ends with status 0 once they were read, understood or not, and with 75 when that has to be tried again: then a mail
    server keeps the report. A report from standard input that was not understood is kept for a person to look at.
    """
    reports = [BounceFolder.read(path) for path in files] or [_piped()]
    settled = [_settle(raw, keep=not files) for raw in reports]
    if not all(settled):
        sys.exit(TRY_AGAIN)


def _settle(raw: bytes, *, keep: bool) -> bool:
    """Read one report and say what became of it; False when it has to be read again."""
    try:
        outcome = _take(raw)
        if outcome is Outcome.NOT_UNDERSTOOD and keep:
            _keep(raw)
    except Exception as error:
        if not is_away(error):
            logger.exception("a delivery report could not be read")
        click.echo("not read: try again", err=True)
        return False
    click.echo(outcome.value)
    return outcome is not Outcome.TOO_EARLY


def _take(raw: bytes) -> Outcome:
    report = understood(raw, settings=settings())
    with transaction() as session:
        return take_report(session, report, now=clock.now(session))


def _keep(raw: bytes) -> None:
    if not BounceFolder(settings().bounces_kept).keep(raw):
        logger.warning("a delivery report was not understood, and not kept: there are too many already")


def _piped() -> bytes:
    """What stands on standard input, which is read to its end: a mail server takes a closed pipe for a failure."""
    raw = sys.stdin.buffer.read(LARGEST)
    while sys.stdin.buffer.read(LARGEST):
        pass
    return raw
