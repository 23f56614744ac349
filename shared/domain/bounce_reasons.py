"""Status codes of mail servers (RFC 3463, RFC 7505) in words for people."""

from types import MappingProxyType
from typing import Final

from shared.domain.organisations import N_

_NO_SUCH_DOMAIN: Final = N_("the domain of the address does not exist or takes no mail")
_EXACT: Final = MappingProxyType(
    {
        "1.1": N_("the address does not exist"),
        "1.2": _NO_SUCH_DOMAIN,
        "1.6": N_("the mailbox has moved and left no new address"),
        "1.10": _NO_SUCH_DOMAIN,
        "2.1": N_("the mailbox is switched off"),
        "2.2": N_("the mailbox is full"),
        "2.3": N_("the mail is too large for the mailbox"),
        "3.4": N_("the mail is too large for the mailbox"),
        "4.4": _NO_SUCH_DOMAIN,
    }
)
"""By subject and detail of the code."""
_SUBJECTS: Final = MappingProxyType(
    {
        "1": N_("the address is not right"),
        "2": N_("the mailbox does not take mail"),
        "4": N_("the receiving mail server could not be reached"),
        "7": N_("the receiving organisation turned the mail away, often because of a spam filter"),
    }
)
_OTHER: Final = N_("the receiving mail server did not say why")


def why_returned(status: str | None) -> str:
    """Say why a mail came back or is late: the English sentence, for looking up a translation.

    ``status`` is a code such as ``5.1.1``, or None. Its class (failed, for now) does not count here.
    """
    _, _, rest = (status or "").partition(".")
    return _EXACT.get(rest) or _SUBJECTS.get(rest.partition(".")[0], _OTHER)
