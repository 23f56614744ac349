"""Hashing passwords, two at a time, and judging new ones (S18, S19)."""

import runpy
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from shared.domain import passwords
from shared.models import Account

MEMORY_KIB = 19 * 1024
ROUNDS = 2
LANES = 1
"""OWASP's parameters for argon2id."""
AT_ONCE = 2
"""Hashes in one process at the most: each takes 19 MiB and a core."""

_hasher = PasswordHasher(time_cost=ROUNDS, memory_cost=MEMORY_KIB, parallelism=LANES)
# Threads of their own, not a semaphore: the allocator keeps the memory of a hash for the thread that asked for it, so
# that every thread of the web server would end up with 19 MiB.
_hashing = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="hashing")


def hash_password(password: str) -> str:
    """Hash a password for keeping; never with a transaction open, for it takes tens of milliseconds."""
    return _hashing.submit(_hasher.hash, passwords.normalise(password)).result()


def matches(password_hash: str | None, password: str) -> bool:
    """True when the password belongs to the hash.

    Without a hash the same work is done for nothing, so that the time tells no one whether an account exists (S8).
    """
    try:
        _hashing.submit(_hasher.verify, password_hash or _nobodys_hash(), passwords.normalise(password)).result()
    except (Argon2Error, InvalidHashError):
        return False
    return password_hash is not None


def needs_rehash(password_hash: str) -> bool:
    """True when the hash was made with weaker parameters than today's."""
    return _hasher.check_needs_rehash(password_hash)


def problems(password: str, account: Account) -> list[str]:
    """Say what is wrong with a new password for this person; empty when nothing is (S19)."""
    return passwords.problems(password, personal=_personal(account), common=_is_common)


def _personal(account: Account) -> Iterable[str]:
    return (account.first_name, account.last_name, account.email.partition("@")[0], account.username)


@cache
def _nobodys_hash() -> str:
    return hash_password("nobody has this password")


def _is_common(word: str) -> bool:
    return word in _common_passwords()


@cache
def _common_passwords() -> frozenset[str]:
    """The 30 000 passwords that are tried first, from zxcvbn.

    Its file is read by itself: importing the package would rank names and words of films too, for 30 MiB.
    """
    spec = find_spec("zxcvbn")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("zxcvbn")
    lists = runpy.run_path(str(Path(spec.origin).with_name("frequency_lists.py")))["FREQUENCY_LISTS"]
    return frozenset(lists["passwords"])
