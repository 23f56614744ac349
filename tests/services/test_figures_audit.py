from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from shared import clock
from shared.services import audit
from shared.services.audit_seal import seal
from shared.services.figures_audit import Unsealed, unsealed_events
from shared.settings import Settings
from tests.builders import an_account


@pytest.fixture
def two_events(session: Session) -> None:
    now = clock.now(session)
    account = an_account(session)
    for ago in (30, 90):
        audit.record(
            session,
            action="account.created",
            actor=audit.SYSTEM,
            subject_type="account",
            subject_id=account.id,
            now=now - timedelta(seconds=ago),
        )
    session.flush()


@pytest.mark.req("S45")
@pytest.mark.usefixtures("two_events")
def test_what_is_not_sealed_is_counted_with_the_age_of_the_oldest(session: Session) -> None:
    assert unsealed_events(session) == Unsealed(2, pytest.approx(90))


@pytest.mark.req("S45")
@pytest.mark.usefixtures("two_events")
def test_what_is_sealed_is_not_counted(session: Session, settings: Settings) -> None:
    seal(session, settings.keyring)

    assert unsealed_events(session) == Unsealed(0, 0.0)
