from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.orm import Session

from shared.models import AuditEvent, AuditSeal
from shared.models.base import new_id
from shared.services import audit
from shared.services.audit_seal import seal
from shared.services.audit_verify import Fault, Problem, export, verify
from shared.settings import Settings
from shared.tokens import Keyring
from tests.conftest import NOW, ON_SERVICES

Events = list[Any]


@pytest.fixture
def events(session: Session, settings: Settings) -> Events:
    """The ids of six sealed events, in the order of the chain."""
    for number in range(6):
        audit.record(
            session,
            action="role_request.accepted",
            actor=audit.by_account(new_id()),
            subject_type="role_request",
            subject_id=new_id(),
            now=NOW + timedelta(seconds=number),
            environment="production",
            ground="operator_country",
            item_ids=[str(new_id())],
            count=3,
            nested={"ü": None, "flag": True},
        )
        session.flush()
    assert seal(session, settings.keyring) == 6
    return list(session.scalars(select(AuditSeal.event_id).order_by(AuditSeal.sequence)))


@pytest.mark.req("S45")
def test_an_untouched_chain_holds(session: Session, settings: Settings, events: Events) -> None:
    found = verify(session, settings.keyring)

    last = session.scalars(select(AuditSeal.seal).where(AuditSeal.sequence == 6)).one()
    assert (found.problems, found.sealed, found.unsealed, found.head) == ([], 6, 0, last.hex())


CHANGES: dict[str, Callable[[AuditEvent], object]] = {
    "at": lambda event: event.at + timedelta(microseconds=1),
    "action": lambda event: "role_request.rejected",
    "actor": lambda event: "system",
    "subject_type": lambda event: "account",
    "subject_id": lambda event: new_id(),
    "environment": lambda event: None,
    "ground": lambda event: "own_organisation",
    "link_id": lambda event: new_id(),
    "details": lambda event: event.details | {"count": 4},
}


@pytest.mark.req("S45")
@pytest.mark.parametrize("column", CHANGES)
def test_a_changed_event_is_named_whatever_was_changed(
    session: Session, settings: Settings, events: Events, column: str
) -> None:
    event = session.get_one(AuditEvent, events[2])
    session.execute(update(AuditEvent).where(AuditEvent.id == event.id).values({column: CHANGES[column](event)}))

    assert verify(session, settings.keyring).problems == [Problem(Fault.CHANGED, 3, events[2])]


@pytest.mark.req("S45")
def test_a_changed_event_that_was_sealed_anew_without_the_key_is_named(
    session: Session, settings: Settings, events: Events
) -> None:
    session.execute(update(AuditSeal).where(AuditSeal.sequence == 3).values(seal=bytes(range(32))))

    problems = verify(session, settings.keyring).problems

    assert problems[0] == Problem(Fault.CHANGED, 3, events[2])


@pytest.mark.req("S45")
def test_a_row_that_was_taken_out_is_named_by_its_place(session: Session, settings: Settings, events: Events) -> None:
    session.execute(delete(AuditSeal).where(AuditSeal.sequence == 3))
    session.execute(delete(AuditEvent).where(AuditEvent.id == events[2]))

    assert verify(session, settings.keyring).problems == [Problem(Fault.DELETED, 3, None)]


@pytest.mark.req("S45")
def test_an_event_that_was_taken_from_under_its_seal_is_named(
    session: Session, settings: Settings, events: Events
) -> None:
    if ON_SERVICES:
        session.execute(text("ALTER TABLE audit_seals DROP CONSTRAINT fk_audit_seals_event_id_audit_events"))
    else:
        session.execute(text("PRAGMA defer_foreign_keys = ON"))
    session.execute(delete(AuditEvent).where(AuditEvent.id == events[2]))

    assert verify(session, settings.keyring).problems == [Problem(Fault.DELETED, 3, events[2])]


@pytest.mark.req("S45")
def test_a_chain_that_was_closed_over_a_missing_row_is_named(
    session: Session, settings: Settings, events: Events
) -> None:
    session.execute(delete(AuditSeal).where(AuditSeal.sequence == 3))
    session.execute(delete(AuditEvent).where(AuditEvent.id == events[2]))
    for sequence in (4, 5, 6):
        session.execute(update(AuditSeal).where(AuditSeal.sequence == sequence).values(sequence=sequence - 1))

    assert verify(session, settings.keyring).problems == [Problem(Fault.REORDERED, 3, events[3])]


@pytest.mark.req("S45")
def test_a_chain_that_was_closed_and_joined_over_a_missing_row_is_named(
    session: Session, settings: Settings, events: Events
) -> None:
    second = session.scalars(select(AuditSeal.seal).where(AuditSeal.sequence == 2)).one()
    session.execute(delete(AuditSeal).where(AuditSeal.sequence == 3))
    session.execute(delete(AuditEvent).where(AuditEvent.id == events[2]))
    for sequence in (4, 5, 6):
        session.execute(update(AuditSeal).where(AuditSeal.sequence == sequence).values(sequence=sequence - 1))
    session.execute(update(AuditSeal).where(AuditSeal.sequence == 3).values(previous=second))

    assert verify(session, settings.keyring).problems == [Problem(Fault.CHANGED, 3, events[3])]


@pytest.mark.req("S45")
def test_an_event_that_was_put_in_beside_the_chain_is_named(
    session: Session, settings: Settings, events: Events
) -> None:
    forged = new_id()
    session.execute(
        insert(AuditEvent).values(
            id=forged, at=NOW, action="x.y", actor="system", subject_type="x", subject_id=forged, details={}
        )
    )

    assert verify(session, settings.keyring).problems == [Problem(Fault.INSERTED, None, forged)]


@pytest.mark.req("S45")
def test_two_rows_that_changed_places_are_named(session: Session, settings: Settings, events: Events) -> None:
    for before, after in ((2, 99), (3, 2), (99, 3)):
        session.execute(update(AuditSeal).where(AuditSeal.sequence == before).values(sequence=after))

    problems = verify(session, settings.keyring).problems

    assert problems[0] == Problem(Fault.REORDERED, 2, events[2])


@pytest.mark.req("S45")
def test_two_events_that_changed_places_under_their_seals_are_named(
    session: Session, settings: Settings, events: Events
) -> None:
    spare = new_id()
    session.execute(
        insert(AuditEvent).values(
            id=spare, at=NOW, action="x.y", actor="system", subject_type="x", subject_id=spare, details={}
        )
    )
    for sequence, event_id in ((2, spare), (3, events[1]), (2, events[2])):
        session.execute(update(AuditSeal).where(AuditSeal.sequence == sequence).values(event_id=event_id))
    session.execute(delete(AuditEvent).where(AuditEvent.id == spare))

    assert [problem.sequence for problem in verify(session, settings.keyring).problems] == [2, 3]


@pytest.mark.req("S45", "S46")
def test_without_its_key_a_seal_proves_nothing_and_that_is_said(session: Session, events: Events) -> None:
    problems = verify(session, Keyring((b"another key that is long enough!!",))).problems

    assert problems[0] == Problem(Fault.KEY_GONE, 1, events[0])
    assert len(problems) == 6


def test_events_that_wait_for_their_seal_are_counted_and_no_problem(
    session: Session, settings: Settings, events: Events
) -> None:
    audit.record(session, action="a.b", actor="system", subject_type="x", subject_id=new_id(), now=NOW)
    session.flush()

    found = verify(session, settings.keyring)

    assert (found.problems, found.sealed, found.unsealed) == ([], 6, 1)


def test_a_problem_reads_as_one_line() -> None:
    event_id = new_id()

    lines = [str(Problem(Fault.KEY_GONE, 3, event_id)), str(Problem(Fault.DELETED, 4, None))]

    assert lines == [f"place 3: event {event_id} key gone", "place 4: event unknown deleted"]


def test_the_export_holds_every_event_in_the_order_of_the_chain(session: Session, events: Events) -> None:
    audit.record(session, action="a.b", actor="system", subject_type="x", subject_id=new_id(), now=NOW)
    session.flush()

    rows = list(export(session))

    assert [row["id"] for row in rows[:6]] == [str(event_id) for event_id in events]
    assert [row["sequence"] for row in rows] == [1, 2, 3, 4, 5, 6, None]
    assert (rows[0]["at"], rows[0]["ground"]) == ("2026-06-09T09:32:00.000000+00:00", "operator_country")
    assert len(rows[0]["seal"]) == 64
    assert rows[6]["seal"] is None


def test_a_chain_of_many_rows_is_checked_a_thousand_at_a_time(session: Session, settings: Settings) -> None:
    for _ in range(2_100):
        audit.record(session, action="a.b", actor="system", subject_type="x", subject_id=new_id(), now=NOW)
    session.flush()
    while seal(session, settings.keyring):
        pass
    session.execute(update(AuditEvent).values(action="c.d"))

    found = verify(session, settings.keyring)

    assert (len(found.problems), found.problems[0].sequence) == (100, 1)
    assert len(list(export(session))) == 2_100
