"""What a decision does to an operator that was created with the request (R46, architecture.md section 5)."""

from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from shared.domain.organisations import OperatorAction, OperatorStatus, OrganisationKind, apply
from shared.models import Organisation, TracesCounter

_INSERT: dict[str, Callable[..., postgresql.Insert | sqlite.Insert]] = {
    "postgresql": postgresql.insert,
    "sqlite": sqlite.insert,
}


def settle_new_operator(session: Session, organisation: Organisation, *, is_accepted: bool) -> bool:
    """Validate or reject an operator that is ``new``; leave every other organisation alone.

    A valid one gets the next TRACES number of its country and environment, which also becomes its reference. The
    caller holds the lock of the request, and of the organisation where it is accepted.

    Returns:
        True when the operator was new.
    """
    if organisation.kind != OrganisationKind.OPERATOR or organisation.status != OperatorStatus.NEW:
        return False
    action = OperatorAction.VALIDATE if is_accepted else OperatorAction.REJECT
    organisation.status = apply(OperatorStatus(organisation.status), action)
    if is_accepted:
        number = _next_traces_number(session, organisation.environment, organisation.country or "")
        organisation.traces_number = organisation.reference = number
    return True


def _next_traces_number(session: Session, environment: str, country: str) -> str:
    """Take the next number: one operator after the other, and none that reference data use already."""
    counter = _locked_counter(session, environment, country)
    while True:
        counter.last += 1
        number = f"{_prefix(country)}{counter.last}"
        taken = select(Organisation.id).where(
            Organisation.environment == environment,
            (Organisation.traces_number == number) | (Organisation.reference == number),
        )
        if session.scalar(taken.limit(1)) is None:
            return number


def _locked_counter(session: Session, environment: str, country: str) -> TracesCounter:
    locked = (
        select(TracesCounter)
        .where(TracesCounter.environment == environment, TracesCounter.country == country)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    counter = session.scalar(locked)
    if counter is None:  # the first of its country: only now every number given so far has to be looked at
        insert = _INSERT[session.get_bind().dialect.name](TracesCounter)
        session.execute(
            insert.values(
                environment=environment, country=country, last=_highest_given(session, environment, country)
            ).on_conflict_do_nothing()
        )
        counter = session.scalars(locked).one()
    return counter


def _highest_given(session: Session, environment: str, country: str) -> int:
    prefix = _prefix(country)
    given = session.scalars(
        select(Organisation.traces_number).where(
            Organisation.environment == environment, Organisation.traces_number.startswith(prefix, autoescape=True)
        )
    )
    endings = ((number or "").removeprefix(prefix) for number in given)
    return max((int(ending) for ending in endings if ending.isascii() and ending.isdigit()), default=0)


def _prefix(country: str) -> str:
    # Country, domain ORG, kind OP, running number: the shape of BE-ORG-OP-5 (domain.md 3.5).
    return f"{country}-ORG-OP-"
