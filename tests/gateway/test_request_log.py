import io
import json
from typing import Any

import pytest

from gateway.application import Gateway
from tests.gateway.browser import Browser, Program

TOKEN = "A" * 44


def requests(written: io.StringIO) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in written.getvalue().splitlines()]
    return [line for line in lines if line["message"] == "request"]


@pytest.mark.req("S43")
def test_a_request_is_one_line_under_the_number_of_its_answer(browser: Browser, written: io.StringIO) -> None:
    answer = browser.get("/account/create")

    (line,) = requests(written)
    assert (line["method"], line["route"], line["status"]) == ("GET", "/account/create", 200)
    assert line["request_id"] == answer.headers["X-Request-Id"]
    assert line["ms"] > 0


@pytest.mark.req("S43", "S2")
@pytest.mark.parametrize("path", [f"/password/{TOKEN}", f"/decide/{TOKEN}", f"/nothing/{TOKEN}", f"/?x={TOKEN}"])
def test_the_line_holds_the_rule_and_nothing_of_the_path(browser: Browser, written: io.StringIO, path: str) -> None:
    browser.get(path)

    (line,) = requests(written)
    assert line["route"] in {"/password/<token>", "/decide/<token>", None, "/"}
    assert TOKEN not in written.getvalue()


@pytest.mark.req("S43")
def test_nothing_that_was_typed_is_in_the_log(program: Program, written: io.StringIO) -> None:
    program.post("/sessions", {"email": "ann@people.example", "password": "Correct-Horse-7"})

    assert len(requests(written)) == 1
    assert "people.example" not in written.getvalue()
    assert "Correct" not in written.getvalue()


@pytest.mark.req("S44")
def test_an_unexpected_error_and_its_request_share_a_number(
    app: Gateway, browser: Browser, written: io.StringIO
) -> None:
    app.view_functions["home.welcome"] = lambda: str(1 / 0)

    browser.get("/")

    error, line = [json.loads(line) for line in written.getvalue().splitlines()]
    assert (error["message"], line["status"]) == ("unexpected error", 500)
    assert error["request_id"] == line["request_id"]


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/static/gatehouse.css"])
def test_what_is_asked_all_day_and_is_well_says_nothing(browser: Browser, written: io.StringIO, path: str) -> None:
    browser.get(path)

    assert requests(written) == []


def test_a_file_that_is_missing_is_told(browser: Browser, written: io.StringIO) -> None:
    browser.get("/static/none")

    assert [line["status"] for line in requests(written)] == [404]
