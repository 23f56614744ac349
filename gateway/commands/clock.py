"""The product's clock, which a demonstration may move (architecture: one clock)."""

import re
from datetime import timedelta

import click
from flask.cli import with_appcontext
from sqlalchemy import delete

from gateway.application import settings, transaction
from gateway.commands.answers import Noun, Refusal
from shared import clock
from shared.i18n import offset
from shared.models import ClockOffset

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_DURATION = re.compile(r"(?:\d+[smhd])+")


class DurationType(click.ParamType[timedelta]):
    """A duration such as ``91m``, ``2h30m`` or ``8d``."""

    name = "duration"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """Read the duration, or fail with one line."""
        if not _DURATION.fullmatch(value):
            self.fail(f"{value!r} is not a duration such as 91m, 2h30m or 8d", param, ctx)
        parts = re.findall(r"(\d+)([smhd])", value)
        return timedelta(seconds=sum(int(count) * _UNITS[unit] for count, unit in parts))


@click.group("clock", cls=Noun, help="The product's clock (demonstrations only).")
def command() -> None:
    """Group the verbs."""


@command.command("show", help="Show the product's time and how far it is ahead of the real one.")
@with_appcontext
def show() -> None:
    """Print the time."""
    _print()


@command.command("advance", help="Move the clock of all processes forward by DURATION, such as 91m or 8d.")
@click.argument("duration", type=DurationType())
@with_appcontext
def advance(duration: timedelta) -> None:
    """Move the clock; every process reads it anew with its next transaction."""
    _refuse_in_production()
    with transaction() as session:
        row = session.get(ClockOffset, 1, with_for_update=True)
        if row is None:
            row = ClockOffset(id=1, seconds=0)
            session.add(row)
        row.seconds += int(duration.total_seconds())
    _print()


@command.command("reset", help="Go back to the real time.")
@with_appcontext
def reset() -> None:
    """Forget the offset."""
    _refuse_in_production()
    with transaction() as session:
        session.execute(delete(ClockOffset))
    _print()


def _refuse_in_production() -> None:
    if not settings().is_demo:
        raise Refusal("DEPLOYMENT=production: the clock cannot be moved")


def _print() -> None:
    with transaction() as session:
        now, real = clock.now(session), clock.database_time(session)
    click.echo(f"{now:%Y-%m-%d %H:%M:%S} {offset(now)}, {now - real} ahead of the real time")
