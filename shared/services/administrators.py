"""Naming administrators of organisations from the command line, and taking the right away (C6)."""

from datetime import datetime

from sqlalchemy.orm import Session

from shared import outbox
from shared.domain.environments import Environment
from shared.domain.errors import NotFound
from shared.domain.organisations import OrganisationKind
from shared.messages import Queue, Task
from shared.models import Account, Administrator, Organisation
from shared.services import audit
from shared.services.known_accounts import known_account, usable_account
from shared.services.organisations_find import find_organisation
from shared.services.role_request_accept import make_administrator, route_again_after_arrival
from shared.services.role_request_stranded import asked_of


def add(session: Session, *, email: str, organisation: str, environment: Environment, now: datetime) -> Administrator:
    """Let the person behind an address decide for an organisation; one who may already still may.

    The right covers all posts of the organisation but requests of one's own. It is no role: the person holds no post by
    it and can ask for one. What waits in the organisation comes to the new administrator as well.

    Args:
        session: a transaction.
        email: the address of an account, in any case.
        organisation: its code, reference, TRACES number or name.
        environment: where.
        now: the product's time.

    Raises:
        NotFound: no usable account has the address; no organisation, or more than one, is named so; it is the
            Commission, which has members only.
    """
    office = _office(session, organisation, environment)
    account = usable_account(session, email)
    if make_administrator(session, account_id=account.id, organisation_id=office.id, now=now):
        session.flush()
        route_again_after_arrival(session, [office.id], arrived_as_administrator=True)
        _record(session, "administrator.added", account, office, now)
    return session.get_one(Administrator, (account.id, office.id))


def remove(session: Session, *, email: str, organisation: str, environment: Environment, now: datetime) -> None:
    """Take from the person behind an address the right to decide for an organisation; memberships stay.

    What the person was asked to decide there is routed again at once, so that nothing waits for nobody (S34).

    Raises:
        NotFound: no account has the address; no organisation, or more than one, is named so; the person is no
            administrator of it.
    """
    office = _office(session, organisation, environment)
    account = known_account(session, email)
    administrator = session.get(Administrator, (account.id, office.id))
    if administrator is None:
        raise NotFound("This person is no administrator of this organisation.")
    session.delete(administrator)
    session.flush()
    for role_request_id in asked_of(session, account_id=account.id, office_id=office.id):
        # Left to the worker: requests are locked before organisations, and this transaction holds one of the latter.
        outbox.add(session, task=Task.ROUTE_ROLE_REQUESTS, queue=Queue.ROUTING, subject_id=role_request_id)
    _record(session, "administrator.removed", account, office, now)


def _office(session: Session, named: str, environment: Environment) -> Organisation:
    office = find_organisation(session, named, environment=environment)
    if office.kind == OrganisationKind.COMMISSION:
        raise NotFound("The Commission has members and no administrators.")
    return office


def _record(session: Session, action: str, account: Account, office: Organisation, now: datetime) -> None:
    audit.record(
        session,
        action=action,
        actor=audit.OPERATOR_AT_THE_CONSOLE,
        subject_type="organisation",
        subject_id=office.id,
        now=now,
        environment=office.environment,
        account_id=str(account.id),
    )
