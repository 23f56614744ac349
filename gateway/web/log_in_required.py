"""Pages for people who are logged in."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from gateway.sessions import visitor_from_cookie


def log_in_required(view: Callable[..., ResponseReturnValue]) -> Callable[..., ResponseReturnValue]:
    """Send strangers to the log-in page, and from there back; the view gets ``account``."""

    @wraps(view)
    def guarded(**values: Any) -> ResponseReturnValue:
        visitor = visitor_from_cookie()
        if visitor is None:
            back = request.full_path.rstrip("?") if request.method == "GET" else request.path
            return redirect(url_for("sessions.log_in_form", next=back))
        return view(account=visitor.account, **values)

    guarded.needs_log_in = True  # type: ignore[attr-defined]  # read by the access matrix of the tests
    return guarded
