"""The helpdesk looks at one person: by exact address or username, never at a list, and every look is on record."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from shared.domain import usernames
from shared.domain.contacts import Unacceptable
from shared.domain.email_addresses import normalise
from shared.domain.environments import Environment
from shared.domain.errors import NotFound
from shared.models import Account
from shared.services import audit, role_request_views
from shared.services.mail_views import MailView, mails_with_work
from shared.services.role_request_views import RoleRequestView
from shared.services.sign_up import NOBODY


@dataclass(frozen=True, slots=True)
class PersonView:
    """What the helpdesk sees of a person: the account, its latest mails, and the latest requests newest first."""

    account: Account
    mails: list[MailView]
    requests: list[RoleRequestView]


def find_person(session: Session, who: str, *, by: Account, now: datetime) -> UUID | None:
    """Return the id of the person with exactly this address or username; None when there is none.

    ``by`` is the person of ours who asks. A look in vain is put on record here, any other when somebody is shown.
    """
    account = session.scalar(select(Account).where(_named(who)))
    if account is not None and ("@" in who or account.username.casefold() == who.casefold()):
        return account.id
    _record(session, NOBODY, by, now)
    return None


def look_at(session: Session, account_id: UUID, *, by: Account, now: datetime) -> PersonView:
    """Show a person to somebody of the helpdesk, and put that on record.

    Raises:
        NotFound: there is no account of that id.
    """
    account = session.get(Account, account_id)
    if account is None:
        raise NotFound("no such account")
    _record(session, account.id, by, now)
    requests = [
        one
        for environment in Environment
        for one in role_request_views.list_requests(session, account=account, environment=environment).items
    ]
    return PersonView(
        account=account,
        mails=mails_with_work(session, account, now=now),
        requests=sorted(requests, key=lambda one: one.created_at, reverse=True),
    )


def _named(who: str) -> ColumnElement[bool]:
    if "@" not in who:
        return Account.username_key == usernames.skeleton(who)
    try:
        return Account.email_key == normalise(who)
    except Unacceptable:
        return Account.email_key == who


def _record(session: Session, account_id: UUID, by: Account, now: datetime) -> None:
    audit.record(
        session,
        action="helpdesk.looked",
        actor=audit.by_account(by.id),
        subject_type="account",
        subject_id=account_id,
        now=now,
    )
