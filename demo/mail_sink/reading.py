"""What a mail says, read from its bytes without trusting any of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage, Message
from email.parser import BytesHeaderParser, BytesParser

NANOSECONDS = 1_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A mail to be shown; ``received_at`` is aware UTC, ``text`` and ``html`` are empty where there is no such part."""

    mail_id: str
    to: Sequence[str]
    subject: str
    environment: str
    received_at: datetime
    headers: dict[str, str]
    text: str = ""
    html: str = ""


def read_letter(mail_id: str, to: Sequence[str], raw: bytes, *, with_body: bool = True) -> Letter:
    """Read a mail; a header that comes several times is joined by line ends, as is a header nobody can decode."""
    parser = BytesParser if with_body else BytesHeaderParser
    message = parser(policy=policy.default).parsebytes(raw)
    headers = _headers(message)
    by_name = {name.lower(): value for name, value in headers.items()}
    return Letter(
        mail_id=mail_id,
        to=to,
        subject=by_name.get("subject", ""),
        environment=by_name.get("x-gatehouse-environment", ""),
        received_at=datetime.fromtimestamp(int(mail_id.partition("-")[0]) / NANOSECONDS, UTC),
        headers=headers,
        text=_part(message, "plain") if with_body else "",
        html=_part(message, "html") if with_body else "",
    )


def _headers(message: Message) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, raw in message.raw_items():
        try:
            value = str(message.policy.header_fetch_parse(name, raw))
        except Exception:  # noqa: BLE001 (the standard library's parser fails in many ways on hostile headers)
            value = str(raw)
        found[name] = f"{found[name]}\n{value}" if name in found else value
    return found


def _part(message: EmailMessage, kind: str) -> str:
    try:
        part = message.get_body(preferencelist=(kind,))
        return part.get_content() if part else ""
    except Exception:  # noqa: BLE001 (an unknown character set or a broken structure: the raw mail is one click away)
        return ""
