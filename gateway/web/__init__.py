"""The pages, one file per journey."""

from gateway.application import Gateway
from gateway.web import (
    account,
    authorities,
    captcha,
    control_bodies,
    decisions,
    decisions_waiting,
    environment_home,
    help_pages,
    home,
    new_operator,
    operators,
    passwords,
    preferences,
    profile,
    role_choice,
    role_requests,
    sessions,
    sign_up,
    wording,
)

_STEP_1 = (home, sign_up, captcha, passwords, sessions, account, preferences, help_pages)
_STEP_2 = (
    environment_home,
    role_choice,
    operators,
    new_operator,
    authorities,
    control_bodies,
    role_requests,
    profile,
    decisions,
    decisions_waiting,
)


def register(app: Gateway) -> None:
    """Add all pages."""
    wording.register(app)
    for journey in (*_STEP_1, *_STEP_2):
        app.register_blueprint(journey.bp)
