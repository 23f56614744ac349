import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from shared.db import Database
from shared.models import AuditEvent, AuditSeal, AuditUnsealed
from shared.services import audit
from shared.services.audit_seal import seal
from shared.services.audit_verify import verify
from shared.settings import Settings
from shared.tokens import Keyring
from tests.conftest import NOW


def an_event(session: Session, *, seconds: float = 0, **details: Any) -> None:
    audit.record(
        session,
        action="account.created",
        actor=audit.SYSTEM,
        subject_type="account",
        subject_id=uuid.uuid4(),
        now=NOW + timedelta(seconds=seconds),
        **details,
    )
    session.flush()


@pytest.mark.req("S45")
def test_events_get_their_places_in_the_order_of_their_time(session: Session, settings: Settings) -> None:
    for seconds in (3, 1, 2):
        an_event(session, seconds=seconds)

    sealed = seal(session, settings.keyring)

    times = session.scalars(select(AuditEvent.at).join(AuditSeal).order_by(AuditSeal.sequence)).all()
    assert (sealed, times) == (3, sorted(times))
    assert session.scalars(select(AuditSeal.sequence).order_by(AuditSeal.sequence)).all() == [1, 2, 3]
    assert session.scalars(select(func.count()).select_from(AuditUnsealed)).one() == 0


@pytest.mark.req("S45")
def test_every_seal_stands_on_the_one_before_also_across_runs(session: Session, settings: Settings) -> None:
    for _ in range(3):
        an_event(session)
        seal(session, settings.keyring)

    seals = session.scalars(select(AuditSeal).order_by(AuditSeal.sequence)).all()
    assert [one.previous for one in seals] == [bytes(32), seals[0].seal, seals[1].seal]
    assert len({one.seal for one in seals}) == 3


def test_a_run_seals_no_more_than_its_limit(session: Session, settings: Settings) -> None:
    for _ in range(5):
        an_event(session)

    assert [seal(session, settings.keyring, limit=2) for _ in range(4)] == [2, 2, 1, 0]
    assert verify(session, settings.keyring).problems == []


@pytest.mark.req("S45", "S46")
def test_the_chain_goes_on_after_a_rotation_of_keys(session: Session) -> None:
    old, new = b"o" * 32, b"n" * 32
    an_event(session)
    seal(session, Keyring((old,)))
    an_event(session)
    seal(session, Keyring((new, old)))

    numbers = session.scalars(select(AuditSeal.key_number).order_by(AuditSeal.sequence)).all()

    assert numbers == [Keyring.number_of(old), Keyring.number_of(new)]
    assert verify(session, Keyring((new, old))).problems == []


@pytest.mark.req("S45")
def test_several_relays_at_once_make_one_chain_without_gaps(database: Database, settings: Settings) -> None:
    with database.transaction() as session:
        for number in range(60):
            an_event(session, seconds=number)

    def work(_: int) -> int:
        sealed = 0
        for _ in range(12):
            with database.transaction() as session:
                sealed += seal(session, settings.keyring, limit=5)
        return sealed

    with ThreadPoolExecutor(4) as pool:
        sealed = sum(pool.map(work, range(4)))

    with database.reading() as session:
        found = verify(session, settings.keyring)
    assert (sealed, found.sealed, found.unsealed, found.problems) == (60, 60, 0, [])
