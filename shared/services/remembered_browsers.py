"""Browsers and API clients that proved to hold a recipient's mailbox (S25, architecture.md section 5)."""

import hashlib
import secrets as random_secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from shared.models import RememberedBrowser

LIFETIME = timedelta(days=30)
"""How long a proof is good for ordinary decisions."""
FRESH = timedelta(hours=12)
"""How long it is good for accepting at an authority, or naming an administrator of an authority or control body."""
_SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class KnownBrowser:
    """A browser that is remembered, and the secret it showed."""

    row: RememberedBrowser
    secret: str

    def is_fresh(self, now: datetime) -> bool:
        """True within 12 hours of the proof: at 11:59:59 it is, at 12:00:00 it is not."""
        return now - self.row.proved_at < FRESH

    def prove_again(self, now: datetime) -> None:
        """Note that it gave a code again: its time starts anew, its secret stays."""
        self.row.proved_at, self.row.expires_at = now, now + LIFETIME


def remember(session: Session, *, recipient_key: str, now: datetime) -> str:
    """Remember a browser that just proved to hold a recipient's mailbox.

    Args:
        session: the deciding transaction.
        recipient_key: whom it stands for from now on, and nobody else (``RecipientOfOffice.key``).
        now: the product's time.

    Returns:
        Its secret, 43 characters of base64url, to be kept by the browser for 30 days; only a hash is stored (S2).
    """
    secret = random_secrets.token_urlsafe(_SECRET_BYTES)
    session.add(
        RememberedBrowser(
            secret_hash=_hash(secret), recipient_key=recipient_key, proved_at=now, expires_at=now + LIFETIME
        )
    )
    return secret


def find(session: Session, secrets: Collection[str], *, recipient_key: str, now: datetime) -> KnownBrowser | None:
    """Return what is remembered for this recipient under one of the secrets that a browser keeps.

    A browser that is used by several recipients keeps one for each. None when nothing is remembered, or no longer; of
    several the one proved last.
    """
    by_hash = {_hash(secret): secret for secret in secrets}
    row = session.scalar(
        select(RememberedBrowser)
        .where(
            RememberedBrowser.secret_hash.in_(by_hash),
            RememberedBrowser.recipient_key == recipient_key,
            RememberedBrowser.revoked_at.is_(None),
            RememberedBrowser.expires_at > now,
        )
        .order_by(RememberedBrowser.proved_at.desc())
        .limit(1)
    )
    return None if row is None else KnownBrowser(row, by_hash[row.secret_hash])


def revoke(session: Session, *, recipient_key: str, now: datetime) -> None:
    """Forget every browser of a recipient."""
    session.execute(
        update(RememberedBrowser)
        .where(RememberedBrowser.recipient_key == recipient_key, RememberedBrowser.revoked_at.is_(None))
        .values(revoked_at=now)
    )


def _hash(secret: str) -> bytes:
    # 256 random bits need no slow hash.
    return hashlib.sha256(secret.encode()).digest()
