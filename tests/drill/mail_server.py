"""A mail server that takes mails, refuses those to some domains, and can be stopped and started."""

import re
import threading
from email import message_from_bytes, policy
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.e2e.installation import free_ports


class MailServer:
    """Keeps what it takes; ``answers`` says what is told to whom, by a pattern of the recipient's address."""

    def __init__(self) -> None:
        (self.port,) = free_ports(1)
        self.answers: dict[str, str] = {}
        self._mails: list[dict[str, Any]] = []
        self._lock = threading.Lock()
        self._controller: Controller | None = None

    def start(self) -> None:
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port, server_hostname="mail.example")
        self._controller.start()

    def stop(self) -> None:
        """Refuse connections from now on; those that are open end."""
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    def to(self, address: str, template: str) -> list[dict[str, Any]]:
        """The mails of a template that came to an address, oldest first."""
        with self._lock:
            return [mail for mail in self._mails if mail["to"] == address and mail["template"] == template]

    async def handle_RCPT(  # noqa: N802 (the library's name)
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        for pattern, answer in self.answers.items():
            if re.search(pattern, address):
                return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        message = message_from_bytes(envelope.content, policy=policy.default)  # type: ignore[arg-type]
        text = message.get_body(("plain",)).get_content()  # type: ignore[union-attr]
        with self._lock:
            self._mails.append(
                {
                    "to": envelope.rcpt_tos[0],
                    "template": str(message["X-Gatehouse-Template"]),
                    "id": str(message["Message-ID"]),
                    "about": str(message["References"]),
                    "text": text,
                }
            )
        return "250 OK"
