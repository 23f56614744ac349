"""The bytes of a mail: two parts and a handful of headers.

They are put together here because Flask-Mail's way, through the trees of the standard library, needs 1.5 ms a mail:
more than taking, sending and recording it. This needs a thirtieth.
"""

import binascii
import re
import time
from email.header import Header
from email.utils import formatdate
from functools import lru_cache

import flask_mail

LONGEST_LINE = 998
"""Octets in a line without its end (RFC 5321 4.5.3.1.6)."""
SHOWN_LINE = 78
"""Characters a header's line should keep to (RFC 5322 2.1.1)."""
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
# What a mailbox may be called without quotes (RFC 5322 3.2.3), at a domain as mail servers know it.
_ADDRESS = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@[\w.:\[\]-]+", re.ASCII)


class Message(flask_mail.Message):
    """A mail to one recipient, with a text and an HTML part. The same letter gives the same bytes, but for the date."""

    is_8bit_taken = True
    """False when the server does not know 8BITMIME (RFC 6152); the connection says so."""
    sender: str
    recipients: list[str]  # type: ignore[assignment]  # the library takes pairs as well

    def __init__(
        self, *, msg_id: str, sender: str, recipient: str, subject: str, text: str, html: str, headers: dict[str, str]
    ) -> None:
        """Check what goes into headers.

        The parent's constructor is left out: it asks the name server for the name of this host, for an id that is
        not ours.

        Raises:
            ValueError: a header would hold a control character, or ``recipient`` is no plain address (S35).
        """
        self.msgId = header(msg_id)
        self.sender = header(sender)
        self.recipients = [address(recipient)]
        self.subject = header(subject)
        self.text, self.markup = text, html
        self.headers = {name: header(value) for name, value in headers.items()}
        self.date: float | None = None

    def as_bytes(self) -> bytes:
        """Return the mail as it goes over the wire: lines end with CRLF, none is longer than 998 octets."""
        boundary = f"=_{self.msgId.strip('<>').partition('@')[0]}"
        head = [
            f'Content-Type: multipart/alternative; boundary="{boundary}"',
            "MIME-Version: 1.0",
            _header_line("Subject", self.subject),
            _header_line("From", self.sender),
            _header_line("To", self.recipients[0]),
            f"Date: {_written(int(self.date or time.time()))}",
            f"Message-ID: {self.msgId}",
            *(_header_line(name, value) for name, value in self.headers.items()),
        ]
        start = f"--{boundary}\r\n".encode()
        return b"".join(
            (
                "\r\n".join(head).encode("ascii"),
                b"\r\n\r\n",
                start,
                self._part("plain", self.text),
                b"\r\n",
                start,
                self._part("html", self.markup),
                f"\r\n--{boundary}--\r\n".encode(),
            )
        )

    def _part(self, kind: str, text: str) -> bytes:
        # Whatever ends a line for a mail server, and nothing else does.
        content = text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n").encode()
        encoding = "7bit" if content.isascii() else "8bit"
        if (encoding == "8bit" and not self.is_8bit_taken) or b"\0" in content or _has_long_line(content):
            # Its soft line ends are those that it finds, which may be none.
            quoted = binascii.b2a_qp(content).replace(b"\r\n", b"\n")
            encoding, content = "quoted-printable", quoted.replace(b"\n", b"\r\n")
        head = f'Content-Type: text/{kind}; charset="utf-8"\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n'
        return head.encode() + content


def _has_long_line(content: bytes) -> bool:
    return max(map(len, content.split(b"\r\n"))) > LONGEST_LINE


def header(value: str) -> str:
    """Refuse what would start a header of its own (S35).

    Raises:
        ValueError: the value holds a line break or another control character.
    """
    if _CONTROL.search(value):
        raise ValueError("a control character in a header")
    return value


def address(value: str) -> str:
    """Refuse what would be more than one address, or something else than an address, in a header or a command.

    Raises:
        ValueError: it is not of the form ``name@domain``, in ASCII and without quotes.
    """
    if not _ADDRESS.fullmatch(value):
        raise ValueError("no plain address")
    return value


@lru_cache(maxsize=4)
def _written(second: int) -> str:
    """A time as mails write it (RFC 5322 3.3)."""
    return formatdate(second, localtime=True)


@lru_cache(maxsize=512)
def _header_line(name: str, value: str) -> str:
    """A header, folded and encoded where it must be. Few differ from mail to mail, so most were written before."""
    # What looks like an encoded word would be decoded by the reader's mail program (RFC 2047).
    is_plain = value.isascii() and "=?" not in value
    if is_plain and len(name) + len(value) + 2 <= SHOWN_LINE:
        return f"{name}: {value}"
    folded = Header(value, "us-ascii" if is_plain else "utf-8", maxlinelen=SHOWN_LINE, header_name=name)
    return f"{name}: " + folded.encode(linesep="\r\n")
