import asyncio
import os
import signal
import threading
from functools import partial
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

from demo.mail_sink.mailbox import Mailbox
from demo.mail_sink.web import InboxServer

LARGEST_MAIL = 32 * 1024 * 1024
"""Bytes."""


class Reception:
    """What happens to a mail that arrives: it is kept, whoever it is for."""

    def __init__(self, mailbox: Mailbox, *, delay: float) -> None:
        """``delay`` seconds pass before the answer to each mail, for tests that need a slow mail server."""
        self._mailbox = mailbox
        self._delay = delay

    async def handle_EHLO(  # noqa: N802
        self, _server: SMTP, session: Session, _envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        """Offer PIPELINING (RFC 2920): commands are read from a stream, one after the other, however they arrive."""
        session.host_name = hostname
        return [*responses[:-1], "250-PIPELINING", responses[-1]]

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep the mail, then answer."""
        mail_id = self._mailbox.add(envelope.original_content or b"", envelope.rcpt_tos)
        await asyncio.sleep(self._delay)
        return f"250 Kept as {mail_id}"


async def serve(host: str, smtp_port: int, inbox_port: int, folder: Path, *, delay: float) -> None:
    """Receive and show mails until SIGTERM or SIGINT."""
    mailbox = Mailbox(folder)
    inbox = InboxServer(host, inbox_port, mailbox)
    threading.Thread(target=inbox.serve_forever, daemon=True, name="inbox").start()
    reception = partial(
        SMTP,
        Reception(mailbox, delay=delay),
        data_size_limit=LARGEST_MAIL,
        enable_SMTPUTF8=True,
        hostname="localhost",  # otherwise the name server is asked, which can take seconds
        ident="Gatehouse mail sink",
    )
    loop = asyncio.get_running_loop()
    server = await loop.create_server(reception, host, smtp_port)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await stop.wait()
    server.close()


if __name__ == "__main__":
    asyncio.run(
        serve(
            os.environ.get("BIND", "127.0.0.1"),
            int(os.environ.get("SMTP_PORT", "1025")),
            int(os.environ.get("INBOX_PORT", "8025")),
            Path(os.environ.get("VAR_DIR", "var")) / "inbox",
            delay=int(os.environ.get("SINK_DELAY_MS", "0")) / 1000,
        )
    )
