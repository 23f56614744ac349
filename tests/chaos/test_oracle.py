"""The oracle of ``make chaos`` with made-up histories: it has to find what is wrong, and nothing else."""

from dataclasses import replace

import pytest

from tests.chaos.oracle import Asked, Copy, Fate, History, Row, judge

ANN = "ann@chaos.example"
ROW = Row(id="r1", order=1, recipient=ANN, template="password", state="sent")
COPY = Copy(message_id="<r1@gatehouse.example>", recipient=ANN, link="L1", text="T1", at=10.0, fate=Fate.READ)
DECIDE = Row(
    id="d1", order=5, recipient="office@x.example", template="decide", state="sent", assignment="a1", role_request="q1"
)
DECIDE_COPY = replace(COPY, message_id="<d1@gatehouse.example>", recipient="office@x.example", link="D1")
GOOD = History(accepted=[ANN], rows=[ROW], copies=[COPY])
ASKED = replace(
    GOOD,
    requests_accepted=["q1"],
    requests=[Asked(id="q1", is_routed=True, assignments={"a1": False})],
    rows=[ROW, DECIDE],
    copies=[COPY, DECIDE_COPY],
)


def kinds(history: History) -> list[str]:
    return sorted(finding.kind for finding in judge(history).findings)


def test_a_sign_up_with_its_row_and_its_mail_is_as_it_should_be():
    verdict = judge(GOOD)

    assert not verdict.findings
    assert (verdict.accepted, verdict.sent, verdict.failed, verdict.lost, verdict.duplicates) == (1, 1, 0, 0, 0)


def test_a_role_request_with_everybody_asked_is_as_it_should_be():
    assert kinds(ASKED) == []


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"rows": [], "copies": []}, "lost"),
        ({"copies": []}, "lost"),
        ({"accepted": [ANN, ANN]}, "lost"),
        ({"rows": [replace(ROW, state="obsolete")], "copies": []}, "lost"),
        ({"rows": [replace(ROW, state="waiting")]}, "unfinished"),
        ({"unfinished": ["o1"]}, "unfinished"),
        ({"copies": [COPY, replace(COPY, message_id="<r2@gatehouse.example>")]}, "stray"),
        ({"copies": [COPY, replace(COPY, message_id="")]}, "stray"),
        ({"copies": [replace(COPY, recipient="eve@chaos.example")]}, "stray"),
        ({"audit_problems": ["event 7"]}, "audit"),
        ({"wrong_answers": ["500"]}, "answer"),
    ],
)
def test_what_must_not_be_is_found(changes: dict[str, object], found: str):
    assert found in kinds(replace(GOOD, **changes))


@pytest.mark.parametrize("state", ["refused", "held"])
def test_a_failure_that_people_can_see_is_no_loss(state: str):
    verdict = judge(replace(GOOD, rows=[replace(ROW, state=state)], copies=[]))

    assert not verdict.findings
    assert (verdict.sent, verdict.failed) == (0, 1)


def test_a_mail_that_was_closed_is_no_loss_when_its_successor_came():
    closed = replace(ROW, id="r0", order=0, state="obsolete")

    assert kinds(replace(GOOD, rows=[closed, ROW])) == []


def test_a_mail_that_was_closed_after_the_last_one_that_came_is_a_loss():
    closed = replace(ROW, id="r2", order=2, state="obsolete")

    assert kinds(replace(GOOD, rows=[ROW, closed])) == ["lost"]


@pytest.mark.parametrize("fate", [Fate.UNREAD, Fate.DROPPED])
def test_a_second_copy_is_allowed_when_the_answer_to_the_first_was_never_read(fate: Fate):
    verdict = judge(replace(GOOD, copies=[replace(COPY, fate=fate), replace(COPY, at=20.0)]))

    assert not verdict.findings
    assert (verdict.duplicates, verdict.allowed) == (1, 1)


def test_a_second_copy_is_found_when_the_answer_to_the_first_was_read():
    later = replace(COPY, at=20.0, fate=Fate.DROPPED)

    assert kinds(replace(GOOD, copies=[later, COPY])) == ["twice"]


@pytest.mark.parametrize("difference", [{"link": "L2"}, {"text": "T2"}, {"message_id": "<r1@other.example>"}])
def test_copies_of_one_row_that_differ_are_found(difference: dict[str, str]):
    first = replace(COPY, fate=Fate.DROPPED)

    assert kinds(replace(GOOD, copies=[first, replace(COPY, at=20.0, **difference)])) == ["unlike"]


@pytest.mark.parametrize(
    ("changed_at", "difference", "found"),
    [
        (15.0, {"text": "T2"}, []),
        (25.0, {"text": "T2"}, ["unlike"]),
        (-5.0, {"text": "T2"}, ["unlike"]),
        (15.0, {"link": "D2"}, ["unlike"]),
    ],
)
def test_a_repeated_mail_about_a_request_may_say_that_another_office_was_asked_and_keeps_its_link(
    changed_at: float, difference: dict[str, str], found: list[str]
):
    (request,) = ASKED.requests
    first = replace(DECIDE_COPY, fate=Fate.DROPPED)
    second = replace(DECIDE_COPY, at=20.0, **difference)

    history = replace(ASKED, requests=[replace(request, changes=[changed_at])], copies=[COPY, first, second])

    assert kinds(history) == found


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"requests": []}, ["lost"]),
        ({"requests": [Asked(id="q1", is_routed=False)]}, ["unrouted"]),
        ({"requests": [Asked(id="q1", is_routed=True, assignments={"a1": False, "a2": False})]}, ["unasked"]),
        ({"rows": [ROW, replace(DECIDE, state="obsolete")], "copies": [COPY]}, ["unasked"]),
        ({"decisions_accepted": ["q1"]}, ["untold"]),
    ],
)
def test_what_must_not_be_of_a_role_request_is_found(changes: dict[str, object], found: list[str]):
    assert kinds(replace(ASKED, **changes)) == found


def test_an_office_is_not_written_to_once_somebody_else_decided():
    closed = replace(DECIDE, state="obsolete")
    request = Asked(id="q1", is_routed=True, assignments={"a1": True})

    assert kinds(replace(ASKED, rows=[ROW, closed], copies=[COPY], requests=[request])) == []
