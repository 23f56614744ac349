"""Correcting the address of somebody who never could set a password: a typing error, and no mail arrives."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from shared.domain.email_addresses import normalise
from shared.domain.errors import FieldErrors
from shared.domain.links import LinkPurpose
from shared.domain.organisations import N_
from shared.models import Account
from shared.services import audit
from shared.services.daily_limits import check_daily_limit
from shared.services.helpdesk_resend import locked
from shared.services.links import kill_links, lock_links
from shared.services.sign_up import send_password_link
from shared.settings import Settings

CORRECTIONS_A_DAY: Final = 3
"""Of one person's address, so that nobody is mailed to from place to place."""
_CORRECTED = "account.address_corrected"
_HAS_PASSWORD = N_("This person has set a password: the address is proved, and nobody corrects it from here.")
_DISABLED = N_("The account is disabled; its address stays.")
_SAME = N_("This is the address already.")
_CANNOT_BE_USED = N_("This address cannot be used.")


def correct_address(
    session: Session, account_id: UUID, address: str, *, actor: str, ground: str, settings: Settings, now: datetime
) -> None:
    """Put the right address in the place of one that was never proved, and mail a new password link to it.

    The links mailed to the old address are dead at once. Names and username stay, and nothing is proved by this: the
    person has to open the mailed link.

    Args:
        session: the transaction.
        account_id: whose address.
        address: the right one, of a shape our mails can reach.
        actor: whose doing it is, as the audit trail names it.
        ground: why, as ``check_ground`` takes it.
        settings: for the link.
        now: the product's time.

    Raises:
        NotFound: there is no account of that id.
        FieldErrors: a password was set, the account is disabled, it is the address already, or another account has it;
            of that last no more is told than that it cannot be used.
        TooManyRequests: it was corrected three times within a day.
    """
    lock_links(session, account_id)
    account = locked(session, account_id)
    key = normalise(address)
    if account.password_hash is not None:
        raise FieldErrors({"email": [_HAS_PASSWORD]})
    if account.disabled_at is not None:
        raise FieldErrors({"email": [_DISABLED]})
    if key == account.email_key:
        raise FieldErrors({"email": [_SAME]})
    check_daily_limit(session, account_id, action=_CORRECTED, limit=CORRECTIONS_A_DAY, now=now)
    _set_address(session, account, address, key, now)
    kill_links(session, account_id, LinkPurpose.PASSWORD, now=now)
    audit.record(
        session,
        action=_CORRECTED,
        actor=actor,
        subject_type="account",
        subject_id=account_id,
        now=now,
        ground=ground,
    )
    send_password_link(session, account, settings=settings, now=now, limited=False)


def _set_address(session: Session, account: Account, address: str, key: str, now: datetime) -> None:
    if session.scalar(select(exists().where(Account.email_key == key))):
        raise FieldErrors({"email": [_CANNOT_BE_USED]})
    try:
        with session.begin_nested():
            account.email, account.email_key, account.updated_at = address, key, now
    except IntegrityError:
        # Somebody signed up with it at the same moment.
        raise FieldErrors({"email": [_CANNOT_BE_USED]}) from None
