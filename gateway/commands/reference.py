"""Reference data: organisations of an environment."""

from pathlib import Path

import click

from gateway.application import reading, settings, transaction
from gateway.commands.answers import Noun, answering, environment_option
from shared import clock
from shared.domain.environments import Environment
from shared.services.reference_check import check_reference
from shared.services.reference_load import LoadReport, load_demo, load_file


@click.group("reference", cls=Noun, help="Organisations: authorities, control bodies, operators.")
def command() -> None:
    """Group the verbs."""


@command.command("load", help="Load FILE (CSV), or the set that is shipped when FILE is the word demo.")
@click.argument("file")
@environment_option
@click.option("--all-or-nothing", is_flag=True, help="A single bad row keeps everything out.")
@answering
def load(file: str, environment: Environment, *, all_or_nothing: bool) -> None:
    """Load rows; exit status 1 when a row was bad."""
    with transaction() as session:
        now = clock.now(session)
        if file == "demo":
            report = load_demo(
                session, settings=settings(), environment=environment, now=now, all_or_nothing=all_or_nothing
            )
        else:
            report = load_file(session, Path(file), environment=environment, now=now, all_or_nothing=all_or_nothing)
    _print(report)


@command.command("check", help="Name what is uncertain, missing or other than shipped.")
@answering
def check() -> None:
    """List findings of both environments; they are hints, so the exit status is 0."""
    with reading() as session:
        for environment in Environment:
            for finding in check_reference(session, environment=environment):
                click.echo(f"{environment}: {finding.topic}: {finding.subject}: {finding.sentence}")


def _print(report: LoadReport) -> None:
    for problem in report.problems:
        click.echo(f"line {problem.line}: {problem.reason}", err=True)
    click.echo(f"{report.loaded} new, {report.updated} changed, {report.unchanged} as before")
    if report.problems:
        raise SystemExit(1)
