import re
from datetime import UTC, datetime, timedelta

import pytest

from shared.domain.ladder import Step
from shared.domain.progress import SENTENCES, Code, Statement, what_next, whereabouts
from shared.domain.role_requests import ItemStatus

SENT_AT = datetime(2026, 6, 9, 9, 32, tzinfo=UTC)
OPEN = [ItemStatus.WAITING]


def test_every_code_has_one_sentence_with_no_gap_but_office_and_time() -> None:
    assert SENTENCES.keys() == set(Code)
    gaps = {gap for sentence in SENTENCES.values() for gap in re.findall(r"%\((\w+)\)s", sentence)}
    assert gaps == {"office", "at"}
    assert all("%" not in re.sub(r"%\(\w+\)s", "", sentence) for sentence in SENTENCES.values())


def test_a_statement_says_itself_in_english_with_the_time_in_utc() -> None:
    statement = Statement(Code.REMINDER, at=SENT_AT)

    assert str(statement).endswith("a reminder goes out at 2026-06-09 09:32 UTC.")


def test_a_statement_is_translated_by_its_sentence_and_filled_with_a_time_for_its_reader() -> None:
    statement = Statement(Code.ACCEPTED, offices=("A Office", "B Office"))

    assert statement.sentence == "Accepted by %(office)s."
    assert statement.values(at="11:32") == {"office": "A Office; B Office", "at": "11:32"}


@pytest.mark.parametrize(
    ("items", "asked", "deciders", "nobody", "english"),
    [
        (["waiting"], ["A", "B"], [], False, "A; B"),
        (["waiting", "submitted"], ["A"], [], True, "A"),
        (["submitted"], [], [], False, "Not known yet, because the request is still on its way to the office."),
        (
            ["submitted"],
            [],
            [],
            True,
            SENTENCES[Code.NOBODY_FOUND],
        ),
        (["accepted", "waiting"], ["B"], ["A"], False, "B"),
        (["accepted", "withdrawn"], [], ["A"], False, "Decided by A."),
        (["withdrawn"], [], [], False, "With no office any more, because you withdrew the request."),
        (["expired"], [], [], False, "With no office any more, because nobody decided in time."),
    ],
)
def test_it_is_always_said_with_which_office_a_request_is_or_why_not(
    items: list[str], asked: list[str], deciders: list[str], nobody: bool, english: str
) -> None:
    statuses = [ItemStatus(item) for item in items]

    assert str(whereabouts(statuses, asked=asked, deciders=deciders, nobody=nobody)) == english


@pytest.mark.parametrize(
    ("done", "code", "days"),
    [
        (set(), Code.REMINDER, 7),
        ({Step.REMINDER}, Code.NEXT_LEVEL, 14),
        ({Step.REMINDER, Step.NEXT_LEVEL}, Code.EXPIRY, 30),
    ],
)
def test_what_happens_next_follows_the_ladder(done: set[Step], code: Code, days: int) -> None:
    statement = what_next(OPEN, submitted_at=SENT_AT, done=done, asked=True, nobody=False)

    assert statement == Statement(code, at=SENT_AT + timedelta(days=days))


def test_a_request_that_nobody_can_decide_is_told_of_its_end_only() -> None:
    statement = what_next(OPEN, submitted_at=SENT_AT, done=set(), asked=False, nobody=True)

    assert statement == Statement(Code.EXPIRY, at=SENT_AT + timedelta(days=30))


def test_a_request_that_was_just_sent_goes_to_its_office_next() -> None:
    items = [ItemStatus.SUBMITTED]

    assert what_next(items, submitted_at=SENT_AT, done=set(), asked=False, nobody=False).code is Code.WILL_BE_ROUTED


@pytest.mark.parametrize("status", ["accepted", "rejected", "withdrawn", "expired"])
def test_nothing_more_happens_to_a_closed_request(status: str) -> None:
    items = [ItemStatus(status)]

    assert what_next(items, submitted_at=SENT_AT, done=set(), asked=False, nobody=False).code is Code.NOTHING_MORE
