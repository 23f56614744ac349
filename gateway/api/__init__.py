"""The JSON API under /api/v1, one file per resource."""

from flask_wtf import CSRFProtect

from gateway.api import accounts, captchas, openapi, passwords, sessions
from gateway.application import Gateway

PREFIX = "/api/v1"


def register(app: Gateway, csrf: CSRFProtect) -> None:
    """Add all resources; they know no cookies, so a forged form has nothing to ride on (S14)."""
    for resource in (captchas, accounts, passwords, sessions):
        csrf.exempt(resource.bp)
        app.register_blueprint(resource.bp, url_prefix=PREFIX)
    app.register_blueprint(openapi.bp)
