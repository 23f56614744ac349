"""Handing a letter to the mail server: the only place that speaks SMTP."""

import smtplib
import threading
import time
import unicodedata
from dataclasses import dataclass
from enum import Enum
from uuid import UUID

import flask_mail

from shared.domain.email_addresses import normalise
from shared.settings import MailServer
from worker.smtp import ServerAway, SmtpConnection, describe, mail_application

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


class Postbox:
    """Sends letters from any thread; each thread keeps its own connection."""

    def __init__(self, server: MailServer) -> None:
        """Prepare for the server; connects with the first letter."""
        self._server = server
        self._app = mail_application(server)
        self._domain = server.default_sender.partition("@")[2]
        self._own = threading.local()

    def send(self, letter: Letter) -> Receipt:
        """Hand a letter to the server and return its answer; never raises for what a server can do."""
        try:
            with self._app.app_context():
                self._connection().send(self._message(letter))
            return Receipt(Answer.ACCEPTED, "accepted")
        except ServerAway as error:
            return Receipt(Answer.SERVER_AWAY, str(error))
        except smtplib.SMTPSenderRefused as error:
            # The server does not want our mails at all: ours to mend, and no reason to give up this one.
            return Receipt(Answer.SERVER_AWAY, describe(error))
        except smtplib.SMTPRecipientsRefused as error:
            code = next(iter(error.recipients.values()))[0]
            return Receipt(_kind(code), f"the mail server answered {code}")
        except smtplib.SMTPResponseException as error:
            return Receipt(_kind(error.smtp_code), describe(error))
        except (OSError, smtplib.SMTPException) as error:
            return Receipt(Answer.TEMPORARY, describe(error))
        finally:
            self._own.used_at = time.monotonic()

    def _connection(self) -> SmtpConnection:
        connection: SmtpConnection | None = getattr(self._own, "connection", None)
        if connection is None:
            connection = self._own.connection = SmtpConnection(self._app.extensions["mail"], self._server)
        elif time.monotonic() - getattr(self._own, "used_at", 0.0) > LONGEST_IDLE:
            connection.close()
        return connection

    def _message(self, letter: Letter) -> flask_mail.Message:
        message = flask_mail.Message(
            subject=letter.subject,
            recipients=[mailable(letter.recipient)],
            body=letter.text,
            html=letter.html,
            sender=self._server.default_sender,
            extra_headers={name: header(value) for name, value in letter.headers.items()},
        )
        message.msgId = f"<{letter.email_id}@{self._domain}>"
        return message


def mailable(address: str) -> str:
    """Write the domain of an address as mail servers know it, by the rule that says which addresses are equal (S40).

    Flask-Mail's own rule is an older one, and makes ``straße.example`` the neighbour's ``strasse.example``.
    """
    return f"{address.rpartition('@')[0]}@{normalise(address).rpartition('@')[2]}"


def header(value: str) -> str:
    """Refuse what would start a header of its own; Flask-Mail lets it through in extra headers (S35).

    Raises:
        ValueError: the value holds a line break or another control character.
    """
    if any(unicodedata.category(character) in {"Cc", "Zl", "Zp"} for character in value):
        raise ValueError("a control character in a header")
    return value


def _kind(code: int) -> Answer:
    return Answer.PERMANENT if code >= PERMANENT else Answer.TEMPORARY
