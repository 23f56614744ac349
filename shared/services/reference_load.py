"""Loading organisations from files into one environment; loading the same again changes nothing (Build 8)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared import reference
from shared.domain.environments import Environment
from shared.domain.organisations import OrganisationKind
from shared.models import Organisation
from shared.models.base import new_id
from shared.services import audit
from shared.services.commission import ensure_commission
from shared.services.reference_changes import Tally, others_codes, wait_for_turn
from shared.services.reference_load_authorities import store_authorities
from shared.services.reference_load_control_bodies import store_control_bodies
from shared.services.reference_load_operators import store_operators
from shared.services.reference_row_kinds import AuthorityRow, ControlBodyRow, OperatorRow
from shared.services.reference_rows import Problem, Reading, Row, read_file
from shared.settings import Settings

SHIPPED = ("authorities.csv", "control_bodies.csv", "operators.csv")
"""The files of ``shared/data`` that make up the demonstration."""
MAILBOX_DOMAINS = {
    OrganisationKind.AUTHORITY: "authorities.example",
    OrganisationKind.CONTROL_BODY: "control-bodies.example",
}
"""Where the office mailboxes of a demonstration are: a reserved domain, so no mail reaches anybody (RFC 2606)."""


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What became of the rows: each good one is new, changed or as it was; each bad one has a line and a reason."""

    loaded: int
    updated: int
    problems: list[Problem] = field(default_factory=list)
    unchanged: int = 0


def load_file(
    session: Session, path: Path, *, environment: Environment, now: datetime, all_or_nothing: bool = False
) -> LoadReport:
    """Load a CSV file of authorities, control bodies or operators; no mailbox comes with it.

    Bad rows are reported and the good ones loaded; with ``all_or_nothing`` a single bad row keeps everything out.

    Raises:
        NotFound: there is no such file, or it cannot be read.
    """
    return _load(session, read_file(path), environment=environment, now=now, all_or_nothing=all_or_nothing)


def load_demo(
    session: Session, *, settings: Settings, environment: Environment, now: datetime, all_or_nothing: bool = False
) -> LoadReport:
    """Load the shipped files and the Commission; in a demo deployment also an office mailbox for everybody.

    A mailbox that is set already stays. In production none is made: ``routing check`` names who needs one.
    """
    loaded = updated = unchanged = 0
    problems: list[Problem] = []
    for name in SHIPPED:
        report = load_file(
            session, reference.DATA / name, environment=environment, now=now, all_or_nothing=all_or_nothing
        )
        loaded, updated, unchanged = loaded + report.loaded, updated + report.updated, unchanged + report.unchanged
        problems += [Problem(line, f"{name}: {reason}") for line, reason in report.problems]
    commission = ensure_commission(session, environment=environment, now=now)
    if settings.is_demo:
        commission.mailbox_email = commission.mailbox_email or settings.commission_email
        _add_mailboxes(session, environment)
    session.flush()
    return LoadReport(loaded, updated, problems, unchanged)


def _load(
    session: Session, reading: Reading, *, environment: Environment, now: datetime, all_or_nothing: bool
) -> LoadReport:
    wait_for_turn(session)
    taken = _taken(session, reading, environment)
    rows = [row for row in reading.rows if _code(row) not in taken]
    problems = sorted(
        [
            *reading.problems,
            *(
                Problem(row.line, f"{_code(row)} belongs to another kind of organisation: {taken[_code(row) or '']}")
                for row in reading.rows
                if _code(row) in taken
            ),
        ]
    )
    if not rows or (problems and all_or_nothing):
        return LoadReport(0, 0, problems)
    tally = _store(session, rows, environment, now)
    if tally.loaded or tally.updated:
        audit.record(
            session,
            action="reference.loaded",
            actor=audit.OPERATOR_AT_THE_CONSOLE,
            subject_type="reference_load",
            subject_id=new_id(),
            now=now,
            environment=environment,
            kind=reading.kind,
            loaded=tally.loaded,
            updated=tally.updated,
            problems=len(problems),
        )
    return LoadReport(tally.loaded, tally.updated, problems, tally.unchanged)


def _store(session: Session, rows: Sequence[Row], environment: Environment, now: datetime) -> Tally:
    # One file holds rows of one kind: its first line says which.
    if isinstance(rows[0], AuthorityRow):
        return store_authorities(session, cast("Sequence[AuthorityRow]", rows), environment=environment, now=now)
    if isinstance(rows[0], ControlBodyRow):
        return store_control_bodies(session, cast("Sequence[ControlBodyRow]", rows), environment=environment, now=now)
    return store_operators(session, cast("Sequence[OperatorRow]", rows), environment=environment, now=now)


def _taken(session: Session, reading: Reading, environment: Environment) -> dict[str, str]:
    if reading.kind is None:
        return {}
    codes = [code for row in reading.rows if (code := _code(row))]
    return others_codes(session, environment=environment, kind=reading.kind, codes=codes)


def _code(row: Row) -> str | None:
    return row.traces_number if isinstance(row, OperatorRow) else row.code


def _add_mailboxes(session: Session, environment: Environment) -> None:
    for organisation in session.scalars(
        select(Organisation).where(
            Organisation.environment == environment,
            Organisation.kind.in_(list(MAILBOX_DOMAINS)),
            Organisation.mailbox_email.is_(None),
        )
    ):
        domain = MAILBOX_DOMAINS[OrganisationKind(organisation.kind)]
        organisation.mailbox_email = f"{organisation.reference.lower()}@{domain}"
        organisation.mailbox_language = reference.office_language(organisation.country)
