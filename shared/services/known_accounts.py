"""The people that commands name by their address."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.domain.contacts import Unacceptable
from shared.domain.email_addresses import normalise
from shared.domain.errors import NotFound
from shared.models import Account


def known_account(session: Session, email: str) -> Account:
    """Return the account behind an address; it is not locked, so that rights can lock their organisation first.

    Raises:
        NotFound: there is none.
    """
    try:
        key = normalise(email)
    except Unacceptable as error:
        raise NotFound(str(error)) from None
    account = session.scalar(select(Account).where(Account.email_key == key))
    if account is None:
        raise NotFound("No account has this address: the person has to sign up first.")
    return account


def usable_account(session: Session, email: str) -> Account:
    """Return the account behind an address that can be given a right.

    Raises:
        NotFound: there is none; its address was never proved by setting a password; it is disabled.
    """
    account = known_account(session, email)
    if account.password_hash is None:
        raise NotFound("This account has no password yet: the person has to open the link in the mail first.")
    if account.disabled_at is not None:
        raise NotFound("This account is disabled.")
    return account
