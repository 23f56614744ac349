"""Logs: one JSON object a line, ids only (S43)."""

import logging
import re
import sys
from typing import Any, Final

from pythonjsonlogger.json import JsonFormatter

_TOKEN: Final = re.compile(r"(?<![A-Za-z0-9_-])[A-Za-z0-9_-]{44}(?![A-Za-z0-9_-])")
_ADDRESS: Final = re.compile(r"[^\s@<>\"',;:()\[\]]+@[^\s@<>\"',;:()\[\]]+\.[^\s@<>\"',;:()\[\]]+")


class Redaction(logging.Filter):
    """The last line of defence: takes tokens and addresses out of what libraries say."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the message; never drops a record."""
        record.msg = redact(record.getMessage())
        record.args = None
        return True


class RedactedJson(JsonFormatter):
    """JSON lines whose tracebacks are redacted too: an error often quotes what it stumbled over."""

    def formatException(self, ei: Any) -> str:  # noqa: N802 - the library's name
        """Write a traceback without tokens and addresses."""
        text = super().formatException(ei)
        return redact(text if isinstance(text, str) else "\n".join(text))


def redact(text: str) -> str:
    """Return ``text`` without tokens of links and without e-mail addresses (ASVS 16.2.5)."""
    return _ADDRESS.sub("[address]", _TOKEN.sub("[redacted]", text))


def configure_logging(process: str) -> None:
    """Send all logs of this process to standard error as JSON lines that name the process.

    A line break inside a value cannot start a second record: JSON escapes it (ASVS 16.4.1).
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        RedactedJson(
            "{asctime}{levelname}{name}{message}",
            style="{",
            rename_fields={"asctime": "time", "levelname": "level", "name": "logger"},
            static_fields={"process": process},
        )
    )
    handler.addFilter(Redaction())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    # One line a task says nothing that the rows do not say.
    for chatty in ("celery.app.trace", "celery.worker.strategy", "celery.beat", "_granian", "alembic"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
