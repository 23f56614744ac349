"""What each mail says: rows turned into plain values, inside the transaction that takes the mail."""

from collections.abc import Callable

from shared.settings import Settings
from worker.contents import accounts, addresses, colleagues, decisions, role_requests
from worker.contents.occasion import Contents, KeyGone, Occasion, RowGone

__all__ = ["BUILDERS", "Contents", "KeyGone", "Occasion", "RowGone", "contents_of", "frame"]

BUILDERS: dict[str, Callable[[Occasion], Contents]] = {
    "password": accounts.password,
    "already-registered": accounts.already_registered,
    "password-changed": accounts.password_changed,
    "name-changed": accounts.name_changed,
    "confirm-address": addresses.confirm_address,
    "address-in-use": addresses.address_in_use,
    "approve-address": addresses.approve_address,
    "address-changed": addresses.address_changed,
    "request-received": role_requests.request_received,
    "outcome": role_requests.outcome,
    "expired": role_requests.expired,
    "decide": decisions.decide,
    "reminder": decisions.decide,
    "code": decisions.code,
    "closed": decisions.closed,
    "colleague-joined": colleagues.colleague_joined,
}
"""The builder of each template, by the template's name."""


def contents_of(occasion: Occasion) -> Contents:
    """Gather what the mail's template needs, as plain values.

    Raises:
        KeyGone: a link or code in it cannot be written any more.
        RowGone: what it is about is not there any more.
    """
    email = occasion.email
    framed = frame(occasion.settings, environment=email.environment, recipient=email.recipient)
    return framed | BUILDERS[email.template](occasion)


def frame(settings: Settings, *, environment: str | None, recipient: str) -> Contents:
    """What every mail says."""
    return {
        "environment": environment,
        "recipient": recipient,
        "helpdesk_emails": list(settings.helpdesk_emails),
        "is_demo": settings.is_demo,
    }
