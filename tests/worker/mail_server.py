"""A real mail server inside the test process, which does what mail servers do: take, refuse, hang up, dawdle."""

import asyncio
import socket
import ssl
import subprocess
import time
from collections import Counter, deque
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

DROP_BEFORE = "drop before accept"
DROP_AFTER = "drop after accept"


@dataclass
class Received:
    """A mail as it came over the wire."""

    sender: str
    recipients: list[str]
    raw: bytes
    was_encrypted: bool

    @property
    def message(self) -> EmailMessage:
        return message_from_bytes(self.raw, policy=policy.default)

    @property
    def text(self) -> str:
        part = self.message.get_body(("plain",))
        assert part is not None
        return str(part.get_content())

    @property
    def html(self) -> str:
        part = self.message.get_body(("html",))
        assert part is not None
        return str(part.get_content())

    @property
    def link(self) -> str:
        """The first address in the text part, alone on its line."""
        return next(line for line in self.text.splitlines() if line.startswith(("http://", "https://")))

    @property
    def token(self) -> str:
        return self.link.rpartition("/")[2]


@dataclass
class MailServer:
    """Takes mails on a port of its own; ``answers`` are given to the next mails, one each, then all are taken.

    Whoever is ``greylisted`` for so many seconds is refused until they are over, each recipient from the first attempt.
    """

    port: int = 0
    pipelining: bool = True
    greylisted: float = 0.0
    tls: ssl.SSLContext | None = None
    mails: list[Received] = field(default_factory=list)
    answers: deque[str | float] = field(default_factory=deque)
    answers_to_sender: deque[str] = field(default_factory=deque)
    answers_to_recipient: deque[str] = field(default_factory=deque)
    connections: int = 0
    attempts: Counter[str] = field(default_factory=Counter)
    """How often each recipient was named."""
    _first_attempts: dict[tuple[str | None, str], float] = field(default_factory=dict)
    _controller: Controller | None = None

    def start(self) -> None:
        self.port = self.port or free_port()
        self._controller = Controller(
            self, hostname="127.0.0.1", port=self.port, server_hostname="mail.example", tls_context=self.tls
        )
        self._controller.start()

    def stop(self) -> None:
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    # What the server does, as aiosmtpd calls it.

    async def handle_EHLO(  # noqa: N802
        self, _server: SMTP, session: Session, _envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        if session.host_name is None:
            self.connections += 1
        session.host_name = hostname
        return [*responses[:-1], "250-PIPELINING", responses[-1]] if self.pipelining else responses

    async def handle_MAIL(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.answers_to_sender:
            return self.answers_to_sender.popleft()
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.attempts[address] += 1
        if self.answers_to_recipient:
            return self.answers_to_recipient.popleft()
        now = time.monotonic()
        if now - self._first_attempts.setdefault((envelope.mail_from, address), now) < self.greylisted:
            return "450 4.2.0 Greylisted, come back later"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        answer = self.answers.popleft() if self.answers else "250 OK"
        if isinstance(answer, float):
            await asyncio.sleep(answer)
            answer = "250 OK"
        if answer in {"250 OK", DROP_AFTER}:
            content: Any = envelope.original_content
            self.mails.append(
                Received(str(envelope.mail_from), list(envelope.rcpt_tos), content, session.ssl is not None)
            )
        if answer in {DROP_BEFORE, DROP_AFTER}:
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
            return "421 gone"
        return answer


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def certificate(folder: Path, *, name: str) -> tuple[Path, ssl.SSLContext]:
    """Make a certificate that nobody signed for the host ``name``; returns its file and a server's context with it."""
    key, cert = folder / "key.pem", folder / "cert.pem"
    kind = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1".split()
    about = ("-subj", "/CN=gatehouse test", "-addext", f"subjectAltName={name}")
    subprocess.run(
        ["openssl", "req", "-x509", *kind, *about, "-keyout", key, "-out", cert], check=True, capture_output=True
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    return cert, context
