"""The offset of the product's clock, for demonstrations."""

from sqlalchemy.orm import Mapped, mapped_column

from shared.models.base import Base


class ClockOffset(Base):
    """One row at the most: seconds added to the database's time (demonstrations only)."""

    __tablename__ = "clock_offset"

    id: Mapped[int] = mapped_column(primary_key=True)
    seconds: Mapped[int]
