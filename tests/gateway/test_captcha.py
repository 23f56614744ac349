from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from werkzeug.test import TestResponse

from gateway.application import Gateway
from gateway.captcha import ALPHABET, characters
from shared.models import Account, Captcha
from tests.gateway.browser import Browser, Program, errors_at, one, page
from tests.gateway.conftest import BODY, FORM, StandingClock

pytestmark = pytest.mark.usefixtures("captcha_on")
Rows = Callable[[type[Any]], Sequence[Any]]
WRONG = {"captcha_answer": "The characters do not match. A new picture is shown, type the new ones."}


@pytest.fixture
def read(app: Gateway) -> Callable[[TestResponse], str]:
    """Look at the picture of a page, as a person does."""

    def look(served: TestResponse) -> str:
        with app.app_context():
            return characters(UUID(str(one(served, "input[name=captcha_id]")["value"])))

    return look


Read = Callable[[TestResponse], str]


@pytest.mark.req("R10", "R14")
def test_the_page_asks_for_the_code_of_a_picture_that_can_be_heard_too(browser: Browser) -> None:
    served = browser.get("/account/create")

    assert one(served, "label[for=captcha_answer]").get_text() == "Enter the code"
    picture = browser.get(str(one(served, ".captcha img")["src"]))
    sound = browser.get(str(one(served, ".captcha audio")["src"]))
    assert (picture.status_code, picture.mimetype, picture.data[:8]) == (200, "image/png", b"\x89PNG\r\n\x1a\n")
    assert (sound.status_code, sound.mimetype, sound.data[:4]) == (200, "audio/wav", b"RIFF")


@pytest.mark.req("R14", "S41")
@pytest.mark.parametrize("typed", [str.upper, str.lower, " ".join], ids=["capitals", "small", "apart"])
def test_the_right_code_lets_the_form_through(
    browser: Browser, rows: Rows, read: Read, typed: Callable[[str], str]
) -> None:
    served = browser.get("/account/create")

    answer = browser.press(served, FORM | {"captcha_answer": typed(read(served))})

    assert answer.status_code == 303
    assert rows(Account)


@pytest.mark.req("R14")
def test_a_wrong_code_is_refused_and_another_picture_shown(browser: Browser, rows: Rows, read: Read) -> None:
    served = browser.get("/account/create")

    answer = browser.press(served, FORM | {"captcha_answer": "AAAAAA"})

    assert (answer.status_code, errors_at(answer)) == (422, WRONG)
    assert not rows(Account)
    assert read(answer) != read(served)
    assert one(answer, "#captcha_answer").get("value", "") == ""
    assert one(answer, "#first_name")["value"] == "Ann"


@pytest.mark.req("R10", "R14")
@pytest.mark.parametrize(
    ("path", "changes", "fields"),
    [
        ("/account/create", FORM | {"first_name": "", "email": "ann"}, {"first_name", "email"}),
        ("/account/password-link", {"email": "ann"}, {"email"}),
    ],
)
def test_a_missing_code_is_named_along_with_what_else_is_wrong(
    browser: Browser, path: str, changes: dict[str, Any], fields: set[str]
) -> None:
    answer = browser.send(path, changes)

    assert set(errors_at(answer)) == fields | {"captcha_answer"}


@pytest.mark.req("R10")
def test_a_code_that_was_answered_is_not_blamed_for_what_else_is_wrong(browser: Browser, read: Read) -> None:
    served = browser.get("/account/password-link")

    answer = browser.press(served, {"email": "ann", "captcha_answer": read(served)})

    assert set(errors_at(answer)) == {"email"}


@pytest.mark.req("R10", "R14")
@pytest.mark.parametrize("left", [{"captcha_answer": ""}, {"captcha_answer": None}, {"captcha_id": None}])
def test_a_missing_code_is_named(browser: Browser, rows: Rows, left: dict[str, Any]) -> None:
    answer = browser.send("/account/create", FORM | left)

    assert answer.status_code == 422
    assert errors_at(answer) == {"captcha_answer": "Type the characters you see or hear."}
    assert not rows(Account)


@pytest.mark.req("S41")
def test_a_code_is_good_for_one_answer(browser: Browser, rows: Rows, read: Read) -> None:
    served = browser.get("/account/create")
    right = {"captcha_answer": read(served)}
    browser.press(served, FORM | right)

    again = browser.press(served, FORM | right | {"email": "b@b.example", "confirm_email": "b@b.example"})

    assert (again.status_code, errors_at(again)) == (422, WRONG)
    assert len(rows(Account)) == 1


@pytest.mark.req("S41")
def test_a_wrong_answer_uses_the_code_up(browser: Browser, read: Read) -> None:
    served = browser.get("/account/create")
    browser.press(served, FORM | {"captcha_answer": "AAAAAA"})

    answer = browser.press(served, FORM | {"captcha_answer": read(served)})

    assert errors_at(answer) == WRONG


@pytest.mark.req("S41")
def test_a_code_of_another_visit_is_refused(browser: Browser, another_browser: Browser, read: Read) -> None:
    theirs = another_browser.get("/account/create")
    code = one(theirs, "input[name=captcha_id]")["value"]

    answer = browser.send("/account/create", FORM | {"captcha_id": code, "captcha_answer": read(theirs)})

    assert errors_at(answer) == WRONG


@pytest.mark.req("S41")
@pytest.mark.parametrize(
    ("age", "status"), [(timedelta(minutes=4, seconds=59), 303), (timedelta(minutes=5), 422)], ids=["4:59", "5:00"]
)
def test_a_code_lives_for_five_minutes(
    browser: Browser, standing_clock: StandingClock, read: Read, age: timedelta, status: int
) -> None:
    served = browser.get("/account/create")
    standing_clock.advance(age)

    assert browser.press(served, FORM | {"captcha_answer": read(served)}).status_code == status


@pytest.mark.req("S41")
@pytest.mark.parametrize("code", ["00000000-0000-4000-8000-000000000000", "not-a-code", ""])
def test_an_answer_to_no_code_is_refused(program: Program, rows: Rows, code: str) -> None:
    answer = program.post("/accounts", BODY | {"captcha_id": code, "captcha_answer": ""})

    assert answer.status_code == 422
    assert not rows(Account)


@pytest.mark.req("S41")
def test_a_program_gets_codes_of_its_own(program: Program, app: Gateway, rows: Rows) -> None:
    made = program.post("/captchas")
    assert (made.status_code, {*(made.json or {})}) == (201, {"id", "image_url", "audio_url", "challenge"})
    code = made.json["id"]  # type: ignore[index]
    with app.app_context():
        right = BODY | {"captcha_id": code, "captcha_answer": characters(UUID(code))}

    assert program.post("/accounts", right).status_code == 202
    again = program.post("/accounts", right)

    assert (again.status_code, again.json["code"]) == (422, "captcha_wrong")  # type: ignore[index]
    assert len(rows(Account)) == 1


@pytest.mark.req("S41")
@pytest.mark.parametrize("made_for", ["a program", "a browser"])
def test_a_code_made_for_a_program_is_none_for_a_browser_nor_the_reverse(
    browser: Browser, program: Program, app: Gateway, made_for: str
) -> None:
    if made_for == "a program":
        code = program.post("/captchas").json["id"]  # type: ignore[index]
    else:
        code = str(one(browser.get("/account/create"), "input[name=captcha_id]")["value"])
    with app.app_context():
        right = {"captcha_id": code, "captcha_answer": characters(UUID(code))}

    if made_for == "a program":
        assert browser.send("/account/create", FORM | right).status_code == 422
    else:
        assert program.post("/accounts", BODY | right).status_code == 422


@pytest.mark.req("R14")
def test_another_code_is_given_on_request_and_nothing_typed_is_lost(browser: Browser, rows: Rows) -> None:
    served = browser.get("/account/create")
    button = one(served, "button[name=new_code]")
    assert button.has_attr("formnovalidate")

    answer = browser.press(served, {"first_name": "Ann", "new_code": "1"})

    assert answer.status_code == 200
    assert one(answer, "#first_name")["value"] == "Ann"
    assert one(answer, "[name=captcha_id]")["value"] != one(served, "[name=captcha_id]")["value"]
    assert not page(answer).select(".error")
    assert not rows(Account)


@pytest.mark.req("R14", "S41")
@pytest.mark.parametrize("kind", ["png", "wav", "json"])
def test_a_code_that_is_used_up_or_too_old_is_shown_to_nobody(
    browser: Browser, standing_clock: StandingClock, kind: str
) -> None:
    used, old = (str(one(browser.get("/account/create"), "[name=captcha_id]")["value"]) for _ in range(2))
    browser.send("/account/create", FORM | {"captcha_id": used, "captcha_answer": "AAAAAA"})
    standing_clock.advance(timedelta(minutes=5))

    assert [browser.get(f"/captcha/{code}.{kind}").status_code for code in (used, old, uuid4())] == [404, 404, 404]


@pytest.mark.req("S41", "S2")
def test_the_database_does_not_hold_the_characters(browser: Browser, rows: Rows, read: Read) -> None:
    code = read(browser.get("/account/create"))

    (row,) = rows(Captcha)
    assert len(code) == 6
    assert set(code) <= set(ALPHABET)
    assert code not in repr(vars(row))


@pytest.mark.req("S41", "S7")
def test_asking_for_a_password_link_needs_a_code_too(browser: Browser, program: Program, read: Read) -> None:
    served = browser.get("/account/password-link")

    assert browser.press(served, {"email": "ann@alpro.example", "captcha_answer": "AAAAAA"}).status_code == 422
    assert program.post("/password-links", {"email": "ann@alpro.example"}).status_code == 422
    served = browser.get("/account/password-link")
    right = {"email": "ann@alpro.example", "captcha_answer": read(served)}
    assert browser.press(served, right).status_code == 303
