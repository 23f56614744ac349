"""Figures for Prometheus, straight from the tables: ``python -m worker.metrics``.

Any number of exporters may run; none of them writes anything.
"""

import logging
import signal
import socket
import socketserver
import sys
import threading
from collections.abc import Iterable
from socketserver import ThreadingMixIn
from typing import TYPE_CHECKING, Any, Final
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer
from wsgiref.types import StartResponse, WSGIEnvironment

from shared.logs import configure_logging
from shared.settings import Settings, load_settings_or_exit

if TYPE_CHECKING:
    from worker.metrics_exporter import Exporter

LINKS: Final = (
    b'<!doctype html><html lang="en"><title>Gatehouse: figures</title><h1>Gatehouse: figures</h1><ul>'
    b'<li><a href="/metrics">metrics</a>, for Prometheus'
    b'<li><a href="/healthz">healthz</a>: this process lives'
    b'<li><a href="/readyz">readyz</a>: it reaches the database</ul></html>'
)

logger = logging.getLogger(__name__)


class Application:
    """Answers ``/metrics``, ``/healthz``, ``/readyz`` and, with links to these, ``/``."""

    def __init__(self, settings: Settings) -> None:
        """Prepare; nothing of the figures is loaded before somebody asks."""
        self._settings = settings
        self._lock = threading.Lock()
        self._loaded: Exporter | None = None

    def __call__(self, question: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one question (PEP 3333)."""
        match question["PATH_INFO"]:
            case "/metrics":
                return self._exporter().metrics(question, start_response)
            case "/healthz":
                return _say(start_response, "200 OK", b"alive\n")
            case "/readyz" if self._exporter().is_ready():
                return _say(start_response, "200 OK", b"ready\n")
            case "/readyz":
                return _say(start_response, "503 Service Unavailable", b"unavailable\n")
            case "/":
                return _say(start_response, "200 OK", LINKS, kind="text/html")
            case _:
                return _say(start_response, "404 Not Found", b"not found\n")

    def close(self) -> None:
        """Let go of the database."""
        if self._loaded is not None:
            self._loaded.close()

    def _exporter(self) -> "Exporter":
        with self._lock:
            if self._loaded is None:
                # An exporter that nobody asks, as in most demonstrations, takes less than half of the memory.
                from worker.metrics_exporter import Exporter

                self._loaded = Exporter(self._settings)
            return self._loaded


def _say(start_response: StartResponse, status: str, body: bytes, *, kind: str = "text/plain") -> Iterable[bytes]:
    start_response(status, [("Content-Type", f"{kind}; charset=utf-8"), ("X-Content-Type-Options", "nosniff")])
    return [body]


class Handler(WSGIRequestHandler):
    """Says nothing of its own to the log, and waits for nobody for ever."""

    timeout = 10

    def log_message(self, *words: Any) -> None:
        """Stay silent."""


class Server(ThreadingMixIn, WSGIServer):
    """One thread for each question: a slow one holds up nobody."""

    daemon_threads = True

    def __init__(self, host: str, port: int, application: Application) -> None:
        """Listen there; ``serve_forever`` answers."""
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        super().__init__((host, port), Handler)
        self.set_app(application)

    def server_bind(self) -> None:
        """Bind without asking the network for the name of the address, which can take long."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]
        self.setup_environ()


def main() -> None:
    """Answer until SIGTERM or SIGINT."""
    settings = load_settings_or_exit()
    configure_logging("metrics")
    application = Application(settings)
    try:
        server = Server(settings.bind, settings.metrics_port, application)
    except OSError as error:
        sys.stderr.write(f"gatehouse: METRICS_PORT: {settings.metrics_port}: {error.strerror}\n")
        raise SystemExit(2) from None
    for number in (signal.SIGTERM, signal.SIGINT):
        # By another thread: the server waits for its own loop to end.
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
    logger.info("figures are told", extra={"port": settings.metrics_port})
    server.serve_forever()
    server.server_close()
    application.close()


if __name__ == "__main__":
    main()
