"""One line in the log for each request, under the number that its answer carries (S43)."""

import logging
import time
import uuid
from typing import Final

from flask import Response, g, request

from gateway.application import Gateway

QUIET: Final = frozenset({"static", "health.alive", "health.ready"})
"""Asked all day by browsers and watchers: said only when something is wrong."""

logger = logging.getLogger(__name__)


def register(app: Gateway) -> None:
    """Number each request before anything else, and tell of it after everything else."""
    app.before_request(_begin)
    app.after_request(_end)


def _begin() -> None:
    g.request_id, g.request_began = uuid.uuid4().hex, time.perf_counter()


def _end(response: Response) -> Response:
    request_id = g.get("request_id", "")
    response.headers["X-Request-Id"] = request_id
    if request.endpoint not in QUIET or response.status_code >= 400:  # noqa: PLR2004 - the first that says no
        milliseconds = 1000 * (time.perf_counter() - g.get("request_began", time.perf_counter()))
        logger.info(
            "request",
            extra={
                "request_id": request_id,
                "method": request.method,
                # The rule, never the path: that may hold a token, or whatever a stranger typed.
                "route": request.url_rule.rule if request.url_rule else None,
                "status": response.status_code,
                "ms": round(milliseconds, 1),
            },
        )
    return response
