"""Flask-Mail's connection, made safe: time-outs, verified TLS, reuse (dependencies.md section 9)."""

import smtplib
import socket
import ssl
from typing import Any

import flask_mail
from flask import Flask

from shared.settings import MailServer

CONNECT_TIMEOUT = 10.0
COMMAND_TIMEOUT = 30.0
DATA_TIMEOUT = 120.0
"""Seconds after the final dot: giving up earlier makes a duplicate whenever the server is merely slow (RFC 5321 4.5.3.2
asks for ten minutes; our lease is renewed meanwhile)."""
READY = 220


class SmtpClient(smtplib.SMTP):
    """Knows whether the message itself was already on its way when something broke."""

    in_data = False

    def data(self, msg: Any) -> tuple[int, bytes]:
        """Send the message, with patience for the server's last word."""
        self.in_data = True
        assert self.sock is not None  # noqa: S101 - smtplib sets it when it connects
        self.sock.settimeout(DATA_TIMEOUT)
        answer = super().data(msg)
        self.sock.settimeout(COMMAND_TIMEOUT)
        self.in_data = False
        return answer


class ServerAway(OSError):
    """No server took our connection: not the fault of any one mail."""


def describe(error: Exception) -> str:
    """What went wrong, without addresses or the server's own words."""
    code = getattr(error, "smtp_code", None)
    return f"the mail server answered {code}" if code else type(error).__name__


class SmtpConnection(flask_mail.Connection):
    """One connection to the mail server, opened when needed and kept for the next mail."""

    host: SmtpClient | None

    def __init__(self, mail: Any, server: MailServer) -> None:
        """Prepare for ``server``; connects with the first ``send``."""
        super().__init__(mail)
        self._server = server

    def configure_host(self) -> SmtpClient:
        """Connect, secure, log in; nothing here waits longer than its time-out.

        Raises:
            ServerAway: nobody answered, the server is closed, or it refused our name or its certificate does not
                verify: there is no way back to plain text (S52; ASVS 12.3.2).
        """
        host = SmtpClient(timeout=CONNECT_TIMEOUT, local_hostname=self._server.default_sender.partition("@")[2])
        try:
            self._greet(host)
        except (OSError, smtplib.SMTPException) as error:
            host.close()
            raise ServerAway(describe(error)) from error
        return host

    def _greet(self, host: SmtpClient) -> None:
        code, words = host.connect(self._server.host, self._server.port)
        if code != READY:
            raise smtplib.SMTPConnectError(code, words)
        assert host.sock is not None  # noqa: S101 - connect() sets it
        host.sock.settimeout(COMMAND_TIMEOUT)
        # Mails are small and each command waits for its answer: never hold one back to fill a packet.
        host.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._server.use_tls:
            # The certificate is checked against this name, which smtplib knows only from its constructor.
            host._host = self._server.host  # type: ignore[attr-defined]  # noqa: SLF001
            host.starttls(context=ssl.create_default_context())
        host.ehlo_or_helo_if_needed()
        if self._server.username and self._server.password:
            host.login(self._server.username, self._server.password)

    def send(self, message: Any, envelope_from: Any = None) -> None:
        """Hand one message over.

        A connection that the server closed while it lay idle is opened anew, once; never after the message itself was
        on its way, which would double it.

        Raises:
            ServerAway: see ``configure_host``.
            OSError, smtplib.SMTPException: what the server answered to this message.
        """
        reused = self.host is not None
        if self.host is None:
            self.host = self.configure_host()
        message.mail_options = ["BODY=8BITMIME"] if self.host.has_extn("8bitmime") else []
        try:
            super().send(message, envelope_from)
        except smtplib.SMTPServerDisconnected:
            in_data = self.host.in_data
            self.close()
            if not reused or in_data:
                raise
            self.send(message, envelope_from)
        except (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused):
            # An answer, not a broken line: the connection is good for the next message.
            raise
        except (OSError, smtplib.SMTPException):
            self.close()
            raise

    def close(self) -> None:
        """Drop the connection without ceremony."""
        if self.host is not None:
            self.host.close()
            self.host = None


def mail_application(server: MailServer) -> Flask:
    """The Flask application that Flask-Mail wants around itself."""
    app = Flask("worker")
    app.config.update(MAIL_DEFAULT_SENDER=server.default_sender, MAIL_MAX_EMAILS=None)
    flask_mail.Mail(app)
    return app
