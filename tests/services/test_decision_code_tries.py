from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.models import Assignment, DecisionChallenge, Link
from shared.services.decision_codes import Answer, code_of, mail_code, redeem
from shared.settings import Settings
from tests.builders_decisions import events, mailed_code
from tests.conftest import NOW

BOUND = bytes(range(32))
MINUTE = timedelta(minutes=1)


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
