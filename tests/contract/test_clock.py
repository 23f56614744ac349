from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy.orm import Session

from shared import clock
from shared.db import Database
from shared.models import ClockOffset
from shared.models.base import UtcDateTime
from tests.contract.conftest import ToldTime

BRUSSELS = timezone(timedelta(hours=2))


def move(database: Database, seconds: int) -> None:
    with database.transaction() as session:
        session.merge(ClockOffset(id=1, seconds=seconds))


def read(database: Database) -> tuple[datetime, datetime]:
    with database.reading() as session:
        return clock.now(session), clock.database_time(session)


def test_both_readings_are_the_databases_time_in_utc(session: Session) -> None:
    before = datetime.now(UTC)

    now, real = clock.now(session), clock.database_time(session)

    assert now == real
    assert now.tzinfo is UTC
    assert abs(now - before) < timedelta(seconds=5)


def test_the_offset_moves_the_products_time_and_not_the_databases(database: Database, told_time: ToldTime) -> None:
    move(database, 5460)

    assert read(database) == (told_time.now + timedelta(minutes=91), told_time.now)


def test_a_transaction_has_one_time_from_beginning_to_end(database: Database) -> None:
    with database.transaction() as session:
        first = clock.now(session), clock.database_time(session)
        session.merge(ClockOffset(id=1, seconds=60))
        session.flush()
        assert (clock.now(session), clock.database_time(session)) == first

    assert read(database)[0] - read(database)[1] >= timedelta(seconds=59)


def test_every_process_sees_the_offset_with_its_next_transaction(database: Database, told_time: ToldTime) -> None:
    assert read(database)[0] == told_time.now
    move(database, 3600)

    assert read(database)[0] == told_time.now + timedelta(hours=1)


def test_production_knows_no_offset(database: Database, told_time: ToldTime) -> None:
    move(database, 3600)
    database._info["clock_can_be_moved"] = False

    assert read(database) == (told_time.now, told_time.now)


def test_times_are_stored_and_read_as_utc(session: Session) -> None:
    dialect = session.get_bind().dialect
    stored = UtcDateTime().process_bind_param(datetime(2026, 6, 9, 14, 0, tzinfo=BRUSSELS), dialect)

    assert UtcDateTime().process_result_value(stored, dialect) == datetime(2026, 6, 9, 12, 0, tzinfo=UTC)


def test_a_time_without_a_zone_is_refused(session: Session) -> None:
    with pytest.raises(ValueError, match="a time without a zone"):
        UtcDateTime().process_bind_param(datetime(2026, 6, 9, 12, 0), session.get_bind().dialect)  # noqa: DTZ001
