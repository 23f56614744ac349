"""Flask-Mail's connection, made safe and quick: time-outs, verified TLS, reuse, pipelining."""

import re
import smtplib
import socket
import ssl
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import flask_mail

from shared.settings import MailServer
from worker.mime import Message

CONNECT_TIMEOUT = 10.0
COMMAND_TIMEOUT = 30.0
DATA_TIMEOUT = 120.0
"""Seconds after the final dot: giving up earlier makes a duplicate whenever the server is merely slow (RFC 5321 4.5.3.2
asks for ten minutes; our lease is renewed meanwhile)."""
READY = 220
GO_ON = 354
CLOSING = 421
"""The codes that steer a conversation (RFC 5321 4.2.3); ``CLOSING`` may be the answer to anything."""
_ENHANCED_STATUS = re.compile(rb"[245]\.\d{1,3}\.\d{1,3}(?=\s|$)")
_GREYLISTING = re.compile(rb"gr[ae]y.?list", re.IGNORECASE)

Reply = tuple[int, bytes]


class SmtpClient(smtplib.SMTP):
    """Says what belongs to one mail in as few packets as the server allows.

    Knows whether the message itself was already on its way when something broke.
    """

    in_data = False
    _is_invited = False
    """The server has said "go on" to a DATA that went along with the envelope."""

    def sendmail(
        self,
        from_addr: str,
        to_addrs: str | Sequence[str],
        msg: Any,
        mail_options: Sequence[str] = (),
        rcpt_options: Sequence[str] = (),
    ) -> dict[str, Reply]:
        """Hand over one message for one recipient.

        Where the server offers PIPELINING (RFC 2920), envelope and DATA leave together and their three answers are
        read together: a mail takes two round trips instead of four.

        Raises:
            smtplib.SMTPSenderRefused, SMTPRecipientsRefused, SMTPDataError: what the server answered.
            smtplib.SMTPServerDisconnected: the line broke.
        """
        if not self.has_extn("pipelining"):
            return super().sendmail(from_addr, to_addrs, msg, mail_options, rcpt_options)
        (recipient,) = [to_addrs] if isinstance(to_addrs, str) else to_addrs
        options = "".join(f" {option}" for option in mail_options)
        self.send(f"MAIL FROM:<{from_addr}>{options}\r\nRCPT TO:<{recipient}>\r\nDATA\r\n")
        to_sender, to_recipient, to_data = self._replies(3)
        self._is_invited = to_data[0] == GO_ON
        if not _is_yes(to_sender):
            self._take_back(to_sender)
            raise smtplib.SMTPSenderRefused(*to_sender, from_addr)
        if not _is_yes(to_recipient):
            self._take_back(to_recipient)
            raise smtplib.SMTPRecipientsRefused({recipient: to_recipient})
        if not self._is_invited:
            self._take_back(to_data)
            raise smtplib.SMTPDataError(*to_data)
        answer = self.data(msg)
        if not _is_yes(answer):
            raise smtplib.SMTPDataError(*answer)
        return {}

    def getreply(self) -> Reply:
        """Read one answer; one that is too long to be one ends the connection (smtplib would call it a 500).

        Raises:
            smtplib.SMTPServerDisconnected: the line broke, or holds no answers.
        """
        try:
            return super().getreply()
        except smtplib.SMTPResponseException as error:
            raise smtplib.SMTPServerDisconnected("no answer that could be read") from error

    def data(self, msg: Any) -> Reply:
        """Send the message, with patience for the server's last word."""
        if not self._is_invited:
            self.putcmd("data")
            answer = self.getreply()
            if answer[0] != GO_ON:
                self._take_back(answer)
                raise smtplib.SMTPDataError(*answer)
        self._is_invited = False
        assert self.sock is not None  # noqa: S101 - smtplib sets it when it connects
        self.in_data = True
        self.sock.settimeout(DATA_TIMEOUT)
        # A line with nothing but a dot ends the message, so dots that begin a line are doubled (RFC 5321 4.5.2).
        self.send(msg.replace(b"\r\n.", b"\r\n..") + b".\r\n")
        answer = self.getreply()
        self.sock.settimeout(COMMAND_TIMEOUT)
        self.in_data = False
        return answer

    def _replies(self, count: int) -> list[Reply]:
        """Read that many answers; one that closes the connection stands for all that would have followed."""
        replies = [self.getreply()]
        while len(replies) < count:
            replies.append(replies[-1] if replies[-1][0] == CLOSING else self.getreply())
        return replies

    def _take_back(self, refusal: Reply) -> None:
        """Leave a transaction whose envelope was refused, so that the connection is good for the next mail.

        A server may have said "go on" all the same: then it is waiting for a message, and gets an empty one, which is
        for nobody (RFC 2920 3.1).
        """
        if refusal[0] == CLOSING:
            return
        with suppress(OSError, smtplib.SMTPException):
            if self._is_invited:
                self._is_invited = False
                self.send(b".\r\n")
                self.getreply()
            self.rset()


def _is_yes(reply: Reply) -> bool:
    """True for any 2yz: only the first digit decides (RFC 5321 4.2.1)."""
    return reply[0] // 100 == 2  # noqa: PLR2004 - that digit


class ServerAway(OSError):
    """No server took our connection: not the fault of any one mail."""


class SmtpConnection(flask_mail.Connection):
    """One connection to the mail server, opened when needed and kept for the next mail."""

    host: SmtpClient | None

    def __init__(self, server: MailServer) -> None:
        """Prepare for ``server``; connects with the first ``send``."""
        super().__init__(flask_mail.Mail())
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

    def send(self, message: Message, envelope_from: Any = None) -> None:  # type: ignore[override]  # ours alone
        """Hand one message over.

        A connection that was open before may have been closed by the server meanwhile, or be closed by it now (421):
        then the message goes over a new one, unless it was already under way when the line broke.

        Raises:
            ServerAway: see ``configure_host``.
            OSError, smtplib.SMTPException: what the server answered to this message.
        """
        reused = self.host is not None
        if self.host is None:
            self.host = self.configure_host()
        try:
            self._say(self.host, message, envelope_from or message.sender)
        except (OSError, smtplib.SMTPException) as error:
            if _is_answer(error):
                # The line is good for the next message.
                raise
            was_in_data = self.host.in_data
            self.close()
            if not reused or was_in_data or not _is_lost(error):
                raise
            self.send(message, envelope_from)

    def _say(self, host: SmtpClient, message: Message, sender: str) -> None:
        message.is_8bit_taken = host.has_extn("8bitmime")
        # Flask-Mail's own send wants a Flask application around every mail and parses addresses that were parsed.
        host.sendmail(
            sender, message.recipients, message.as_bytes(), ["BODY=8BITMIME"] if message.is_8bit_taken else []
        )

    def close(self) -> None:
        """Drop the connection without ceremony."""
        if self.host is not None:
            self.host.close()
            self.host = None


def reply_of(error: Exception) -> Reply | None:
    """What the server answered; None when the error is no answer."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        refusal: Reply = next(iter(error.recipients.values()))
        return refusal
    if isinstance(error, smtplib.SMTPResponseException):
        words = error.smtp_error
        return error.smtp_code, words.encode() if isinstance(words, str) else words
    return None


def code_of(error: Exception) -> int | None:
    """The number that the server answered; None when the error is no answer."""
    reply = reply_of(error)
    return reply[0] if reply else None


def describe(error: Exception) -> str:
    """What went wrong, as in ``the mail server answered 550 5.1.1`` (RFC 3463): no sentence of its, no address."""
    reply = reply_of(error)
    if reply is None:
        return str(error) if isinstance(error, ServerAway) else type(error).__name__
    status = _ENHANCED_STATUS.match(reply[1])
    return f"the mail server answered {reply[0]}" + (f" {status[0].decode()}" if status else "")


def is_greylisting(error: Exception) -> bool:
    """True when the server says that it refuses whatever it sees for the first time (RFC 6647)."""
    reply = reply_of(error)
    return reply is not None and _GREYLISTING.search(reply[1]) is not None


def _is_answer(error: Exception) -> bool:
    """True for a refusal after which the line is as good as before; what is no answer may be followed by more of it."""
    code = code_of(error)
    return code is not None and code != CLOSING and code // 100 in {4, 5}


def _is_lost(error: Exception) -> bool:
    """True when the server closed the connection, in words or without."""
    return isinstance(error, smtplib.SMTPServerDisconnected) or code_of(error) == CLOSING
