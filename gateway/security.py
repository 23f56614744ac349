"""What every answer carries and every request must satisfy (S9, S14, S16, S17; ASVS 3.4, 3.5)."""

from functools import partial
from typing import Final
from urllib.parse import urlsplit

import flask
from flask import Response, abort, request

from gateway.application import Gateway, settings
from shared.settings import LOOPBACK_NAMES, Settings

CSP: Final = (
    "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'; img-src 'self'"
)
HSTS: Final = "max-age=63072000; includeSubDomains"
_UNSAFE: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_OTHER_SITES: Final = frozenset({"cross-site", "same-site"})


def register(app: Gateway) -> None:
    """Check hosts and origins before each request, set the headers after it."""
    app.before_request(partial(_check_host, _our_hosts(app.settings)))
    app.before_request(_check_origin)
    app.after_request(_set_headers)


def _check_host(ours: frozenset[str]) -> None:
    """Refuse a request for a host that is not ours: nothing may be built from it, not even a cache entry (S9)."""
    if request.host not in ours:
        abort(400)


def _our_hosts(settings: Settings) -> frozenset[str]:
    ours = settings.public_host
    port = urlsplit(settings.public_url).port
    if not settings.is_demo:
        return frozenset({ours})
    # A demonstration answers to every name of this machine, on its own port and the public one.
    names = (f"[{name}]" if ":" in name else name for name in LOOPBACK_NAMES)
    ports = {f":{settings.port}", f":{port}" if port else ""}
    return frozenset({ours, *(f"{name}{suffix}" for name in names for suffix in ports)})


def _check_origin() -> None:
    """Refuse a changing request that another site's page sent (S14); browsers say so in two headers.

    Our pages ask for no referrer (S11), and browsers then say ``Origin: null`` in their forms too (Fetch standard,
    "append a request Origin header"): that tells nothing, and the form's token decides.
    """
    if request.method not in _UNSAFE:
        return
    origin = request.headers.get("Origin", "null")
    ours = {"null", settings().public_url, f"{request.scheme}://{request.host}"}
    if origin not in ours or request.headers.get("Sec-Fetch-Site") in _OTHER_SITES:
        abort(403)


def _set_headers(response: Response) -> Response:
    headers = response.headers
    headers.setdefault("Content-Security-Policy", CSP)
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "no-referrer"
    headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    if settings().is_https:
        headers["Strict-Transport-Security"] = HSTS
    if request.endpoint != "static":
        # Every page shows who is logged in or holds a form's token: none may come back from a cache (S17).
        headers["Cache-Control"] = "no-store"
        headers.add("Vary", "Cookie")
    return response


def safe_next(target: str | None) -> str:
    """Return ``target`` when it is a path of ours, else the home page (S37; ASVS 3.7.2)."""
    if not target or not target.startswith("/") or target.startswith("//"):
        return "/"
    if any(character in target for character in "\\\r\n\t\0") or urlsplit(target).netloc:
        return "/"
    return target


def visit_name() -> str:
    """A name for this browser's visit, for binding codes to it; kept in the signed cookie."""
    name: str = flask.session.get("csrf_token", "")
    return name
