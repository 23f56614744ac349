"""How commands answer: wrong use, and what the domain refuses, becomes one line and exit status 2."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import click
from flask.cli import with_appcontext

from shared.domain.environments import Environment
from shared.domain.errors import DomainError


class Refusal(click.ClickException):
    """One line on standard error, exit status 2."""

    exit_code = 2


class Verb(click.Command):
    """A command whose wrong use is told in one line."""

    def make_context(self, *values: Any, **named: Any) -> click.Context:
        """Read the command line."""
        try:
            return super().make_context(*values, **named)
        except click.UsageError as error:
            raise Refusal(error.format_message()) from None


class Noun(click.Group):
    """A group of verbs."""

    command_class = Verb

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """Find the verb."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            raise Refusal(error.format_message()) from None


environment_option = click.option(
    "--environment",
    type=click.Choice([one.value for one in Environment]),
    required=True,
    callback=lambda _context, _parameter, value: Environment(value),
    help="Which of the two worlds.",
)


def answering(command: Callable[..., None]) -> Callable[..., None]:
    """Run a command with the application, and turn a refusal into a line a person can act on."""

    @with_appcontext
    @wraps(command)
    def answered(*values: Any, **named: Any) -> None:
        try:
            command(*values, **named)
        except (DomainError, ValueError) as refusal:
            raise Refusal(str(refusal)) from None

    return answered
