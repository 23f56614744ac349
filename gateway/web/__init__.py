"""The pages, one file per journey."""

from gateway.application import Gateway
from gateway.web import account, captcha, help_pages, home, passwords, sessions, sign_up


def register(app: Gateway) -> None:
    """Add all pages."""
    for journey in (home, sign_up, captcha, passwords, sessions, account, help_pages):
        app.register_blueprint(journey.bp)
