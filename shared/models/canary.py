"""The canary's walks."""

import uuid
from datetime import datetime

from sqlalchemy import BigInteger, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from shared.models.base import Base


class CanaryWalk(Base):
    """One walk from sign-up to expiry. All its times are the database's own."""

    __tablename__ = "canary_walks"

    number: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=False
    )
    """Which five minutes since 1970 it belongs to: two beats begin no walk twice."""
    stage: Mapped[str] = mapped_column(String(20))
    stage_since: Mapped[datetime]
    started_at: Mapped[datetime]
    account_id: Mapped[uuid.UUID]
    role_request_id: Mapped[uuid.UUID | None]
    outcome: Mapped[str | None] = mapped_column(String(10))
    finished_at: Mapped[datetime | None]
