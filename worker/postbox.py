"""Handing a letter to the mail server: the only place that speaks SMTP."""

import smtplib
import threading
import time
from dataclasses import dataclass
from enum import Enum
from uuid import UUID

from flask_mail import sanitize_address

from shared.domain.email_addresses import normalise
from shared.settings import MailServer
from worker.mime import Message
from worker.smtp import ServerAway, SmtpConnection, code_of, describe, is_greylisting

LONGEST_IDLE = 20.0
"""Seconds a connection may lie idle before it is opened anew rather than tried."""
PERMANENT = 500
"""First of the answers that say never (RFC 5321 4.2.1)."""


class Answer(Enum):
    """What became of a letter."""

    ACCEPTED = "accepted"
    TEMPORARY = "temporary"
    """Not now: this letter is to be tried again."""
    PERMANENT = "permanent"
    """Never: this letter will not be taken."""
    SERVER_AWAY = "server away"
    """No server answered: not this letter's fault."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail as it goes out."""

    email_id: UUID
    recipient: str
    subject: str
    text: str
    html: str
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class Receipt:
    """The server's answer, and its words for operations (no addresses)."""

    answer: Answer
    words: str
    code: int | None = None
    """The number of a refusal; None for none."""
    is_greylisting: bool = False
    """The refusal is about this letter alone, which is new to the server; others have their own wait to begin."""


class Postbox:
    """Sends letters from any thread; each thread keeps its own connection."""

    def __init__(self, server: MailServer) -> None:
        """Prepare for the server; connects with the first letter."""
        self._server = server
        self._sender = sanitize_address(server.default_sender)
        self._domain = server.default_sender.partition("@")[2]
        self._own = threading.local()

    def send(self, letter: Letter) -> Receipt:
        """Hand a letter to the server and return its answer; never raises for what a server can do.

        Raises:
            ValueError: the letter would have a header that is none, or not one recipient (S35).
        """
        message = self._message(letter)
        try:
            self._connection().send(message)
            return Receipt(Answer.ACCEPTED, "accepted")
        except (ServerAway, smtplib.SMTPSenderRefused) as error:
            # A server that does not want our mails at all is ours to mend, and no reason to give up this one.
            return Receipt(Answer.SERVER_AWAY, describe(error))
        except (OSError, smtplib.SMTPException) as error:
            return _receipt(error)
        finally:
            self._own.used_at = time.monotonic()

    def _connection(self) -> SmtpConnection:
        connection: SmtpConnection | None = getattr(self._own, "connection", None)
        if connection is None:
            connection = self._own.connection = SmtpConnection(self._server)
        elif time.monotonic() - getattr(self._own, "used_at", 0.0) > LONGEST_IDLE:
            connection.close()
        return connection

    def _message(self, letter: Letter) -> Message:
        return Message(
            msg_id=f"<{letter.email_id}@{self._domain}>",
            sender=self._sender,
            recipient=mailable(letter.recipient),
            subject=letter.subject,
            text=letter.text,
            html=letter.html,
            headers=letter.headers,
        )


def mailable(address: str) -> str:
    """Write the domain of an address as mail servers know it, by the rule that says which addresses are equal (S40).

    Flask-Mail's own rule is an older one, and makes ``straße.example`` the neighbour's ``strasse.example``.
    """
    return f"{address.rpartition('@')[0]}@{normalise(address).rpartition('@')[2]}"


def _receipt(error: Exception) -> Receipt:
    code = code_of(error)
    if code is not None and code >= PERMANENT:
        return Receipt(Answer.PERMANENT, describe(error), code)
    return Receipt(Answer.TEMPORARY, describe(error), code, is_greylisting(error))
