"""The usual mail: a password link with nothing in its way.

Sign-ups come by the thousand, so this way is short: the statement that takes the row also stamps the link and reads
mail, link and account. Whatever is not usual goes the long way through ``worker.obstacles``, which decides.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import CTE, Interval, Select, Update, bindparam, select

from shared import clock
from shared.direct import Step
from shared.domain.deliveries import MailState
from shared.domain.links import LinkPurpose
from shared.models import Account, Email, Link
from shared.outbox import Reading
from shared.rows import table_of
from shared.services.links import stamp_alive
from shared.settings import Settings
from worker.contents import Contents, KeyGone, frame
from worker.contents.accounts import password_contents
from worker.contents.occasion import link_url, time_for


class Mail(NamedTuple):
    """The columns of a mail, of its link, and of whom it goes to."""

    id: UUID
    template: str
    recipient: str
    recipient_key: str
    language: str
    environment: str | None
    account_id: UUID | None
    role_request_id: UUID | None
    link_id: UUID | None
    link_purpose: str | None
    link_key_number: int | None
    link_created_at: datetime | None
    first_name: str | None
    last_name: str | None
    time_zone: str | None
    is_first: bool
    stamped_until: datetime | None
    """When its link dies, which was stamped just now; None when this is not the usual mail."""

    @property
    def domain(self) -> str:
        """Of the address, as the rule of equal addresses writes it."""
        return self.recipient_key.rpartition("@")[2]


_EMAIL, _LINK, _ACCOUNT = table_of(Email), table_of(Link), table_of(Account)
_COLUMNS = (
    *(_EMAIL.c[name] for name in ("id", "template", "recipient", "recipient_key", "language", "environment")),
    *(_EMAIL.c[name] for name in ("account_id", "role_request_id", "link_id")),
    *(_LINK.c[name].label(f"link_{name}") for name in ("purpose", "key_number", "created_at")),
    *(_ACCOUNT.c[name] for name in ("first_name", "last_name", "time_zone")),
    _ACCOUNT.c.password_hash.is_(None).label("is_first"),
)
_IS_OF_LINK = _LINK.c.id == _EMAIL.c.link_id
_IS_OF_ACCOUNT = _ACCOUNT.c.id == _EMAIL.c.account_id


def _stamp(email_id: Any, now: Any, until: Any) -> Update:
    """Start the time of the link in a mail, when it is the usual one."""
    # By its key, in a question of its own: PostgreSQL would rather go through all links that live.
    link_id = select(_EMAIL.c.link_id).where(
        _EMAIL.c.id == email_id, _EMAIL.c.template == "password", _EMAIL.c.state == MailState.WAITING
    )
    return stamp_alive(now, until).where(
        _LINK.c.id == link_id.scalar_subquery(), _LINK.c.purpose == LinkPurpose.PASSWORD
    )


def _read_at_once(taken: CTE, now: Any) -> Select[Any]:
    until = now + bindparam("lifetime", type_=Interval())
    stamped = _stamp(select(taken.c.subject_id).scalar_subquery(), now, until).cte("stamped")
    source = (
        taken.outerjoin(_EMAIL, _EMAIL.c.id == taken.c.subject_id)
        .outerjoin(_LINK, _IS_OF_LINK)
        .outerjoin(_ACCOUNT, _IS_OF_ACCOUNT)
        .outerjoin(stamped, stamped.c.id == _EMAIL.c.link_id)
    )
    return select(*_COLUMNS, stamped.c.expires_at).select_from(source)


_STAMP = _stamp(bindparam("email_id"), bindparam("now"), bindparam("until"))
_READ = select(*_COLUMNS).select_from(_EMAIL.outerjoin(_LINK, _IS_OF_LINK).outerjoin(_ACCOUNT, _IS_OF_ACCOUNT))
_READ_ONE = _READ.where(_EMAIL.c.id == bindparam("email_id"))


def _read_in_turn(session: Step, email_id: UUID, values: Mapping[str, Any]) -> Sequence[Any]:
    connection, now = session.connection(), clock.now(session)
    times = {"now": now, "until": now + values["lifetime"]}
    stamped = connection.execute(_STAMP, {"email_id": email_id} | times).one_or_none()
    found = connection.execute(_READ_ONE, {"email_id": email_id}).one_or_none()
    return (*found, stamped and stamped.expires_at) if found else (None,)


MAIL = Reading(_read_at_once, _read_in_turn, Mail._make)
"""What is found out about every mail that is taken: a ``Mail``. Takes the parameter ``lifetime``."""


def contents_at_a_glance(mail: Mail, settings: Settings) -> Contents | None:
    """What the usual mail says; None when the mail is not the usual one."""
    if mail.stamped_until is None or mail.time_zone is None or mail.link_id is None or mail.link_key_number is None:
        return None
    try:
        url = link_url(settings, purpose=LinkPurpose.PASSWORD, link_id=mail.link_id, key_number=mail.link_key_number)
    except KeyGone:
        return None
    return frame(settings, environment=mail.environment, recipient=mail.recipient) | password_contents(
        link_url=url,
        lifetime=settings.link_lifetime,
        expires=time_for(mail.stamped_until, language=mail.language, zone=mail.time_zone),
        is_first=mail.is_first,
        name=f"{mail.first_name} {mail.last_name}",
    )
