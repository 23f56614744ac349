"""The inbox over HTTP: pages for people, JSON for programs."""

import json
import socket
import socketserver
from collections.abc import Iterable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import dropwhile, islice
from typing import cast
from urllib.parse import parse_qs, urlencode, urlsplit

from demo.mail_sink import pages
from demo.mail_sink.mailbox import Mailbox
from demo.mail_sink.reading import Letter, read_letter

PAGE_LENGTH = 100
"""Mails on one page."""
PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
FRAME_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; frame-ancestors 'self'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox"
)
HTML = "text/html; charset=utf-8"


class InboxServer(ThreadingHTTPServer):
    """Serves one mailbox at ``host`` and ``port``."""

    daemon_threads = True

    def __init__(self, host: str, port: int, mailbox: Mailbox) -> None:
        self.mailbox = mailbox
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        super().__init__((host, port), InboxHandler)

    def server_bind(self) -> None:
        """Bind, without the parent's question to the name server, which can take seconds."""
        socketserver.TCPServer.server_bind(self)


class InboxHandler(BaseHTTPRequestHandler):
    """Answers one connection."""

    protocol_version = "HTTP/1.1"
    timeout = 30
    wbufsize = -1  # head and body leave together: in two packets the second waits for the first's acknowledgement

    @property
    def mailbox(self) -> Mailbox:
        """The mailbox of the server."""
        return cast("InboxServer", self.server).mailbox

    def do_GET(self) -> None:
        """Show the list, a mail or a part of it."""
        url = urlsplit(self.path)
        query = {name: values[-1] for name, values in parse_qs(url.query).items()}
        match url.path.strip("/").split("/"):
            case [""]:
                self._list(query.get("to", "").strip(), query.get("before", ""))
            case ["style.css"]:
                self._answer(pages.STYLE.encode(), "text/css; charset=utf-8")
            case ["mails", mail_id]:
                if letter := self._letter(mail_id):
                    self._answer(pages.mail_page(letter).encode(errors="replace"), HTML)
            case ["mails", mail_id, "html"]:
                if letter := self._letter(mail_id):
                    self._answer(pages.html_part(letter).encode(errors="replace"), HTML, policy=FRAME_POLICY)
            case ["mails", mail_id, "raw"]:
                self._raw(mail_id, "text/plain")
            case ["api", "mails"]:
                found = self._letters(self.mailbox.ids(to=query.get("to", "").strip()))
                self._answer(json.dumps([_as_json(letter) for letter in found]).encode(), "application/json")
            case ["api", "mails", mail_id, "raw"]:
                self._raw(mail_id, "message/rfc822")
            case _:
                self._not_found()

    def do_DELETE(self) -> None:
        """Empty the mailbox."""
        if urlsplit(self.path).path != "/api/mails":
            self._not_found()
            return
        self.mailbox.clear()
        self._answer(b"", "text/plain", status=HTTPStatus.NO_CONTENT)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the parent's name)
        """Say nothing: the addresses of people stand in the queries."""

    def _list(self, to: str, before: str) -> None:
        ids = self.mailbox.ids(to=to)
        if before:
            ids = dropwhile(lambda mail_id: mail_id >= before, ids)
        shown = list(islice(ids, PAGE_LENGTH + 1))
        older = urlencode({"to": to, "before": shown[PAGE_LENGTH - 1]}) if len(shown) > PAGE_LENGTH else ""
        letters = self._letters(shown[:PAGE_LENGTH], with_body=False)
        page = pages.inbox_page(letters, to=to, older=f"/?{older}" if older else "")
        self._answer(page.encode(errors="replace"), HTML)

    def _letters(self, ids: Iterable[str], *, with_body: bool = True) -> list[Letter]:
        mailbox = self.mailbox
        return [
            read_letter(mail_id, mailbox.recipients(mail_id), raw, with_body=with_body)
            for mail_id in ids
            if (raw := mailbox.raw(mail_id)) is not None  # it may go while we read
        ]

    def _letter(self, mail_id: str) -> Letter | None:
        found = self._letters([mail_id])
        if found:
            return found[0]
        self._not_found()
        return None

    def _raw(self, mail_id: str, content_type: str) -> None:
        raw = self.mailbox.raw(mail_id)
        if raw is None:
            self._not_found()
        else:
            self._answer(raw, content_type)

    def _not_found(self) -> None:
        self._answer(b"There is no such page.\n", "text/plain", status=HTTPStatus.NOT_FOUND)

    def _answer(
        self, body: bytes, content_type: str, *, status: HTTPStatus = HTTPStatus.OK, policy: str = PAGE_POLICY
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", policy)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)


def _as_json(letter: Letter) -> dict[str, object]:
    return {
        "id": letter.mail_id,
        "to": list(letter.to),
        "subject": letter.subject,
        "received_at": letter.received_at.isoformat(),
        "headers": letter.headers,
        "text": letter.text,
        "html": letter.html,
    }
