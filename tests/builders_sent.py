"""Mails that the mail server took, as rows; see ``tests.builders``."""

from typing import Any

from sqlalchemy.orm import Session

from shared.models import Account, Email
from shared.models.base import new_id
from tests.conftest import NOW


def a_sent_mail(session: Session, account: Account, *, template: str = "outcome", **changes: Any) -> Email:
    """A mail to a person that was handed over ``NOW``, its work long tidied away."""
    values: dict[str, Any] = {
        "id": new_id(),
        "template": template,
        "account_id": account.id,
        "recipient": account.email,
        "recipient_key": account.email_key,
        "language": account.email_language,
        "context": {},
        "state": "sent",
        "created_at": NOW,
        "sent_at": NOW,
    }
    email = Email(**values | changes)
    session.add(email)
    session.flush()
    return email
