"""The way through "Enter the code" without a picture and without a sound (WCAG 2.2, 3.3.8)."""

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Sequence
from datetime import timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

import altcha
import pytest
from werkzeug.test import TestResponse

from gateway.application import Gateway
from gateway.captcha import characters
from shared.models import Account
from tests.gateway.browser import Browser, Program, errors_at, one, page
from tests.gateway.conftest import BODY, FORM, StandingClock

pytestmark = pytest.mark.usefixtures("captcha_on", "little_work")
Rows = Callable[[type[Any]], Sequence[Any]]
UNSOLVED = {
    "captcha_answer": "The calculation was too old or used before. Press the button again, or type the new code."
}
OTHER = {"email": "b@b.example", "confirm_email": "b@b.example"}


@pytest.fixture
def little_work(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("CAPTCHA_TRIES", "4")


def solved(challenge: dict[str, Any]) -> str:
    """What a client makes of a challenge, by the library that clients use."""
    known = altcha.Challenge.from_dict(challenge)
    solution = altcha.solve_challenge(known)
    assert solution is not None
    return altcha.Payload(known, solution).to_base64()


def offered(browser: Browser, served: TestResponse) -> dict[str, Any]:
    """The challenge that belongs to the code of a page, as the script asks for it."""
    answer = browser.get(str(one(served, "#captcha")["data-work"]))
    assert answer.status_code == 200
    challenge: dict[str, Any] = answer.json["challenge"]  # type: ignore[index]
    return challenge


def altered(solution: str, part: str, **changes: Any) -> str:
    """The same payload with something else in its parameters or in its solution."""
    payload = json.loads(b64decode(solution))
    (payload["challenge"]["parameters"] if part == "parameters" else payload[part]).update(changes)
    return b64encode(json.dumps(payload).encode()).decode()


@pytest.mark.req("R14", "S41")
@pytest.mark.parametrize(
    ("path", "fields"),
    [("/account/create", FORM), ("/account/password-link", {"email": "ann@alpro.example"})],
    ids=["sign-up", "password link"],
)
def test_work_lets_the_form_through_without_a_code(browser: Browser, path: str, fields: dict[str, Any]) -> None:
    served = browser.get(path)

    answer = browser.press(served, fields | {"captcha_solution": solved(offered(browser, served))})

    assert (answer.status_code, answer.headers["Location"]) == (303, "/account/create/sent")


@pytest.mark.req("R14", "S41")
@pytest.mark.parametrize(
    ("path", "fields"),
    [("/accounts", BODY), ("/password-links", {"email": "ann@alpro.example"})],
    ids=["accounts", "password links"],
)
def test_a_program_may_solve_the_challenge_that_comes_with_its_code(
    program: Program, path: str, fields: dict[str, Any]
) -> None:
    made = program.post("/captchas").json
    right = {"captcha_id": made["id"], "captcha_solution": solved(made["challenge"])}  # type: ignore[index]

    assert program.post(path, fields | right).status_code == 202
    again = program.post(path, fields | right)

    assert (again.status_code, again.json["code"]) == (422, "captcha_wrong")  # type: ignore[index]


@pytest.mark.req("S41")
def test_work_is_good_for_one_answer(browser: Browser, rows: Rows) -> None:
    served = browser.get("/account/create")
    right = {"captcha_solution": solved(offered(browser, served))}
    browser.press(served, FORM | right)

    again = browser.press(served, FORM | right | OTHER)

    assert (again.status_code, errors_at(again)) == (422, UNSOLVED)
    assert len(rows(Account)) == 1


@pytest.mark.req("S41")
def test_of_several_challenges_for_a_code_one_alone_counts(browser: Browser, rows: Rows) -> None:
    served = browser.get("/account/create")
    first, second = (solved(offered(browser, served)) for _ in range(2))
    browser.press(served, FORM | {"captcha_solution": first})

    assert browser.press(served, FORM | OTHER | {"captcha_solution": second}).status_code == 422
    assert len(rows(Account)) == 1


@pytest.mark.req("S41")
def test_wrong_work_uses_the_code_up_and_what_was_typed_stays(browser: Browser, rows: Rows) -> None:
    served = browser.get("/account/create")
    solution = solved(offered(browser, served))
    wrong = browser.press(served, FORM | {"captcha_solution": altered(solution, "solution", derivedKey="00" * 32)})

    assert (wrong.status_code, errors_at(wrong)) == (422, UNSOLVED)
    assert one(wrong, "#first_name")["value"] == "Ann"
    assert one(wrong, "[name=captcha_solution]")["value"] == ""
    assert one(wrong, "[name=captcha_id]")["value"] != one(served, "[name=captcha_id]")["value"]
    assert browser.press(served, FORM | {"captcha_solution": solution}).status_code == 422
    assert not rows(Account)


@pytest.mark.req("S41")
def test_wrong_work_is_not_made_good_by_the_right_code(browser: Browser, app: Gateway) -> None:
    served = browser.get("/account/create")
    with app.app_context():
        code = characters(UUID(str(one(served, "input[name=captcha_id]")["value"])))

    answer = browser.press(served, FORM | {"captcha_answer": code, "captcha_solution": "e30="})

    assert errors_at(answer) == UNSOLVED


@pytest.mark.req("S41")
@pytest.mark.parametrize(
    "changes",
    [
        {"cost": 1},
        {"keyPrefix": ""},
        {"keyLength": 16},
        {"algorithm": "SHA-256"},
        {"keySignature": None},
        {"keySignature": "00" * 32},
        {"nonce": "00" * 16},
    ],
    ids=str,
)
def test_work_that_was_made_easier_is_refused(program: Program, changes: dict[str, Any]) -> None:
    made = program.post("/captchas").json
    right = solved(made["challenge"])  # type: ignore[index]

    wrong = {"captcha_id": made["id"], "captcha_solution": altered(right, "parameters", **changes)}  # type: ignore[index]
    answer = program.post("/accounts", BODY | wrong)

    assert (answer.status_code, answer.json["code"]) == (422, "captcha_wrong")  # type: ignore[index]


@pytest.mark.req("S41")
def test_work_for_one_code_is_none_for_another(program: Program) -> None:
    one_code, another = (program.post("/captchas").json for _ in range(2))
    wrong = {"captcha_id": another["id"], "captcha_solution": solved(one_code["challenge"])}  # type: ignore[index]

    assert program.post("/accounts", BODY | wrong).status_code == 422


@pytest.mark.req("S41")
def test_work_of_another_visit_is_refused(browser: Browser, another_browser: Browser) -> None:
    theirs = another_browser.get("/account/create")
    code = one(theirs, "input[name=captcha_id]")["value"]
    work = {"captcha_id": code, "captcha_solution": solved(offered(another_browser, theirs))}

    assert errors_at(browser.send("/account/create", FORM | work)) == UNSOLVED


@pytest.mark.req("S41")
def test_work_of_a_program_is_none_for_a_browser(browser: Browser, program: Program) -> None:
    made = program.post("/captchas").json
    work = {"captcha_id": made["id"], "captcha_solution": solved(made["challenge"])}  # type: ignore[index]

    assert errors_at(browser.send("/account/create", FORM | work)) == UNSOLVED


@pytest.mark.req("S41")
@pytest.mark.parametrize(
    ("age", "status"), [(timedelta(minutes=4, seconds=59), 303), (timedelta(minutes=5), 422)], ids=["4:59", "5:00"]
)
def test_work_lives_as_long_as_its_code(
    browser: Browser, standing_clock: StandingClock, age: timedelta, status: int
) -> None:
    served = browser.get("/account/create")
    work = {"captcha_solution": solved(offered(browser, served))}
    standing_clock.advance(age)

    assert browser.press(served, FORM | work).status_code == status


@pytest.mark.req("S41")
def test_the_script_is_told_how_long_the_code_still_lives(browser: Browser, standing_clock: StandingClock) -> None:
    served = browser.get("/account/create")
    standing_clock.advance(timedelta(minutes=1))

    assert browser.get(str(one(served, "#captcha")["data-work"])).json["seconds_left"] == 240  # type: ignore[index]


@pytest.mark.req("S41", "S35")
@pytest.mark.parametrize(
    "sent",
    ["x", "e30=", "W10=", "bnVsbA==", "eyJjaGFsbGVuZ2UiOltdfQ==", "é", "A" * 1999, b64encode(b"[" * 1400).decode()],
)
def test_what_is_no_work_is_refused_in_words(program: Program, sent: str) -> None:
    made = program.post("/captchas").json
    answer = program.post("/accounts", BODY | {"captcha_id": made["id"], "captcha_solution": sent})  # type: ignore[index]

    assert (answer.status_code, answer.json["code"]) == (422, "captcha_wrong")  # type: ignore[index]


@pytest.mark.req("S35")
def test_more_than_any_work_is_not_even_looked_at(program: Program) -> None:
    made = program.post("/captchas").json
    sent = {"captcha_id": made["id"], "captcha_solution": "A" * 2001}  # type: ignore[index]

    assert {*program.post("/accounts", BODY | sent).json["errors"]} == {"captcha_solution"}  # type: ignore[index]


@pytest.mark.req("S41")
def test_the_number_to_be_found_lies_in_the_upper_half(program: Program) -> None:
    found = {
        json.loads(b64decode(solved(program.post("/captchas").json["challenge"])))["solution"]["counter"]  # type: ignore[index]
        for _ in range(30)
    }

    assert found == {2, 3}


@pytest.mark.req("S50")
def test_the_worker_is_the_one_that_altcha_published(browser: Browser) -> None:
    worker = browser.get(str(one(browser.get("/account/create"), "#captcha")["data-worker"]))

    assert worker.mimetype == "text/javascript"
    assert sha256(worker.data).hexdigest() == "7862add9c9d3d847ded3da928edcf406b46478754b9883351111414825b9c86f"


@pytest.mark.req("R14", "S41")
def test_without_scripts_there_is_no_dead_button(browser: Browser) -> None:
    served = browser.get("/account/create")

    for part in page(served).select("#without-code, #without-code-hint"):
        assert part.find_parent(hidden=True) or part.has_attr("hidden")
    assert one(served, "#without-code")["type"] == "button"
    assert "The sound is in English." in one(served, "#captcha_answer-hint").get_text()


@pytest.mark.req("R14", "S41")
def test_nobody_works_twice_for_a_form_that_is_shown_again(browser: Browser) -> None:
    served = browser.get("/account/create")
    work = {"captcha_solution": solved(offered(browser, served))}

    again = browser.press(served, FORM | work | {"last_name": ""})
    in_french = browser.press(again, FORM | {"change_language": "fr"})

    assert errors_at(again).keys() == {"last_name"}
    assert one(again, "#captcha .code").has_attr("hidden")
    assert "No code is needed" in one(again, "#captcha-status").get_text()
    assert browser.press(in_french, FORM).status_code == 303


@pytest.mark.req("R14", "S41")
def test_work_that_is_too_old_is_not_kept(browser: Browser, standing_clock: StandingClock) -> None:
    served = browser.get("/account/create")
    work = {"captcha_solution": solved(offered(browser, served))}
    standing_clock.advance(timedelta(minutes=5))

    again = browser.press(served, FORM | work | {"last_name": ""})

    assert one(again, "[name=captcha_solution]")["value"] == ""
    assert one(again, "[name=captcha_id]")["value"] != one(served, "[name=captcha_id]")["value"]
    assert not one(again, "#captcha .code").has_attr("hidden")
