"""Checking e-mail and password, for pages and API (R24, R26, S7, S8, S13)."""

from sqlalchemy import select

from gateway import passwords
from gateway.application import reading, transaction
from gateway.throttling import LOG_IN, LOG_IN_AS, check_limit
from shared.domain.email_addresses import normalise
from shared.domain.errors import CredentialsWrong
from shared.models import Account


def check_credentials(email: str, password: str) -> Account:
    """Return the account that e-mail and password belong to.

    Unknown, without a password, disabled or wrong: one answer, after the same work.

    Raises:
        CredentialsWrong: any of these.
        TooManyRequests: too many tries from this machine; the owner can still log in from another.
    """
    key = _key(email)
    check_limit(LOG_IN)
    check_limit(LOG_IN_AS, key)
    with reading() as session:
        account = session.scalar(select(Account).where(Account.email_key == key))
    usable = account is not None and account.disabled_at is None
    right = passwords.matches(account.password_hash if account and usable else None, password)
    if account is None or not right:
        raise CredentialsWrong("wrong")
    if account.password_hash and passwords.needs_rehash(account.password_hash):
        _rehash(account, password)
    return account


def _key(email: str) -> str:
    try:
        return normalise(email)
    except ValueError:
        return email


def _rehash(account: Account, password: str) -> None:
    """Keep a stronger hash, now that the password is at hand (S18)."""
    stronger = passwords.hash_password(password)
    with transaction() as session:
        found = session.get_one(Account, account.id, with_for_update=True)
        if found.password_hash == account.password_hash:
            found.password_hash = stronger
