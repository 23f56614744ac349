"""The JSON API under /api/v1, one file per resource."""

from flask_wtf import CSRFProtect

from gateway.api import (
    accounts,
    captchas,
    decisions,
    openapi,
    organisations,
    passwords,
    profile,
    role_requests,
    sessions,
)
from gateway.application import Gateway

PREFIX = "/api/v1"


def register(app: Gateway, csrf: CSRFProtect) -> None:
    """Add all resources; they know no cookies, so a forged form has nothing to ride on (S14)."""
    for resource in (captchas, accounts, passwords, sessions, profile, organisations, role_requests, decisions):
        csrf.exempt(resource.bp)
        app.register_blueprint(resource.bp, url_prefix=PREFIX + (resource.bp.url_prefix or ""))
    app.register_blueprint(openapi.bp)
