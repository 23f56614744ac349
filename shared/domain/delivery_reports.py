"""Delivery reports (RFC 3464): which of our mails one is about, and what it says of its recipient.

A report is a mail from anywhere, and can be forged: it is read within fixed bounds, and its reader decides what it may
change. What is not written as the standard says is not understood, and never guessed.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from email.parser import BytesHeaderParser
from email.policy import EmailPolicy
from enum import StrEnum
from itertools import islice
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from shared.domain.deliveries import MailState
from shared.domain.email_addresses import normalise

LARGEST: Final = 256 * 1024
"""Bytes of a report that are read; what counts stands in front of the returned mail."""
MOST_LINES: Final = 10_000
MOST_PARTS: Final = 24
"""Content types named in one report. Ten are usual; each may open a level of nesting, and every line is compared with
the boundary of every level."""
MOST_RECIPIENTS: Final = 50
MOST_MAILS: Final = 10
LONGEST_FIELD: Final = 1_000
"""Characters of a header field that are read: the library's time grows with their square."""

_CONTENT_TYPE = re.compile(rb"(?:\A|[\r\n])content-type[ \t]*:", re.IGNORECASE)
_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}(?!\d)", re.ASCII)
_ADDRESS = re.compile(r"<?([^\s<>@]+@[^\s<>@]+)>?")
_UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"


class Action(StrEnum):
    """What became of a mail (RFC 3464, 2.3.3), the worst first."""

    FAILED = "failed"
    DELAYED = "delayed"
    DELIVERED = "delivered"
    RELAYED = "relayed"
    EXPANDED = "expanded"


STATE_AFTER: Final = MappingProxyType(
    {
        (MailState.SENT, Action.FAILED): MailState.REFUSED,
        (MailState.SENT, Action.DELAYED): MailState.SENT,
        (MailState.SENT, Action.DELIVERED): MailState.SENT,
    }
)
"""Where a mail stands after a report. What is not in it changes nothing: a mail that never went, or failed before."""


_WORDS: Final = MappingProxyType({Action.FAILED: "bounced", Action.DELAYED: "delayed", Action.DELIVERED: "delivered"})
_NOTED: Final = MappingProxyType({word: action for action, word in _WORDS.items()})
_OF_ANOTHER: Final = ", said of another address"
_NOTE = re.compile(
    rf"(?P<word>bounced|delayed|delivered) (?:(?P<status>[245][\d.]+)|without a status)(?P<alias>{_OF_ANOTHER})?"
)


@dataclass(frozen=True, slots=True)
class RecipientReport:
    """What a report says of one recipient.

    ``status`` is a code of RFC 3463 such as ``5.1.1``, None where none was given. ``keys`` are the normalised final and
    original addresses; at least one.
    """

    action: Action
    status: str | None
    keys: frozenset[str]


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """A report that was understood. ``mail_ids`` may name other things of ours; the surest come first."""

    mail_ids: tuple[UUID, ...]
    recipients: tuple[RecipientReport, ...]


@dataclass(frozen=True, slots=True)
class Said:
    """What a report says of the mail to one recipient; ``is_alias`` when it names somebody else's address only."""

    action: Action
    status: str | None
    is_alias: bool

    @property
    def note(self) -> str:
        """The same for operations, without addresses, such as ``bounced 5.1.1``; ``noted`` reads it back."""
        status = self.status or "without a status"
        return f"{_WORDS.get(self.action, self.action)} {status}{_OF_ANOTHER if self.is_alias else ''}"


def read_report(raw: bytes, *, sender_domain: str) -> DeliveryReport | None:
    """Read what a mailbox received; None when that is no delivery report that can be understood.

    Never raises, and takes a bounded time: of ``raw`` at most 256 KiB and 10 000 lines are read. Understood are a
    ``multipart/report`` with a ``message/delivery-status`` in it that names an action and a recipient at least.
    ``sender_domain`` is that of our Message-IDs; ids at other domains are not ours.
    """
    raw = b"".join(raw[:LARGEST].splitlines(keepends=True)[:MOST_LINES])
    if len(_CONTENT_TYPE.findall(raw)) > MOST_PARTS:
        return None
    try:
        return _read(message_from_bytes(raw, policy=_BOUNDED), sender_domain)
    except Exception:  # noqa: BLE001 - the library answers broken mails with errors of every kind
        return None


def said_of(report: DeliveryReport, recipient_key: str) -> Said:
    """Say what a report means for the mail to one recipient, given by the normalised address.

    Of several lines about the very recipient the worst counts. A report that names other addresses only comes from an
    alias or a forwarding: there the mildest counts, for one of them is enough for the mail to arrive.
    """
    own = [one for one in report.recipients if recipient_key in one.keys]
    order = list(Action)
    if own:
        one = min(own, key=lambda found: order.index(found.action))
    else:
        one = max(report.recipients, key=lambda found: order.index(found.action))
    return Said(one.action, one.status, is_alias=not own)


def noted(reason: str | None) -> Said | None:
    """Read back what ``Said.note`` wrote down; None for a reason that is no report's."""
    found = _NOTE.fullmatch(reason or "")
    if found is None:
        return None
    return Said(_NOTED[found["word"]], found["status"], is_alias=found["alias"] is not None)


class _BoundedPolicy(EmailPolicy):
    """The library's modern rules, on the beginning of each field."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        return name, value[:LONGEST_FIELD]


_BOUNDED: Final = _BoundedPolicy()


def _read(message: Any, sender_domain: str) -> DeliveryReport | None:
    if message.get_content_type() != "multipart/report" or not message.is_multipart():
        return None
    if str(message.get_param("report-type", "delivery-status")).lower() != "delivery-status":
        return None
    parts = list(message.get_payload())
    every_block = (
        block
        for part in parts
        if part.get_content_type() == "message/delivery-status" and part.is_multipart()
        for block in part.get_payload()
    )
    # The first is about the report as a whole; more than so many are not looked at.
    blocks = list(islice(every_block, MOST_RECIPIENTS + 1))
    recipients = tuple(filter(None, map(_recipient, blocks)))[:MOST_RECIPIENTS]
    if not recipients:
        return None
    return DeliveryReport(tuple(_mail_ids(message, parts, blocks, sender_domain)), recipients)


def _recipient(block: Message) -> RecipientReport | None:
    action = _field(block, "action").partition("(")[0].strip().lower()
    keys = frozenset(filter(None, map(_key, (_field(block, "final-recipient"), _field(block, "original-recipient")))))
    if action not in set(Action) or not keys:
        return None
    status = _STATUS.match(_field(block, "status"))
    return RecipientReport(Action(action), status.group() if status else None, keys)


def _key(field: str) -> str | None:
    """The address in ``rfc822; ann@alpro.example``, normalised; None where there is none."""
    found = _ADDRESS.fullmatch(field.partition(";")[2].strip())
    try:
        return normalise(found.group(1)) if found else None
    except ValueError:  # no address, or letters that no domain can hold
        return None


def _mail_ids(message: Message, parts: list[Message], blocks: list[Message], sender_domain: str) -> list[UUID]:
    """Our ids, from the most to the least telling place, each once."""
    pattern = re.compile(rf"(?<![\w.-])({_UUID})@{re.escape(sender_domain)}(?![\w.-])", re.IGNORECASE | re.ASCII)
    places = [
        *(_field(block, name) for block in blocks for name in ("original-message-id", "x-original-message-id")),
        *(_field(returned, "message-id") for returned in _returned(parts)),
        *(_field(message, name) for name in ("x-original-message-id", "in-reply-to", "references")),
    ]
    found: Iterable[UUID] = (UUID(one) for place in places for one in pattern.findall(place))
    return list(dict.fromkeys(found))[:MOST_MAILS]


def _returned(parts: list[Message]) -> Iterator[Message]:
    """The headers of the mail that came back, whole or by themselves."""
    for part in parts:
        kind = part.get_content_type()
        if kind in {"message/rfc822", "message/rfc822-headers"} and part.is_multipart():
            yield part.get_payload(0)  # type: ignore[misc]  # a message, where is_multipart says so
        elif kind == "text/rfc822-headers":
            headers = part.get_payload(decode=True)
            yield BytesHeaderParser(policy=_BOUNDED).parsebytes(headers if isinstance(headers, bytes) else b"")


def _field(message: Message, name: str) -> str:
    """The first field of that name as it was sent, blanks evened out; empty when there is none.

    Unparsed: the library's own reading of Message-IDs and addresses fails on some that exist.
    """
    for key, value in message.raw_items():
        if key.lower() == name:
            return " ".join(str(value).split())
    return ""
