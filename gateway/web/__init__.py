"""The pages, one file per journey."""

from gateway.application import Gateway
from gateway.web import (
    account,
    authorities,
    captcha,
    control_bodies,
    decisions,
    decisions_together,
    decisions_waiting,
    email_change,
    environment_home,
    help_pages,
    helpdesk,
    home,
    mail_words,
    new_operator,
    operations,
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

_STEP_1 = (home, sign_up, captcha, passwords, sessions, account, preferences, email_change, help_pages)
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
    decisions_together,
    decisions_waiting,
)
_STAFF = (helpdesk, operations)


def register(app: Gateway) -> None:
    """Add all pages."""
    wording.register(app)
    mail_words.register(app)
    for journey in (*_STEP_1, *_STEP_2, *_STAFF):
        app.register_blueprint(journey.bp)
