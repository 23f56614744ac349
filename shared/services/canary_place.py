"""Where the canary walks: one operator and the authority above it, in Training, in a country that does not exist."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.domain.canary import COUNTRY
from shared.domain.environments import Environment
from shared.domain.organisations import AuthorityRole, OrganisationKind
from shared.models import Organisation, Post
from shared.services.reference_changes import names

OPERATOR = "canary-operator"
AUTHORITY = "canary-authority"


def ensure_place(session: Session, *, mailbox: str, now: datetime) -> Post:
    """Return the post that walks ask for; makes or mends it, and the office whose mailbox is asked to decide.

    No search shows either, and no real office is ever asked: the authority is the only one of its country.
    """
    authority = _ensure(session, AUTHORITY, OrganisationKind.AUTHORITY, "Canary Authority", now)
    authority.role = AuthorityRole.CCA
    authority.mailbox_email = mailbox
    operator = _ensure(session, OPERATOR, OrganisationKind.OPERATOR, "Canary Operator", now)
    session.flush()
    return operator.posts[0]


def _ensure(session: Session, reference: str, kind: OrganisationKind, name: str, now: datetime) -> Organisation:
    found = session.scalar(
        select(Organisation).where(
            Organisation.environment == Environment.TRAINING, Organisation.reference == reference
        )
    )
    if found is None:
        found = Organisation(
            environment=Environment.TRAINING,
            kind=kind,
            reference=reference,
            country=COUNTRY,
            is_canary=True,
            created_at=now,
            posts=[Post(environment=Environment.TRAINING, kind=kind, country=COUNTRY)],
            **names(name),
        )
        session.add(found)
    return found
