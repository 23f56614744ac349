import uuid
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.domain.errors import TooManyRequests
from shared.domain.links import Unusable
from shared.models import Assignment, DecisionChallenge, Email, Link
from shared.services.decision_codes import Answer, bound_to, code_of, mail_code, redeem, stamp_challenge
from shared.settings import Settings
from shared.tokens import Keyring
from tests.builders import an_organisation
from tests.builders_decisions import (
    a_cca,
    a_routed_request,
    events,
    mailed_code,
    mails,
    newest_link,
    open_assignment_of,
)
from tests.conftest import NOW

BOUND = bytes(range(32))
MINUTE = timedelta(minutes=1)


@pytest.fixture
def assignment(session: Session, settings: Settings) -> Assignment:
    a_cca(session, mailbox_email="office@authority.example")
    return open_assignment_of(session, a_routed_request(session, settings, an_organisation(session).posts[0]))


@pytest.fixture
def link(session: Session, assignment: Assignment) -> Link:
    return newest_link(session, assignment.id)


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
def test_a_code_works_ten_minutes_from_its_hand_over(
    session: Session, settings: Settings, assignment: Assignment, link: Link
) -> None:
    for wait, answer in ((timedelta(0), Answer.RIGHT), (10 * MINUTE - timedelta(seconds=1), Answer.RIGHT)):
        assert tried(session, settings, assignment, link, after=wait) is answer
    assert tried(session, settings, assignment, link, after=10 * MINUTE) is Answer.WRONG


def tried(session: Session, settings: Settings, assignment: Assignment, link: Link, *, after: timedelta) -> Answer:
    """The answer to a fresh code that is typed some time after it was handed over, two hours into its queue."""
    with session.begin_nested() as attempt:
        mail_code(session, assignment, bound=BOUND, keyring=settings.keyring, now=NOW)
        handed_over = NOW + timedelta(hours=2)
        code = mailed_code(session, settings, now=handed_over)
        answer = redeem(
            session,
            code,
            assignment=assignment,
            link=link,
            bound=BOUND,
            keyring=settings.keyring,
            now=handed_over + after,
        )
        attempt.rollback()
    return answer


@pytest.mark.req("S25")
def test_a_code_works_once_and_for_its_own_decision_only(
    session: Session, settings: Settings, assignment: Assignment, link: Link
) -> None:
    mail_code(session, assignment, bound=BOUND, keyring=settings.keyring, now=NOW)
    code = mailed_code(session, settings)

    answers = [
        redeem(session, code, assignment=assignment, link=link, bound=bound, keyring=settings.keyring, now=NOW)
        for bound in (bytes(32), BOUND, BOUND)
    ]

    assert answers == [Answer.WRONG, Answer.RIGHT, Answer.WRONG]


@pytest.mark.req("S25")
def test_blanks_in_a_typed_code_do_not_matter(
    session: Session, settings: Settings, assignment: Assignment, link: Link
) -> None:
    mail_code(session, assignment, bound=BOUND, keyring=settings.keyring, now=NOW)
    code = mailed_code(session, settings)

    answer = redeem(
        session,
        f" {code[:3]} {code[3:]}\n",
        assignment=assignment,
        link=link,
        bound=BOUND,
        keyring=settings.keyring,
        now=NOW,
    )

    assert answer is Answer.RIGHT


@pytest.mark.parametrize("typed", ["", "000000000", "١٢٣٤٥٦", "abcdef", "\x00"])
def test_whatever_else_is_typed_is_a_wrong_try(
    session: Session, settings: Settings, assignment: Assignment, link: Link, typed: str
) -> None:
    mail_code(session, assignment, bound=BOUND, keyring=settings.keyring, now=NOW)
    mailed_code(session, settings)

    answer = redeem(session, typed, assignment=assignment, link=link, bound=BOUND, keyring=settings.keyring, now=NOW)

    assert answer is Answer.WRONG


@pytest.mark.req("S25")
def test_a_code_that_was_never_handed_over_opens_nothing(
    session: Session, settings: Settings, assignment: Assignment, link: Link
) -> None:
    mail_code(session, assignment, bound=BOUND, keyring=settings.keyring, now=NOW)
    challenge = session.scalars(select(DecisionChallenge)).one()

    answer = redeem(
        session,
        code_of(challenge, settings.keyring) or "",
        assignment=assignment,
        link=link,
        bound=BOUND,
        keyring=settings.keyring,
        now=NOW,
    )

    assert answer is Answer.WRONG


@pytest.mark.req("S25")
def test_the_tenth_wrong_try_locks_the_link_and_tells_operations(
    session: Session, settings: Settings, assignment: Assignment, link: Link
) -> None:
    mail_code(session, assignment, bound=BOUND, keyring=settings.keyring, now=NOW)
    answers = []
    for number in range(10):
        if number == 5:
            mail_code(session, assignment, bound=bytes(32), keyring=settings.keyring, now=NOW)
        answers.append(
            redeem(session, "no", assignment=assignment, link=link, bound=BOUND, keyring=settings.keyring, now=NOW)
        )

    assert answers == [Answer.WRONG] * 9 + [Answer.LOCKED]
    assert link.locked_at == NOW
    (event,) = events(session, "decision.link_locked")
    assert (event.link_id, event.subject_id) == (link.id, assignment.id)


@pytest.mark.req("S25")
def test_a_code_typed_where_none_was_mailed_is_no_try(
    session: Session, settings: Settings, assignment: Assignment, link: Link
) -> None:
    answer = redeem(session, "123456", assignment=assignment, link=link, bound=BOUND, keyring=settings.keyring, now=NOW)

    assert answer is Answer.NONE_MAILED


@pytest.mark.req("S25")
def test_wrong_tries_on_an_older_link_do_not_lock_a_fresh_one(
    session: Session, settings: Settings, assignment: Assignment, link: Link
) -> None:
    mail_code(session, assignment, bound=BOUND, keyring=settings.keyring, now=NOW)
    mailed_code(session, settings)
    later = NOW + timedelta(days=7)
    fresh = Link(purpose="decide", key_number=settings.keyring.newest, assignment_id=assignment.id, created_at=later)
    session.add(fresh)
    for _ in range(9):
        redeem(session, "no", assignment=assignment, link=link, bound=BOUND, keyring=settings.keyring, now=NOW)
    mail_code(session, assignment, bound=BOUND, keyring=settings.keyring, now=later)

    answer = redeem(session, "no", assignment=assignment, link=fresh, bound=BOUND, keyring=settings.keyring, now=later)

    assert answer is Answer.WRONG


@pytest.mark.req("S25")
def test_tries_at_a_code_that_still_works_count_through_every_link(
    session: Session, settings: Settings, assignment: Assignment, link: Link
) -> None:
    mail_code(session, assignment, bound=BOUND, keyring=settings.keyring, now=NOW)
    mailed_code(session, settings)
    fresh = Link(
        purpose="decide", key_number=settings.keyring.newest, assignment_id=assignment.id, created_at=NOW + MINUTE
    )
    session.add(fresh)
    session.flush()

    answers = [
        redeem(
            session,
            "no",
            assignment=assignment,
            link=(link, fresh)[number % 2],
            bound=BOUND,
            keyring=settings.keyring,
            now=NOW + 2 * MINUTE,
        )
        for number in range(10)
    ]

    assert answers[-1] is Answer.LOCKED


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
