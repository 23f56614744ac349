"""Builders for reference data: files to load, the demonstration itself, and requests that wait for its offices."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.domain.environments import Environment
from shared.domain.role_requests import ItemStatus
from shared.domain.roles import RoleKind
from shared.domain.routing import Rule
from shared.messages import Task
from shared.models import (
    Account,
    Assignment,
    AssignmentItem,
    OperatorActivity,
    Organisation,
    OutboxRow,
    Post,
    RoleRequest,
    RoleRequestItem,
)
from shared.services.reference_changes import names
from shared.services.reference_load import LoadReport, load_demo, load_file
from shared.settings import Settings
from tests.builders import an_organisation
from tests.conftest import NOW

AUTHORITIES = "name,address_as_printed,country_code,role,code"
CONTROL_BODIES = "code,scope_country,name,address_as_printed,seat_country,categories,regime"
OPERATORS = "name,traces_number,address_as_printed,country_code,activity_as_printed"


def a_file(folder: Path, *lines: str | bytes, name: str = "rows.csv") -> Path:
    """A file of these lines."""
    path = folder / name
    path.write_bytes(b"".join((line.encode() if isinstance(line, str) else line) + b"\n" for line in lines))
    return path


def load_lines(
    session: Session,
    folder: Path,
    *lines: str | bytes,
    environment: Environment = Environment.PRODUCTION,
    all_or_nothing: bool = False,
) -> LoadReport:
    """What loading a file of these lines reports."""
    path = a_file(folder, *lines)
    return load_file(session, path, environment=environment, now=NOW, all_or_nothing=all_or_nothing)


def the_demo(session: Session, settings: Settings, environment: Environment = Environment.PRODUCTION) -> LoadReport:
    """Everything that is shipped, in one environment."""
    return load_demo(session, settings=settings, environment=environment, now=NOW)


def organisations(session: Session, kind: str | None = None) -> Sequence[Organisation]:
    """Every loaded organisation (of a kind), in the order of references."""
    statement = select(Organisation).order_by(Organisation.reference)
    return session.scalars(statement.where(Organisation.kind == kind) if kind else statement).all()


def only_one(session: Session) -> Organisation:
    """The one organisation that there is."""
    (organisation,) = organisations(session)
    return organisation


def an_operator(
    session: Session, name: str, *, activities: Sequence[str] = ("ORGANIC_IMPORTER",), **changes: Any
) -> Organisation:
    """A valid operator in Belgium that can be searched for."""
    organisation = an_organisation(session, kind="operator", **names(name), **changes)
    organisation.activities.extend(OperatorActivity(activity=code) for code in activities)
    session.flush()
    return organisation


def waiting_for(session: Session, post: Post, *, applicant: Account) -> RoleRequest:
    """An open request for a post that nobody was asked to decide yet."""
    role_request = RoleRequest(
        environment=post.environment,
        account_id=applicant.id,
        kind=RoleKind.OPERATOR,
        created_at=NOW,
        items=[RoleRequestItem(account_id=applicant.id, post_id=post.id, position=0, status=ItemStatus.WAITING)],
    )
    session.add(role_request)
    session.flush()
    return role_request


def asked_of_mailbox(session: Session, office: Organisation, *, applicant: Account) -> RoleRequest:
    """An open request for a post elsewhere that an office's mailbox was asked to decide."""
    return _asked(session, office, applicant, mailbox=office.mailbox_email)


def asked_of_person(session: Session, office: Organisation, person: Account, *, applicant: Account) -> RoleRequest:
    """An open request for a post elsewhere that a person of an office was asked to decide."""
    return _asked(session, office, applicant, account_id=person.id)


def routed_again(session: Session) -> list[UUID]:
    """Ids of the requests that the worker has to route."""
    return list(session.scalars(select(OutboxRow.subject_id).where(OutboxRow.task == Task.ROUTE_ROLE_REQUESTS)))


def _asked(session: Session, office: Organisation, applicant: Account, **recipient: Any) -> RoleRequest:
    role_request = waiting_for(session, an_organisation(session).posts[0], applicant=applicant)
    session.add(
        Assignment(
            role_request_id=role_request.id,
            office_id=office.id,
            rule=Rule.OPERATOR_COUNTRY,
            step=0,
            since=NOW,
            due=NOW,
            items=[AssignmentItem(item_id=role_request.items[0].id)],
            **recipient,
        )
    )
    session.flush()
    return role_request
