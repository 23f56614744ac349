import uuid
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.domain.errors import TooManyRequests
from shared.domain.links import Unusable
from shared.models import Assignment, DecisionChallenge, Email
from shared.services.decision_codes import bound_to, code_of, mail_code, stamp_challenge
from shared.settings import Settings
from shared.tokens import Keyring
from tests.builders_decisions import mailed_code, mails
from tests.conftest import NOW

BOUND = bytes(range(32))
MINUTE = timedelta(minutes=1)


def a_challenge(**changes: object) -> DecisionChallenge:
    return DecisionChallenge(**{"id": uuid.uuid4(), "key_number": 0, "created_at": NOW} | changes)


@pytest.mark.req("S25")
def test_a_code_has_six_digits_and_is_truncated_as_the_standard_says() -> None:
    keyring = Keyring((b"k" * 32,))
    challenge = a_challenge(id=uuid.UUID(int=1), key_number=keyring.newest)

    mac = keyring.mac("code", uuid.UUID(int=1).bytes)

    assert mac is not None
    start = mac[31] % 16
    expected = int.from_bytes(mac[start : start + 4], "big") % 2**31 % 1_000_000
    assert code_of(challenge, keyring) == f"{expected:06}"


@pytest.mark.req("S25")
def test_codes_are_spread_and_keep_their_leading_zeros() -> None:
    keyring = Keyring((b"k" * 32,))

    codes = {code_of(a_challenge(key_number=keyring.newest), keyring) for _ in range(2000)}

    assert all(code is not None and len(code) == 6 and code.isdigit() for code in codes)
    assert len(codes) > 1900
    assert any(code is not None and code.startswith("0") for code in codes)


@pytest.mark.req("S2", "S46")
def test_a_code_survives_a_rotation_of_keys_and_dies_with_its_key() -> None:
    old, new = b"o" * 32, b"n" * 32
    challenge = a_challenge(key_number=Keyring.number_of(old))

    before = code_of(challenge, Keyring((old,)))

    assert code_of(challenge, Keyring((new, old))) == before
    assert code_of(challenge, Keyring((new,))) is None


@pytest.mark.req("S25")
def test_the_binding_is_the_assignment_the_decision_the_items_and_the_tick() -> None:
    a, b, c = (uuid.UUID(int=number) for number in (1, 2, 3))
    same = bound_to(a, decision="accept", item_ids=[b, c], administrator_of=[a])

    others = {
        bound_to(b, decision="accept", item_ids=[b, c], administrator_of=[a]),
        bound_to(a, decision="reject", item_ids=[b, c], administrator_of=[a]),
        bound_to(a, decision="accept", item_ids=[b], administrator_of=[a]),
        bound_to(a, decision="accept", item_ids=[b, c], administrator_of=[]),
    }

    assert len(others) == 4
    assert same not in others
    assert same == bound_to(a, decision="accept", item_ids=[c, b], administrator_of=[a])


@pytest.mark.req("S25")
def test_a_code_is_mailed_to_the_recipient_of_the_link_and_nobody_else(
    session: Session, settings: Settings, assignment: Assignment
) -> None:
    mail_code(session, assignment, bound=BOUND, keyring=settings.keyring, now=NOW, decision="accept")

    (mail,) = session.scalars(select(Email).where(Email.template == "code"))
    challenge = session.scalars(select(DecisionChallenge)).one()
    assert (mail.recipient, mail.challenge_id, mail.assignment_id) == (
        "office@authority.example",
        challenge.id,
        assignment.id,
    )
    assert (challenge.bound_to, challenge.expires_at, mail.context) == (BOUND, None, {"decision": "accept"})


@pytest.mark.req("S2")
def test_the_code_stands_in_no_table(session: Session, settings: Settings, assignment: Assignment) -> None:
    mail_code(session, assignment, bound=BOUND, keyring=settings.keyring, now=NOW)
    code = mailed_code(session, settings)

    for row in (*session.scalars(select(DecisionChallenge)), *session.scalars(select(Email))):
        assert not any(
            code in str(getattr(row, column.key)) for column in row.__table__.columns if "id" not in column.key
        )


@pytest.mark.req("S25")
def test_a_second_press_within_a_minute_mails_no_second_code(
    session: Session, settings: Settings, assignment: Assignment
) -> None:
    for seconds in (0, 1, 59):
        now = NOW + timedelta(seconds=seconds)
        mail_code(session, assignment, bound=BOUND, keyring=settings.keyring, now=now)
    at_once = len(mails(session, "code"))
    mail_code(session, assignment, bound=BOUND, keyring=settings.keyring, now=NOW + MINUTE)

    assert (at_once, len(mails(session, "code"))) == (1, 2)


@pytest.mark.req("S25")
def test_a_changed_decision_gets_its_own_code_at_once(
    session: Session, settings: Settings, assignment: Assignment
) -> None:
    for bound in (BOUND, bytes(32)):
        mail_code(session, assignment, bound=bound, keyring=settings.keyring, now=NOW)

    assert len(mails(session, "code")) == 2


@pytest.mark.req("S25", "S12")
def test_a_fourth_code_within_the_hour_is_refused_and_says_when_to_come_back(
    session: Session, settings: Settings, assignment: Assignment
) -> None:
    for minutes in (0, 10, 20):
        mail_code(session, assignment, bound=BOUND, keyring=settings.keyring, now=NOW + minutes * MINUTE)

    with pytest.raises(TooManyRequests) as refusal:
        mail_code(session, assignment, bound=BOUND, keyring=settings.keyring, now=NOW + 45 * MINUTE)
    mail_code(session, assignment, bound=BOUND, keyring=settings.keyring, now=NOW + 60 * MINUTE)

    assert refusal.value.retry_after == 15 * 60
    assert len(mails(session, "code")) == 4


def test_a_code_that_was_used_or_is_past_its_time_is_not_mailed_again(session: Session) -> None:
    challenges = {
        None: a_challenge(),
        Unusable.USED: a_challenge(used_at=NOW),
        Unusable.EXPIRED: a_challenge(expires_at=NOW),
    }

    assert [stamp_challenge(challenge, now=NOW) for challenge in challenges.values()] == [*challenges]
    assert challenges[None].expires_at == NOW + 10 * MINUTE
    assert stamp_challenge(challenges[None], now=NOW + MINUTE) is None
    assert challenges[None].expires_at == NOW + 11 * MINUTE
