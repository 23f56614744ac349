"""What somebody of the helpdesk types and presses, and the rows that come of it."""

from collections.abc import Sequence
from typing import TypeVar

from sqlalchemy import select

from shared.db import Database
from shared.models import Base

PASSWORD = "Correct-Horse-7"
LOOK = "Look"
CORRECTION = {"email": "nora@alpro.example", "address_ground": "typing error", "current_password": PASSWORD}
Row = TypeVar("Row", bound=Base)


def rows(database: Database, model: type[Row]) -> Sequence[Row]:
    """All rows of a table."""
    with database.reading() as session:
        return session.scalars(select(model)).all()
