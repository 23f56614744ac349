"""The canary's walk: sign-up to expiry every five minutes, so that operations know before people do.

It waits for what only the whole system can bring: a stage ends when the mails it names were taken by the mail server.
"""

from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType

EVERY = timedelta(minutes=5)
LONGEST_STAGE = timedelta(seconds=90)
"""A walk that waits longer for its mails has failed; the next one begins in its turn."""
COUNTRY = "ZZ"
"""The canary's offices lie in no country of this world (user-assigned in ISO 3166): nobody else is ever asked."""


class Stage(StrEnum):
    """What a walk waits for."""

    PASSWORD_MAIL = "password_mail"  # noqa: S105 - a mail, not a password
    DECIDE_MAIL = "decide_mail"
    EXPIRED_MAIL = "expired_mail"


MAILS = MappingProxyType(
    {
        Stage.PASSWORD_MAIL: frozenset({"password"}),
        Stage.DECIDE_MAIL: frozenset({"request-received", "decide"}),
        Stage.EXPIRED_MAIL: frozenset({"expired"}),
    }
)
"""The templates that must have been sent before a walk leaves a stage."""

NEXT = MappingProxyType(
    {Stage.PASSWORD_MAIL: Stage.DECIDE_MAIL, Stage.DECIDE_MAIL: Stage.EXPIRED_MAIL, Stage.EXPIRED_MAIL: None}
)
"""What comes after a stage; None ends the walk."""


class Outcome(StrEnum):
    """How a walk ended."""

    DONE = "done"
    FAILED = "failed"


def address_of(mailbox: str, tag: str) -> str:
    """Give the address of one walk: the canary's mailbox with a tag, so that limits count as for anybody (S12)."""
    local, _, domain = mailbox.rpartition("@")
    return f"{local}+{tag}@{domain}"
