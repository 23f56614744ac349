"""What the gateway remembers of visits: log-ins, codes in pictures, answers already given, counters."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from shared.models.base import Base, new_id


class LoginSession(Base):
    """A log-in, from a browser or an API client. Only the hash of its secret is kept."""

    __tablename__ = "login_sessions"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    secret_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    """The absolute end, however busy the session is (S22)."""
    ended_at: Mapped[datetime | None]


class Captcha(Base):
    """A code in a picture. Its characters are derived from the id with a key, so that the row does not hold them."""

    __tablename__ = "captchas"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    visitor_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    """The browser it was made for; None for an API client."""
    created_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None]


class IdempotencyKey(Base):
    """An answer already given to a request that carried an ``Idempotency-Key``."""

    __tablename__ = "idempotency_keys"

    scope: Mapped[str] = mapped_column(String(80), primary_key=True)
    """Who asked for what: the caller and the route."""
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    body_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    status: Mapped[int | None]
    answer: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime] = mapped_column(index=True)


class Throttle(Base):
    """A counter of one limit for one caller in one window of time; it survives a restart (S12)."""

    __tablename__ = "throttles"

    key: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    """Keyed hash of limit and caller: no address of a machine or person is kept."""
    window_start: Mapped[datetime] = mapped_column(primary_key=True, index=True)
    count: Mapped[int]
